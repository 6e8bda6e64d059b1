"""Go on after a gap. `offsets accept-gap SERVICE TOPIC --reason TEXT` moves committed offsets that retention has
passed to the first record that is still there: what was between them is lost, and that is a person's decision.

Stop the workers of the group first. Each move is one JSON line, to be kept, and stands in the offset's metadata.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stream_scrubber.cli import OK
from stream_scrubber.cli.common import now_ms
from stream_scrubber.errors import ConfigError

LONGEST_REASON = 500
TIMEOUT_S = 20.0


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["accept-gap"], help="what to do")
    parser.add_argument("service", metavar="SERVICE", help="the service file")
    parser.add_argument("topic", metavar="TOPIC", help="the raw topic that stopped")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why, for the audit")


def run(options: argparse.Namespace) -> int:
    from confluent_kafka import KafkaException, TopicPartition

    from stream_scrubber.runners.kafka import clients
    from stream_scrubber.runners.kafka.placement import Topics, committed, ends, routes
    from stream_scrubber.runners.kafka.service import load

    reason = options.reason.strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        raise ConfigError(f"--reason takes a text of at most {LONGEST_REASON} characters")
    service = load(Path(options.service))
    topics = Topics(service.consumer)
    _, there = topics.look()
    route = next((r for r in routes(service.policies, there, topics.address) if r.topic == options.topic), None)
    if route is None:
        raise ConfigError(f"no policy of {service.file} is for the topic {options.topic}")
    _require_stopped(service.consumer, service.group)
    consumer = clients.onlooker(service.consumer, service.group)
    try:
        partitions = [TopicPartition(route.topic, number) for number in range(route.partitions)]
        moves = []
        for place in committed(consumer, partitions):
            first, following = ends(consumer, place)
            if place.offset >= 0 and not first <= place.offset <= following:
                audit = {
                    "at": now_ms(),
                    "event": "gap_accepted",
                    "group": service.group,
                    "topic": place.topic,
                    "partition": place.partition,
                    "from": place.offset,
                    "to": first,
                    "reason": reason,
                }
                moves.append((TopicPartition(place.topic, place.partition, first, json.dumps(audit)), audit))
        if not moves:
            print(f"no committed offset of {route.topic} is out of range: nothing changed")
            return OK
        try:
            consumer.commit(offsets=[move for move, _ in moves], asynchronous=False)
        except KafkaException as exception:
            code = exception.args[0].name()
            raise ConfigError(f"group {service.group} refuses ({code}): stop its workers first") from None
        for _, audit in moves:
            print(json.dumps(audit))
    finally:
        consumer.close()
    return OK


def _require_stopped(settings: Mapping[str, Any], group: str) -> None:
    from confluent_kafka import KafkaException

    from stream_scrubber.runners.kafka.placement import admin

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
