"""Where a group starts, and whether it lost something: topics, first offsets, gaps.

Rules:

* a group without any committed offset starts where `--from` says, once, for all partitions at once;
* a partition or topic that appears later starts at its beginning: what arrived before anyone looked is not skipped;
* a start is committed at once, so that retention passing it is a gap and not a silent skip;
* raw, clean and dead-letter topics exist before anything runs, and no output is an input.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from stream_scrubber.errors import ConfigError, Temporary
from stream_scrubber.policy import Policy
from stream_scrubber.runners.kafka import clients
from stream_scrubber.runners.kafka.errors import CONSUMER_STALLS

TIMEOUT_S = 30.0
CALL_S = 10.0
OTHERS_ACTIVE = frozenset(
    {
        KafkaError.UNKNOWN_MEMBER_ID,
        KafkaError.ILLEGAL_GENERATION,
        KafkaError.REBALANCE_IN_PROGRESS,
        KafkaError.FENCED_INSTANCE_ID,
    }
)
"""How a group with members refuses a commit from outside."""

T = TypeVar("T")
_TIME = re.compile(r"[0-9]{12,14}")


@dataclass(frozen=True, slots=True)
class Route:
    """One raw topic with the policy that is for it."""

    topic: str
    partitions: int
    policy: Policy
    clean: str
    dead_letters: str


def admin(settings: Mapping[str, Any]) -> AdminClient:
    """An admin client. Silent: it would warn of every setting that is meant for a consumer."""
    return clients.made(AdminClient, {**settings, "log_level": 0})


class Topics:
    """What the cluster has. Keeps its client for later looks."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._admin = admin(settings)
        self.address = str(settings.get("bootstrap.servers", ""))

    def look(self) -> tuple[str, dict[str, int]]:
        """The cluster's id and the partitions of each topic. Raises `ConfigError` when no broker answers."""
        try:
            metadata = self._admin.list_topics(timeout=10)
        except KafkaException as exception:
            code = exception.args[0].name()
            raise ConfigError(f"no Kafka answers at {self.address} ({code})") from None
        return metadata.cluster_id or "", {name: len(topic.partitions) for name, topic in metadata.topics.items()}


def routes(policies: Sequence[Policy], topics: Mapping[str, int], address: str) -> list[Route]:
    """Every raw topic that a policy names or matches, with its outputs. Raises `ConfigError` for what is missing."""
    found: list[Route] = []
    for policy in policies:
        source = policy.topics.source
        if not policy.topics.is_pattern and source not in topics:
            raise ConfigError(f"policy {policy.name}: there is no topic {source}\n{_create([(source, 12)], address)}")
        for topic in sorted(topics):
            outputs = policy.topics.outputs(topic)
            if outputs:
                found.append(Route(topic, topics[topic], policy, *outputs))
    missing = [
        (output, route.partitions) for route in found for output in (route.clean, route.dead_letters)
        if output not in topics
    ]  # fmt: skip
    if missing:
        names = ", ".join(name for name, _ in missing)
        raise ConfigError(f"missing topics: {names}\n{_create(missing, address)}")
    narrow = [
        route for route in found
        if route.policy.envelope.keeps_partition and topics[route.clean] < route.partitions
    ]  # fmt: skip
    if narrow:
        names = ", ".join(f"{route.clean} (raw has {route.partitions})" for route in narrow)
        raise ConfigError(f"the policy keeps partition numbers, but there are too few in {names}")
    inputs = {route.topic for route in found}
    loops = inputs & {output for route in found for output in (route.clean, route.dead_letters)}
    if loops:
        raise ConfigError(f"a loop: {', '.join(sorted(loops))} would be read and written")
    claimed = [route.topic for route in found]
    twice = {topic for topic in claimed if claimed.count(topic) > 1}
    if twice:
        raise ConfigError(f"more than one policy is for {', '.join(sorted(twice))}")
    return found


