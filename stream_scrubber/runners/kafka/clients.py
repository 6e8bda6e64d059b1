"""The two clients of an incarnation, with the settings on which the delivery promise rests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer

from stream_scrubber.errors import ConfigError

SESSION_TIMEOUT_MS = 30_000
TRANSACTION_TIMEOUT_MS = 30_000

_DEFAULTS: Mapping[str, Any] = {"socket.keepalive.enable": True}
_CONSUMER_DEFAULTS: Mapping[str, Any] = {
    "session.timeout.ms": SESSION_TIMEOUT_MS,
    "fetch.queue.backoff.ms": 10,  # 1000 by default: a consumer that waits a second between fetches
    # the prefetch is most of a worker's memory; a larger record comes all the same
    "queued.max.messages.kbytes": 8_192,
    "fetch.max.bytes": 4_194_304,
    "max.partition.fetch.bytes": 524_288,
    "check.crcs": True,
    "topic.metadata.refresh.interval.ms": 30_000,  # how soon new partitions are seen
}
_PRODUCER_DEFAULTS: Mapping[str, Any] = {
    "compression.type": "lz4",
    "linger.ms": 5,
    "queue.buffering.max.messages": 200_000,
}
_BOTH: Mapping[str, Any] = {"enable.metrics.push": False}

T = TypeVar("T")
OnError = Callable[[KafkaError], None]


def producer(
    settings: Mapping[str, Any],
    group: str,
    slot: int,
    on_error: OnError,
    on_refused: Callable[[KafkaError | None, Any], None] = lambda _error, _message: None,
    *,
    exactly_once: bool,
) -> Producer:
    """A producer. With `exactly_once` its id is the slot's, stable over restarts; otherwise it has none.

    `on_refused` hears of each record that was not delivered, and of no other: that costs nothing.
    """
    owned: dict[str, Any] = {
        "partitioner": "murmur2_random",  # as Java's clients: librdkafka's own default breaks joins with their topics
        "acks": "all",
        "error_cb": on_error,
        "on_delivery": on_refused,
        "delivery.report.only.error": True,
    }
    if exactly_once:
        owned |= {"transactional.id": f"{group}-{slot}", "transaction.timeout.ms": TRANSACTION_TIMEOUT_MS}
    else:
        owned["enable.idempotence"] = True
    return made(Producer, {**_DEFAULTS, **_PRODUCER_DEFAULTS, **settings, **_BOTH, **owned})


def consumer(settings: Mapping[str, Any], group: str, instance: str | None, on_error: OnError) -> Consumer:
    """A consumer that commits nothing by itself and never resets an offset in silence."""
    owned: dict[str, Any] = {
        "group.id": group,
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "isolation.level": "read_committed",
        "auto.offset.reset": "error",
        "partition.assignment.strategy": "cooperative-sticky",
        "enable.partition.eof": True,  # the only sign that control records at the end are no lag
        "error_cb": on_error,
    }
    if instance is not None:
        owned["group.instance.id"] = instance
    return made(Consumer, {**_DEFAULTS, **_CONSUMER_DEFAULTS, **settings, **_BOTH, **owned})


def onlooker(settings: Mapping[str, Any], group: str) -> Consumer:
    """A consumer that looks at the group's positions and never joins it.

    Not `read_committed`: it would wait for the offsets of a killed worker's transaction until that times out, and
    the start that settles the transaction would wait for the look. What it sees is at most too early.
    """
    owned = {"group.id": group, "enable.auto.commit": False, "isolation.level": "read_uncommitted"}
    return made(Consumer, {**_DEFAULTS, **_CONSUMER_DEFAULTS, **settings, **_BOTH, **owned})


def made(kind: Callable[[dict[str, Any]], T], settings: dict[str, Any]) -> T:
    """Raises `ConfigError` naming the setting that librdkafka refuses. Its own text is withheld: it quotes values."""
    try:
        return kind(settings)
    except KafkaException as exception:
        text = str(exception.args[0])
        named = [name for name in settings if f'"{name}"' in text or f"`{name}`" in text]
        raise ConfigError(
            f"Kafka settings are refused: {', '.join(named) or 'their combination'} ({exception.args[0].name()})"
        ) from None
