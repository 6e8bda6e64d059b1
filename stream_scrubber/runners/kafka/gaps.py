"""Going on behind a gap: committed records that retention took before they were scrubbed.

Only a person may accept that, with the group's workers stopped, and each moved offset carries the reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from confluent_kafka import KafkaException, TopicPartition

from stream_scrubber.errors import ConfigError
from stream_scrubber.runners.kafka import clients
from stream_scrubber.runners.kafka.placement import Route, Topics, admin, committed, ends, routes
from stream_scrubber.runners.kafka.service import Service

TIMEOUT_S = 20.0


def accept_gap(service: Service, topic: str, reason: str, now: int) -> list[dict[str, Any]]:
    """Moves every committed offset of `topic` that is out of range to the first record that is there.

    Gives one audit entry for each, which also stands in the offset's metadata. Raises `ConfigError`.
    """
    topics = Topics(service.consumer)
    _, there = topics.look()
    route = next((r for r in routes(service.policies, there, topics.address) if r.topic == topic), None)
    if route is None:
        raise ConfigError(f"no policy of {service.file} is for the topic {topic}")
    _require_stopped(service.consumer, service.group)
    consumer = clients.onlooker(service.consumer, service.group)
    try:
        audits = [
            {"at": now, "event": "gap_accepted", "group": service.group, **move, "reason": reason}
            for move in _moves(consumer, route)
        ]
        if audits:
            _commit(consumer, service.group, audits)
    finally:
        consumer.close()
    return audits


def _moves(consumer: Any, route: Route) -> Iterator[dict[str, Any]]:
    partitions = [TopicPartition(route.topic, number) for number in range(route.partitions)]
    for place in committed(consumer, partitions):
        first, following = ends(consumer, place)
        if place.offset >= 0 and not first <= place.offset <= following:
            yield {"topic": place.topic, "partition": place.partition, "from": place.offset, "to": first}


def _commit(consumer: Any, group: str, audits: list[dict[str, Any]]) -> None:
    offsets = [TopicPartition(a["topic"], a["partition"], a["to"], json.dumps(a)) for a in audits]
    try:
        consumer.commit(offsets=offsets, asynchronous=False)
    except KafkaException as exception:
        code = exception.args[0].name()
        raise ConfigError(f"group {group} refuses ({code}): stop its workers first") from None


def _require_stopped(settings: Mapping[str, Any], group: str) -> None:
    client = admin(settings)  # kept until the future is done: collected, it would fail it
    try:
        described = client.describe_consumer_groups([group], request_timeout=TIMEOUT_S)[group].result(TIMEOUT_S)
    except KafkaException as exception:
        raise ConfigError(f"group {group} cannot be described ({exception.args[0].name()})") from None
    if described.members:
        raise ConfigError(
            f"group {group} has {len(described.members)} running workers: stop them first. "
            "One that was killed counts until its session timeout is over."
        )
