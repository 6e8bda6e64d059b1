"""The judge's reader on a real Kafka: it tells aborted records from committed ones, and misses none."""

from __future__ import annotations

import threading
import uuid

import pytest
from confluent_kafka import KafkaException, Producer

from stream_scrubber.record import Record
from stream_scrubber.verify.read import read, read_released
from tests.integration.conftest import GivenKafka
from tests.integration.kafka_lab import Broker, create_topics

AnyKafka = Broker | GivenKafka


@pytest.fixture
def topics(kafka: AnyKafka) -> list[str]:
    names = [f"{name}.{uuid.uuid4().hex[:8]}" for name in ("clean", "dlq")]
    create_topics(kafka.bootstrap, {names[0]: 3, names[1]: 1})
    return names


def _transactional(kafka: AnyKafka) -> Producer:
    producer = Producer({"bootstrap.servers": kafka.bootstrap, "transactional.id": uuid.uuid4().hex})
    producer.init_transactions(20)
    return producer


def _transaction(producer: Producer, topic: str, values: list[bytes], *, commit: bool = True) -> None:
    producer.begin_transaction()
    for number, value in enumerate(values):
        producer.produce(topic, value, b"k", partition=number % 3, headers=[("h", None)], timestamp=1000)
    assert producer.flush(20) == 0
    (producer.commit_transaction if commit else producer.abort_transaction)(20)


def test_aborted_and_committed_records_are_told_apart(kafka: AnyKafka, topics: list[str]) -> None:
    producer = _transactional(kafka)
    _transaction(producer, topics[0], [b"a", b"b", b"c", b"d"])
    _transaction(producer, topics[0], [b"x", b"y"], commit=False)
    _transaction(producer, topics[0], [b"e"])
    released = read_released(kafka.bootstrap, topics)
    assert sorted(record.value or b"" for record in released.committed) == [b"a", b"b", b"c", b"d", b"e"]
    assert sorted(record.value or b"" for record in released.aborted) == [b"x", b"y"]
    assert released.committed[0]._replace(value=b"", partition=0, offset=0) == Record(
        b"", b"k", [("h", None)], 1000, topics[0], 0, 0
    )


def test_topics_without_records_are_read_to_their_end(kafka: AnyKafka, topics: list[str]) -> None:
    assert list(read(kafka.bootstrap, topics, "read_committed")) == []


def test_a_concurrent_reader_sees_all_that_was_committed_before_it_was_told(
    kafka: AnyKafka, topics: list[str]
) -> None:
    written = threading.Event()
    seen: list[Record] = []

    def follow() -> None:
        seen.extend(read(kafka.bootstrap, topics, "read_committed", done=written.is_set))

    reader = threading.Thread(target=follow)
    reader.start()
    producer = _transactional(kafka)
    for number in range(20):
        _transaction(producer, topics[0], [b"%d" % number], commit=number % 4 != 3)
    written.set()
    reader.join(60)
    assert [int(record.value or b"") for record in seen] == [n for n in range(20) if n % 4 != 3]


def test_a_topic_that_does_not_exist_is_an_error_and_no_empty_result(kafka: AnyKafka) -> None:
    with pytest.raises(KafkaException):
        list(read(kafka.bootstrap, ["no.such.topic"], "read_committed"))
