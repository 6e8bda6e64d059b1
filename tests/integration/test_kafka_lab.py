"""What a real Kafka proves and the mock cluster cannot: aborts hidden, offsets stored, zombies fenced."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from stream_scrubber.runners.mock_cluster import is_mock
from tests.integration.conftest import GivenKafka
from tests.integration.kafka_lab import Broker, create_topics

AnyKafka = Broker | GivenKafka


@pytest.fixture
def topic(kafka: AnyKafka) -> str:
    name = f"lab.{uuid.uuid4().hex[:8]}"
    create_topics(kafka.bootstrap, {name: 1})
    return name


@pytest.fixture
def producer(kafka: AnyKafka, topic: str) -> Producer:
    return _transactional(kafka.bootstrap, f"{topic}.t")


@pytest.fixture
def member(kafka: AnyKafka, topic: str) -> Iterator[Consumer]:
    consumer = _consumer(kafka.bootstrap, f"{topic}.g", "read_committed")
    yield consumer
    consumer.close()


def _transactional(bootstrap: str, transactional_id: str) -> Producer:
    producer = Producer(
        {"bootstrap.servers": bootstrap, "transactional.id": transactional_id, "log_level": 0}
    )
    producer.init_transactions(20)
    return producer


def _consumer(bootstrap: str, group: str, isolation: str) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "isolation.level": isolation,
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            "log_level": 0,
        }
    )


def read_all(bootstrap: str, topic: str, isolation: str = "read_committed") -> list[bytes | None]:
    """The values of partition 0 up to its end, as one reader sees them."""
    consumer = _consumer(bootstrap, "nobody", isolation)
    consumer.assign([TopicPartition(topic, 0, 0)])
    values: list[bytes | None] = []
    try:
        while (message := consumer.poll(20)) is not None:
            if (error := message.error()) is not None:
                assert error.code() == KafkaError._PARTITION_EOF
                return values
            values.append(message.value())
    finally:
        consumer.close()
    raise AssertionError("the end of the partition was not reached")


def _send(producer: Producer, topic: str, value: bytes) -> None:
    producer.begin_transaction()
    producer.produce(topic, value, partition=0)
    assert producer.flush(20) == 0  # it is in the log before the transaction ends


def test_the_lab_is_no_mock(producer: Producer) -> None:
    assert not is_mock(producer.list_topics(timeout=10).cluster_id)


def test_a_reader_of_committed_records_never_sees_an_aborted_one(
    kafka: AnyKafka, topic: str, producer: Producer
) -> None:
    _send(producer, topic, b"aborted")
    producer.abort_transaction(20)
    _send(producer, topic, b"kept")
    producer.commit_transaction(20)
    assert read_all(kafka.bootstrap, topic) == [b"kept"]
    assert read_all(kafka.bootstrap, topic, "read_uncommitted") == [b"aborted", b"kept"]


def test_offsets_sent_in_a_transaction_are_stored_when_it_commits_and_only_then(
    topic: str, producer: Producer, member: Consumer
) -> None:
    def end(transaction_end: str, offset: int) -> int:
        producer.begin_transaction()
        offsets = [TopicPartition(topic, 0, offset)]
        producer.send_offsets_to_transaction(offsets, member.consumer_group_metadata(), 20)
        getattr(producer, transaction_end)(20)
        [stored] = member.committed([TopicPartition(topic, 0)], 20)
        return stored.offset

    assert end("commit_transaction", 5) == 5
    assert end("abort_transaction", 9) == 5


def test_a_successor_fences_the_zombie_and_aborts_its_transaction(
    kafka: AnyKafka, topic: str, producer: Producer
) -> None:
    _send(producer, topic, b"zombie")
    successor = _transactional(kafka.bootstrap, f"{topic}.t")
    with pytest.raises(KafkaException) as fenced:
        producer.commit_transaction(20)
    assert fenced.value.args[0].fatal()
    assert fenced.value.args[0].code() == KafkaError._FENCED
    _send(successor, topic, b"successor")
    successor.commit_transaction(20)
    assert read_all(kafka.bootstrap, topic) == [b"successor"]


@pytest.mark.slow
def test_what_was_acknowledged_outlives_a_kill_of_the_broker(broker: Broker) -> None:
    create_topics(broker.bootstrap, {"t": 1})
    producer = _transactional(broker.bootstrap, "t")
    _send(producer, "t", b"kept")
    producer.commit_transaction(20)
    broker.kill()
    broker.start()
    assert read_all(broker.bootstrap, "t") == [b"kept"]
    _send(producer, "t", b"after")
    producer.commit_transaction(20)
    assert read_all(broker.bootstrap, "t") == [b"kept", b"after"]


@pytest.mark.slow
def test_a_frozen_broker_answers_nobody_until_it_is_resumed(broker: Broker) -> None:
    create_topics(broker.bootstrap, {"t": 1})
    producer = Producer({"bootstrap.servers": broker.bootstrap, "log_level": 0})
    broker.pause()
    producer.produce("t", b"late", partition=0)
    assert producer.flush(1) == 1
    broker.resume()
    assert producer.flush(20) == 0
    assert read_all(broker.bootstrap, "t") == [b"late"]