def _create(missing: Iterable[tuple[str, int]], address: str) -> str:
    return "\n".join(
        f"create it with: kafka-topics.sh --bootstrap-server {address} --create --topic {name} --partitions {count}"
        for name, count in missing
    )


def patiently(what: str, call: Callable[[], T]) -> T:
    """`call` again while its error heals by itself, up to `TIMEOUT_S`. Raises `Temporary` naming `what`."""
    until = time.monotonic() + TIMEOUT_S
    while True:
        try:
            return call()
        except KafkaException as exception:
            error: KafkaError = exception.args[0]
            heals = error.retriable() or error.code() in CONSUMER_STALLS
            if not heals or time.monotonic() > until:
                raise Temporary(f"{what} ({error.name()})") from None
            time.sleep(0.2)


def committed(consumer: Consumer, partitions: Sequence[TopicPartition]) -> list[TopicPartition]:
    """The group's committed offsets; a negative one means: none. Raises `Temporary`."""
    places = list(partitions)
    return patiently(
        "committed offsets cannot be read", lambda: consumer.committed(places, timeout=CALL_S)
    ) if places else []  # fmt: skip


def ends(consumer: Consumer, partition: TopicPartition) -> tuple[int, int]:
    """The first offset that is there, and the next one to be written. Raises `Temporary`."""
    return patiently(
        "offsets cannot be read", lambda: consumer.get_watermark_offsets(partition, timeout=CALL_S)
    )


def at_time(consumer: Consumer, partition: TopicPartition, timestamp: int) -> int:
    """The first offset at or after a time, negative when there is none. Raises `Temporary`."""
    wanted = [TopicPartition(partition.topic, partition.partition, timestamp)]
    found = patiently("offsets cannot be read", lambda: consumer.offsets_for_times(wanted, timeout=CALL_S))
    return int(found[0].offset)


def first_start(consumer: Consumer, found: Sequence[Route], start: str) -> bool:
    """Commits the start of every partition, if the group has none yet. False when it has. Raises `Temporary`.

    Run before subscribing. Of several instances that start at once the last one to commit wins; all of them commit
    the same places, unless records arrive meanwhile and `start` is the end.
    """
    partitions = [TopicPartition(route.topic, number) for route in found for number in range(route.partitions)]
    if not partitions or any(place.offset >= 0 for place in committed(consumer, partitions)):
        return False
    places = [place_at(consumer, partition, start) for partition in partitions]

    def commit() -> bool:
        try:
            consumer.commit(offsets=places, asynchronous=False)
        except KafkaException as exception:
            if exception.args[0].code() in OTHERS_ACTIVE:
                return False  # another instance was faster: its group has its start
            raise
        return True

    # a start that is not committed must not pass for one: partitions would begin at their beginning instead
    return patiently("the first start cannot be committed", commit)


def place_at(consumer: Consumer, partition: TopicPartition, start: str) -> TopicPartition:
    """A partition with the offset that `start` means in it."""
    low, high = ends(consumer, partition)
    offset = {"earliest": low, "latest": high}.get(start)
    if offset is None:
        offset = at_time(consumer, partition, int(start))
    return TopicPartition(partition.topic, partition.partition, offset if offset >= 0 else high)


def parse_start(text: str) -> str:
    """`earliest`, `latest`, or a time as ISO 8601 or ms since 1970; times come back as ms."""
    if text in ("earliest", "latest") or _TIME.fullmatch(text):
        return text
    from datetime import datetime

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError("--from takes earliest, latest, or a time such as 2026-11-21T20:00:00Z") from None
    if moment.tzinfo is None:
        raise ConfigError("--from: the time needs a zone, such as Z")
    return str(int(moment.timestamp() * 1000))


def place_new(
    consumer: Consumer, partitions: Sequence[TopicPartition]
) -> tuple[list[TopicPartition], list[TopicPartition]]:
    """Assigned partitions with the offsets to start at, and those of them that had none committed."""
    places = committed(consumer, partitions)
    fresh = [place for place in places if place.offset < 0]
    for place in fresh:
        place.offset, _ = ends(consumer, place)
    return places, fresh


