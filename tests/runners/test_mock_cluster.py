"""The mock cluster as an embedded broker: topics, errors on demand, and how one tells it is a mock."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from stream_scrubber.errors import ConfigError
from stream_scrubber.runners import mock_cluster
from stream_scrubber.runners.mock_cluster import MockCluster, is_mock

INIT_PRODUCER_ID, END_TXN = 22, 26
TOPIC_AUTHORIZATION_FAILED = 29


@pytest.fixture
def cluster() -> Iterator[MockCluster]:
    with MockCluster({"raw.x": 3, "clean.x": 12}) as running:
        yield running


def _producer(cluster: MockCluster, **more: object) -> Producer:
    return Producer({"bootstrap.servers": cluster.bootstrap, "log_level": 0, **more})


def test_topics_have_the_partitions_asked_for(cluster: MockCluster) -> None:
    seen = _producer(cluster).list_topics(timeout=5)
    assert {name: len(topic.partitions) for name, topic in seen.topics.items()} == {"raw.x": 3, "clean.x": 12}
    assert is_mock(seen.cluster_id)


def test_a_real_cluster_id_is_no_mock() -> None:
    assert not is_mock("MkU3OEVBNTcwNTJENDM2Qg")


def test_it_listens_on_loopback_only(cluster: MockCluster) -> None:
    assert {address.rpartition(":")[0] for address in cluster.bootstrap.split(",")} == {"127.0.0.1"}


def test_what_is_produced_can_be_read_by_a_group_at_once(cluster: MockCluster) -> None:
    producer = _producer(cluster)
    producer.produce(
        "raw.x", b"value", b"key", partition=1, headers=[("a", b"1"), ("a", None)], timestamp=1234
    )
    assert producer.flush(5) == 0
    consumer = Consumer(
        {
            "bootstrap.servers": cluster.bootstrap,
            "group.id": "g",
            "auto.offset.reset": "earliest",
            "session.timeout.ms": 6000,
        }
    )
    consumer.subscribe(["raw.x"])
    started = time.monotonic()
    [message] = consumer.consume(1, 10)
    assert time.monotonic() - started < 3, "the first join waited for the initial rebalance delay"
    assert (message.value(), message.key(), message.partition()) == (b"value", b"key", 1)
    assert (message.headers(), message.timestamp()[1]) == ([("a", b"1"), ("a", None)], 1234)
    consumer.close()


def test_another_process_can_connect(cluster: MockCluster) -> None:
    code = (
        "import sys; from confluent_kafka import Producer;"
        "print(len(Producer({'bootstrap.servers': sys.argv[1]}).list_topics(timeout=5).topics))"
    )
    output = subprocess.run([sys.executable, "-c", code, cluster.bootstrap], capture_output=True, check=True)
    assert output.stdout.split() == [b"2"]


def test_pushed_errors_reach_the_client_in_order(cluster: MockCluster) -> None:
    producer = _producer(cluster, **{"transactional.id": "t"})
    cluster.push_errors(INIT_PRODUCER_ID, KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
    with pytest.raises(KafkaException) as refused:
        producer.init_transactions(5)
    assert refused.value.args[0].code() == KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED


def test_cleared_errors_never_come(cluster: MockCluster) -> None:
    producer = _producer(cluster, **{"transactional.id": "t"})
    cluster.push_errors(END_TXN, *[KafkaError.INVALID_TXN_STATE] * 3)
    cluster.clear_errors(END_TXN)
    producer.init_transactions(5)
    producer.begin_transaction()
    producer.produce("clean.x", b"value")
    producer.commit_transaction(5)


def test_a_broker_that_is_down_refuses_and_comes_back_with_its_records(cluster: MockCluster) -> None:
    producer = _producer(cluster)
    producer.produce("raw.x", b"value", partition=0)
    producer.flush(5)
    cluster.broker_down()
    with pytest.raises(KafkaException):
        _producer(cluster).list_topics(timeout=0.5)
    cluster.broker_up()
    consumer = Consumer({"bootstrap.servers": cluster.bootstrap, "group.id": "g", "log_level": 0})
    assert consumer.get_watermark_offsets(TopicPartition("raw.x", 0), timeout=5) == (0, 1)
    consumer.close()


def test_a_slow_broker_answers_late(cluster: MockCluster) -> None:
    producer = _producer(cluster)
    producer.list_topics(timeout=5)
    cluster.set_rtt(300)
    started = time.monotonic()
    producer.list_topics(timeout=5)
    assert time.monotonic() - started >= 0.3


def test_an_unknown_broker_is_the_operators_mistake(cluster: MockCluster) -> None:
    with pytest.raises(ConfigError, match="refuses broker 7"):
        cluster.broker_down(7)


def test_outside_its_block_it_says_so() -> None:
    with pytest.raises(ConfigError, match="inside its with block"):
        MockCluster({"a": 1}).push_errors(0, 1)


def test_a_topic_without_partitions_is_refused() -> None:
    with pytest.raises(ConfigError, match="at least one partition: b"):
        MockCluster({"a": 1, "b": 0})


def test_a_cluster_without_brokers_is_refused() -> None:
    with pytest.raises(ConfigError, match="one broker"):
        MockCluster({"a": 1}, brokers=0)


def test_a_build_without_the_mock_is_named_clearly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(mock_cluster._SIGNATURES, "mock_no_such_symbol", (None, ()))
    with pytest.raises(ConfigError, match="no mock cluster"), MockCluster({"a": 1}):
        pass
