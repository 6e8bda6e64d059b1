"""Three brokers: what was acknowledged outlives any one of them, and coordinators can be found."""

from __future__ import annotations

import pytest
from confluent_kafka import Producer

from tests.integration.kafka_lab import Cluster, _java_hash, create_topics
from tests.integration.test_kafka_lab import read_all


def test_groups_are_placed_as_kafka_places_them() -> None:
    assert _java_hash("a") == 97
    assert _java_hash("stream-scrubber") == abs(_signed("stream-scrubber"))
    assert _java_hash("polygenelubricants") == 0  # hashCode is the smallest integer, which has no opposite


def _signed(text: str) -> int:
    powers: list[int] = [1]
    for _ in text[1:]:
        powers.insert(0, powers[0] * 31)
    total = sum(ord(letter) * power for letter, power in zip(text, powers, strict=True))
    return (total + 2**31) % 2**32 - 2**31


@pytest.mark.slow
def test_the_leader_and_the_coordinator_may_be_killed(cluster: Cluster) -> None:
    create_topics(cluster.bootstrap, {"t": 1})
    producer = Producer({"bootstrap.servers": cluster.bootstrap, "transactional.id": "t", "log_level": 0})
    producer.init_transactions(60)
    _commit(producer, b"a")
    for value, find in ((b"b", cluster.leader), (b"c", cluster.coordinator_of_transactions)):
        victim = find("t")
        victim.kill()
        _commit(producer, value)
        victim.start()
    assert read_all(cluster.bootstrap, "t") == [b"a", b"b", b"c"]


def _commit(producer: Producer, value: bytes) -> None:
    producer.begin_transaction()
    producer.produce("t", value, partition=0)
    producer.commit_transaction(60)
