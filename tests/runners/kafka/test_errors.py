"""The error policy, row by row: the mock broker answers with an error, the client makes of it what it does, and the
table says what is next."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from stream_scrubber.runners.kafka.errors import (
    CONSUMER_STALLS,
    FENCED,
    RECORD_CAUSED,
    STOPPING,
    Action,
    classify,
    classify_consumer,
)
from stream_scrubber.runners.mock_cluster import MockCluster

PRODUCE, INIT, ADD_PARTITIONS, ADD_OFFSETS, END, OFFSET_COMMIT = 0, 22, 24, 25, 26, 28
NEW, ABORT, STOP = Action.NEW_INCARNATION, Action.ABORT, Action.STOP
HEALED = None
"""The client tries again by itself, and nobody hears of it."""

ROWS = [
    (INIT, "TRANSACTIONAL_ID_AUTHORIZATION_FAILED", "init", STOP),
    (INIT, "CLUSTER_AUTHORIZATION_FAILED", "init", STOP),
    (INIT, "COORDINATOR_NOT_AVAILABLE", "", HEALED),
    (ADD_PARTITIONS, "TOPIC_AUTHORIZATION_FAILED", "commit", STOP),
    (ADD_PARTITIONS, "TRANSACTIONAL_ID_AUTHORIZATION_FAILED", "commit", STOP),
    (ADD_PARTITIONS, "INVALID_PRODUCER_EPOCH", "commit", NEW),
    (ADD_PARTITIONS, "INVALID_TXN_STATE", "commit", NEW),
    (ADD_PARTITIONS, "CONCURRENT_TRANSACTIONS", "", HEALED),
    (PRODUCE, "MSG_SIZE_TOO_LARGE", "commit", ABORT),
    (PRODUCE, "INVALID_RECORD", "commit", ABORT),
    (PRODUCE, "TOPIC_AUTHORIZATION_FAILED", "commit", STOP),
    (PRODUCE, "CLUSTER_AUTHORIZATION_FAILED", "commit", STOP),
    (PRODUCE, "INVALID_PRODUCER_EPOCH", "commit", NEW),
    (PRODUCE, "PRODUCER_FENCED", "commit", ABORT),
    (PRODUCE, "OUT_OF_ORDER_SEQUENCE_NUMBER", "commit", NEW),
    (PRODUCE, "UNKNOWN_PRODUCER_ID", "commit", ABORT),
    (PRODUCE, "NOT_LEADER_FOR_PARTITION", "", HEALED),
    (PRODUCE, "NOT_ENOUGH_REPLICAS", "", HEALED),
    (ADD_OFFSETS, "GROUP_AUTHORIZATION_FAILED", "offsets", STOP),
    (ADD_OFFSETS, "INVALID_PRODUCER_EPOCH", "offsets", NEW),
    (ADD_OFFSETS, "COORDINATOR_LOAD_IN_PROGRESS", "", HEALED),
    (OFFSET_COMMIT, "ILLEGAL_GENERATION", "offsets", ABORT),
    (OFFSET_COMMIT, "UNKNOWN_MEMBER_ID", "offsets", ABORT),
    (OFFSET_COMMIT, "FENCED_INSTANCE_ID", "offsets", ABORT),
    (OFFSET_COMMIT, "REBALANCE_IN_PROGRESS", "offsets", ABORT),
    (OFFSET_COMMIT, "GROUP_AUTHORIZATION_FAILED", "offsets", STOP),
    (OFFSET_COMMIT, "NOT_COORDINATOR", "", HEALED),
    (END, "INVALID_TXN_STATE", "commit", NEW),
    (END, "INVALID_PRODUCER_EPOCH", "commit", NEW),
    (END, "PRODUCER_FENCED", "commit", NEW),
    (END, "INVALID_PRODUCER_ID_MAPPING", "commit", ABORT),
    (END, "TRANSACTIONAL_ID_AUTHORIZATION_FAILED", "commit", STOP),
    (END, "NOT_COORDINATOR", "", HEALED),
]
_ids = itertools.count()


@pytest.fixture(scope="module")
def cluster() -> Iterator[MockCluster]:
    with MockCluster({"raw.x": 1, "clean.x": 1}) as running:
        yield running


@pytest.fixture(scope="module")
def member(cluster: MockCluster) -> Iterator[Consumer]:
    consumer = Consumer({"bootstrap.servers": cluster.bootstrap, "group.id": "g", "log_level": 0})
    consumer.subscribe(["raw.x"])
    consumer.poll(1)
    yield consumer
    consumer.close()


@pytest.mark.parametrize(("request_kind", "error", "phase", "action"), ROWS, ids=str)
def test_what_a_broker_answers_leads_to_what_the_table_says(
    cluster: MockCluster, member: Consumer, request_kind: int, error: str, phase: str, action: Action | None
) -> None:
    settings = {"bootstrap.servers": cluster.bootstrap, "transactional.id": f"t{next(_ids)}", "log_level": 0}
    producer = Producer(settings)
    cluster.push_errors(request_kind, getattr(KafkaError, error))
    reached = "init"
    raised: KafkaError | None = None
    try:
        producer.init_transactions(5)
        producer.begin_transaction()
        producer.produce("clean.x", b"value", partition=0)
        reached = "offsets"
        offsets = [TopicPartition("raw.x", 0, 1)]
        producer.send_offsets_to_transaction(offsets, member.consumer_group_metadata(), 5)
        reached = "commit"
        producer.commit_transaction(5)
    except KafkaException as exception:
        raised = exception.args[0]
    finally:
        cluster.clear_errors(request_kind)
        producer.purge()
    if raised is None:
        assert action is HEALED
    else:
        # what became of a record is told by whichever call comes next
        early = reached == "offsets" and request_kind in (ADD_PARTITIONS, PRODUCE)
        assert ("commit" if early else reached, classify(raised)) == (phase, action)


def test_no_list_contradicts_another() -> None:
    assert not STOPPING & (FENCED | RECORD_CAUSED | CONSUMER_STALLS)
    assert not RECORD_CAUSED & (FENCED | CONSUMER_STALLS)


@pytest.mark.parametrize("code", sorted(STOPPING))
def test_what_only_a_person_can_heal_stops_producer_and_consumer_even_when_fatal(code: int) -> None:
    assert classify(KafkaError(code, fatal=True)) is STOP
    assert classify_consumer(KafkaError(code)) is STOP


@pytest.mark.parametrize("code", sorted(CONSUMER_STALLS))
def test_what_librdkafka_heals_lets_the_consumer_go_on(code: int) -> None:
    assert classify_consumer(KafkaError(code)) is Action.RETRY


def test_fatal_comes_before_abortable_and_abortable_before_retriable() -> None:
    code = KafkaError.UNKNOWN
    assert classify(KafkaError(code, fatal=True, txn_requires_abort=True, retriable=True)) is NEW
    assert classify(KafkaError(code, txn_requires_abort=True, retriable=True)) is ABORT
    assert classify(KafkaError(code, retriable=True)) is Action.RETRY


def test_an_outcome_that_is_open_is_never_aborted() -> None:
    assert classify(KafkaError(KafkaError._TIMED_OUT)) is NEW
    assert classify(KafkaError(KafkaError._STATE)) is NEW


def test_an_unknown_error_of_the_consumer_is_never_ignored() -> None:
    assert classify_consumer(KafkaError(KafkaError.UNKNOWN)) is NEW
    assert classify_consumer(KafkaError(KafkaError._MAX_POLL_EXCEEDED)) is NEW
