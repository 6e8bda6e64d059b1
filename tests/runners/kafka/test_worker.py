"""The loop's decisions, without a broker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import KafkaError

from stream_scrubber.errors import KeystoreError, Temporary
from stream_scrubber.keys import KeyRing, MemoryKeystore
from stream_scrubber.metrics import Metrics
from stream_scrubber.pipeline import Pipeline
from stream_scrubber.policy import Policy
from stream_scrubber.record import DeadLetter, Record
from stream_scrubber.runners.kafka.placement import Route
from stream_scrubber.runners.kafka.worker import Batch, Settings, Worker

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
