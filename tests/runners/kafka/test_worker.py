"""The loop's decisions, without a broker."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from stream_scrubber.errors import KeystoreError, Temporary
from stream_scrubber.keys import KeyRing, MemoryKeystore
from stream_scrubber.metrics import Metrics
from stream_scrubber.pipeline import Pipeline
from stream_scrubber.policy import Policy
from stream_scrubber.record import DeadLetter, Record
from stream_scrubber.runners.kafka import worker as loop
from stream_scrubber.runners.kafka.errors import Action
from stream_scrubber.runners.kafka.placement import Route
from stream_scrubber.runners.kafka.worker import ABORTS_BEFORE_HALVING, Batch, Failed, Settings, Worker

POLICY = Policy.load(Path(__file__).parents[3] / "examples" / "reference" / "policy.yaml")
ROUTE = Route("raw.bench", 2, POLICY, "clean.bench", "dlq.bench")


class Message:
    """As much of a consumed message as the loop looks at."""

    def __init__(self, offset: int, *, partition: int = 0, headers: Callable[[], Any] = list) -> None:
        self._offset, self._partition, self.headers = offset, partition, headers

    def error(self) -> None:
        return None

    def topic(self) -> str:
        return "raw.bench"

    def partition(self) -> int:
        return self._partition

    def offset(self) -> int:
        return self._offset

    def timestamp(self) -> tuple[int, int]:
        return 1, 1_000

    def value(self) -> bytes:
        return b"{}"

    def key(self) -> None:
        return None


class AwayStore(MemoryKeystore):
    def get(self, realm: str, epoch: str) -> Any:
        raise KeystoreError("keys.json: No such file or directory")


def worker(store: MemoryKeystore | None = None) -> Worker:
    assert POLICY.epochs is not None
    pipeline = Pipeline(POLICY, KeyRing(store or MemoryKeystore(), POLICY.realm, POLICY.epochs, True))
    made = Worker(
        Settings("g", 0, {}, {}),
        lambda: [ROUTE],
        {POLICY.name: pipeline},
        Metrics([pipeline]),
        now=lambda: 2_000,
        log=lambda *_, **__: None,
    )
    made.assigned = {("raw.bench", 0): 10}
    return made


def read(made: Worker, *messages: Message) -> Batch:
    batch = Batch()
    made._scrub(None, messages, batch)  # type: ignore[arg-type]
    return batch


def batch_of(count: int) -> Batch:
    results = [(Record(b"{}", topic="raw.bench", offset=n), DeadLetter("type"), ROUTE) for n in range(count)]
    return Batch(list(results), {("raw.bench", 0): 0}, {("raw.bench", 0): count})


def test_offsets_are_the_records_own_because_control_records_make_gaps() -> None:
    batch = read(worker(), Message(10), Message(11), Message(19))
    assert (batch.first, batch.following) == ({("raw.bench", 0): 10}, {("raw.bench", 0): 20})


def test_records_of_partitions_that_were_taken_away_are_left_to_others() -> None:
    assert not read(worker(), Message(3, partition=1)).results


def test_records_before_the_committed_offset_are_not_released_again() -> None:
    batch = read(worker(), Message(8), Message(9), Message(10))
    assert [record.offset for record, *_ in batch.results] == [10]


def test_after_going_back_the_first_record_must_be_the_one_gone_back_to() -> None:
    made = worker()
    made._back_at = {("raw.bench", 0): 12}
    with pytest.raises(Temporary, match="go back"):
        read(made, Message(15))
    made._back_at = {("raw.bench", 0): 12}
    assert len(read(made, Message(12), Message(13)).results) == 2
    assert not made._back_at


def test_a_header_that_the_client_cannot_decode_is_a_dead_letter() -> None:
    def broken() -> list[Any]:
        raise SystemError("returned a result with an exception set")

    [(record, outcome, _)] = read(worker(), Message(10, headers=broken)).results
    assert outcome == DeadLetter("bad_header", "record.headers")
    assert record.headers is None


def test_a_keystore_that_is_away_makes_no_dead_letters() -> None:
    with pytest.raises(KeystoreError):
        read(worker(AwayStore()), Message(10))


def test_what_a_broker_causes_never_makes_a_dead_letter_of_a_record() -> None:
    made = worker()
    for _ in range(50):
        made._suspect(batch_of(1), KafkaError(KafkaError._TIMED_OUT, txn_requires_abort=True))
    assert not made._poison


def test_a_batch_that_keeps_aborting_is_halved() -> None:
    made = worker()
    error = KafkaError(KafkaError._TIMED_OUT, txn_requires_abort=True)
    made._suspect(batch_of(100), error)
    assert made._limit == 5_000
    made._suspect(batch_of(100), error)
    assert made._limit == 50


@pytest.mark.parametrize(
    ("error", "code"), [("MSG_SIZE_TOO_LARGE", "output_too_large"), ("INVALID_RECORD", "poison")]
)
def test_a_record_that_a_broker_refuses_is_found_by_halving(error: str, code: str) -> None:
    made = worker()
    refusal = KafkaError(getattr(KafkaError, error), txn_requires_abort=True)
    size = 100
    while not made._poison:
        made._suspect(batch_of(size), refusal)
        size = made._limit
    assert made._poison == {("raw.bench", 0, 0): code}


def test_a_stopped_topic_counts_neither_as_lag_nor_as_a_reason_to_be_stuck() -> None:
    made = worker()
    made.metrics.lag = {("raw.bench", 0): 5}
    assert made.lag() == 5
    made.metrics.stopped["raw.bench"] = "gap"
    assert made.lag() == 0


def test_lag_is_unknown_until_an_end_is_known() -> None:
    made = worker()
    assert made.lag() is None
    made._ends = {("raw.bench", 0): 10}
    assert made.lag() == 0


# what the loop itself passed over is never passed by a commit


class End(Message):
    def error(self) -> Any:
        return KafkaError(KafkaError._PARTITION_EOF)


class Committing:
    """A consumer of which only its messages and commits matter."""

    def __init__(self, *answers: list[Message]) -> None:
        self.answers, self.committed, self.asked = list(answers), list[Any](), list[int]()

    def consume(self, count: int, _seconds: float) -> list[Message]:
        self.asked.append(count)
        return self.answers.pop(0) if self.answers else []

    def commit(self, *, offsets: list[Any], asynchronous: bool) -> None:
        assert not asynchronous
        self.committed += [(place.topic, place.partition, place.offset) for place in offsets]

    def subscribe(self, _topics: list[str], **_callbacks: Any) -> None:
        pass

    def seek(self, _place: Any) -> None:
        pass

    def incremental_assign(self, _places: Any) -> None:
        pass


def test_a_topic_that_one_look_misses_keeps_its_route_until_it_is_revoked() -> None:
    made = worker()
    made._routes = list
    made._look_again(Committing())  # type: ignore[arg-type]
    assert [record.offset for record, *_ in read(made, Message(10), Message(11)).results] == [10, 11]
    made._on_revoke(None, [TopicPartition("raw.bench", 0)])  # type: ignore[arg-type]
    assert not made._by_topic


def test_a_record_without_a_route_ends_the_incarnation() -> None:
    made = worker()
    made._by_topic.clear()
    with pytest.raises(Temporary, match="no policy"):
        read(made, Message(10))


def test_an_end_is_committed_only_where_nothing_was_skipped() -> None:
    made = worker()
    consumer: Any = Committing()
    read(made, End(12))
    route = made._by_topic.pop("raw.bench")
    made._commit_ends(consumer)
    assert not consumer.committed, "no route"
    made._by_topic["raw.bench"] = route
    made.metrics.stopped["raw.bench"] = "gap"
    read(made, Message(10))
    made.metrics.stopped.clear()
    made._commit_ends(consumer)
    assert not consumer.committed, "a record was skipped"
    made._skipped.clear()
    made._commit_ends(consumer)
    assert consumer.committed == [("raw.bench", 0, 12)]


def test_an_end_from_before_going_back_is_not_believed() -> None:
    made = worker()
    made._back_at = {("raw.bench", 0): 12}
    read(made, End(20))
    assert not made._ends


def test_records_that_come_twice_in_one_batch_are_released_once() -> None:
    batch = read(worker(), *(Message(offset) for offset in (10, 11, 12, 10, 11, 12)))
    assert [record.offset for record, *_ in batch.results] == [10, 11, 12]


# a search for a bad record goes on over aborts and incarnations


class Refusing:
    """A producer whose broker has refused a record that was sent before."""

    def __init__(self, told: Callable[[], None] = lambda: None) -> None:
        self.told, self.aborted = told, 0

    def poll(self, _seconds: float) -> None:
        self.told()

    def begin_transaction(self) -> None:
        pass

    def produce(self, *_: Any) -> None:
        raise KafkaException(KafkaError(KafkaError._STATE))

    def abort_transaction(self, *_: Any) -> None:
        self.aborted += 1


class Grouped(Committing):
    def consumer_group_metadata(self) -> None:
        return None


@pytest.mark.parametrize("named", [True, False])
def test_a_refusal_noticed_while_producing_aborts_and_halves(named: bool) -> None:
    made = worker()
    cause = KafkaError(KafkaError.MSG_SIZE_TOO_LARGE)
    producer: Any = Refusing((lambda: made._on_delivery(cause, None)) if named else lambda: None)  # type: ignore[arg-type]
    consumer: Any = Grouped()
    for _ in range(ABORTS_BEFORE_HALVING):
        made._transaction(consumer, producer, batch_of(100))
    assert producer.aborted == ABORTS_BEFORE_HALVING
    assert made._limit == 50


def test_what_an_abort_threw_away_is_no_refusal() -> None:
    made = worker()
    made._on_delivery(KafkaError(KafkaError._PURGE_QUEUE), None)  # type: ignore[arg-type]
    assert not made._undelivered


def test_a_refusal_noticed_with_the_offsets_halves_and_a_rebalance_does_not() -> None:
    for code, limit in ((KafkaError.MSG_SIZE_TOO_LARGE, 50), (KafkaError.ILLEGAL_GENERATION, 5_000)):
        made = worker()
        failed = Failed(Action.ABORT, KafkaError(code, txn_requires_abort=True), "offsets")
        for _ in range(3):
            made._abort(Grouped(), Refusing(), batch_of(100), failed)  # type: ignore[arg-type]
        assert made._limit == limit


def test_a_batch_stays_small_until_the_suspects_are_passed_also_over_incarnations() -> None:
    made = worker()
    made.assigned = {("raw.bench", 0): 0}
    made._suspect(batch_of(100), KafkaError(KafkaError.MSG_SIZE_TOO_LARGE, txn_requires_abort=True))
    made._forget()
    made.assigned = {("raw.bench", 0): 0}
    made._account(batch_of(50), 0.1)
    assert made._limit == 50
    made._account(batch_of(100), 0.1)
    assert made._limit == 100


# progress, and time


def test_joining_again_and_again_is_no_progress() -> None:
    made = worker()

    class Consumer(Committing):
        def committed(self, places: Any, timeout: float) -> Any:  # type: ignore[override]
            return places

    consumer: Any = Consumer()
    del consumer.committed
    seen = []
    for _ in range(2):
        made.last_progress = 0.0
        made._on_assign(consumer, [TopicPartition("raw.bench", 0, 10)])
        seen.append(made.last_progress > 0)
    assert seen == [True, False]


def slowly(made: Worker, seconds: float) -> None:
    [(pipeline, route)] = made._by_topic.values()

    def slow(record: Record, now: int) -> Any:
        time.sleep(seconds)
        return pipeline(record, now)

    made._by_topic["raw.bench"] = (slow, route)  # type: ignore[assignment]


def test_a_slow_batch_is_cut_by_time_and_goes_on_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "SCRUB_S", 0.05)
    made = worker()
    slowly(made, 0.02)
    consumer: Any = Committing([*(Message(offset) for offset in range(10, 20)), End(20)], [Message(20)])
    offsets, sizes = [], []
    for _ in range(30):
        batch = made._read(consumer)
        if batch.results:
            made._account(batch, 0.01)
        sizes.append(len(batch.results))
        offsets += [record.offset for record, *_ in batch.results]
        assert made.lag() != 0 or offsets[-1] >= 19
    assert offsets == list(range(10, 21))
    assert max(sizes) <= 4
    assert consumer.asked[-1] <= 4, "a batch is as large as fits the time"


def test_what_was_carried_over_comes_again_after_an_abort_and_not_after_a_revocation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loop, "SCRUB_S", 0.0)
    failed = Failed(Action.ABORT, KafkaError(KafkaError._TIMED_OUT, txn_requires_abort=True), "commit")
    made = worker()
    made.assigned["raw.bench", 1] = 5
    batch = read(made, Message(10), Message(11), Message(5, partition=1))
    assert len(made._carried) == 2
    made._abort(Grouped(), Refusing(), batch, failed)  # type: ignore[arg-type]
    assert [(m.partition(), m.offset()) for m in made._carried] == [(1, 5)]
    made._on_revoke(None, [TopicPartition("raw.bench", 1)])  # type: ignore[arg-type]
    assert not made._carried


def test_settings_show_no_passwords() -> None:
    assert "S3CRET" not in repr(Settings("g", 0, {"sasl.password": "S3CRET"}, {"sasl.password": "S3CRET"}))
