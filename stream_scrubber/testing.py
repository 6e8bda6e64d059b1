"""For users' own tests: the tests that a policy carries, and assertions and fakes for code around a pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stream_scrubber.codec.json import encode, read_clean
from stream_scrubber.codec.numbers import canonical
from stream_scrubber.dead_letters import pointer
from stream_scrubber.keys import KeyRing, MemoryKeystore
from stream_scrubber.pipeline import Pipeline
from stream_scrubber.policy import Policy
from stream_scrubber.policy.model import Expect, Given, Test
from stream_scrubber.record import DeadLetter, Dropped, Headers, Outcome, Record, Scrubbed

TEST_TIME = 1_767_225_600_000
"""2026-01-01T00:00:00Z: the timestamp of a test's record that gives none."""


@dataclass(frozen=True, slots=True)
class TestResult:
    """One test of a policy. No failures means that it passed."""

    __test__ = False
    policy: str
    index: int
    name: str
    failures: tuple[str, ...]


def throwaway_pipeline(policy: Policy) -> Pipeline:
    """A pipeline whose keys end with it: no key references are resolved."""
    ring = KeyRing(MemoryKeystore(), policy.realm, policy.epochs, True) if policy.epochs else None
    return Pipeline(policy, ring)


def run_policy_tests(policy: Policy) -> list[TestResult]:
    """Run every test of a policy, without Kafka and without keys."""
    pipeline = throwaway_pipeline(policy)
    return [
        TestResult(policy.name, index, test.name, tuple(_failures(pipeline, test)))
        for index, test in enumerate(policy.tests)
    ]


def assert_scrubbed(policy: Policy, record: Record, **expected: Any) -> Scrubbed:
    """The clean record, or an AssertionError naming the code; `expected` is compared as in a policy's test."""
    test = Test(name="assert_scrubbed", given=Given(), expect=Expect(**expected))
    outcome = throwaway_pipeline(policy)(record, TEST_TIME)
    failures = list(_compare(policy, record, outcome, test.expect))
    if failures or not isinstance(outcome, Scrubbed):
        raise AssertionError("; ".join(failures) or f"not a clean record: {outcome}")
    return outcome


def record_of(given: Given, key_format: str = "string") -> Record:
    """The raw record that a test describes. Raises ValueError or TypeError for what no record can hold."""
    if given.value_text is not None:
        value: bytes | None = given.value_text.encode()
    else:
        value = None if given.value is None else encode(given.value)
    key = given.key
    if isinstance(key, int) and key_format == "long":
        key_bytes: bytes | None = key.to_bytes(8, "big", signed=True)
    else:
        key_bytes = None if key is None else str(key).encode()
    headers: Headers = [(name, None if text is None else text.encode()) for name, text in given.headers.items()]
    timestamp = TEST_TIME if given.timestamp is None else given.timestamp
    return Record(value, key_bytes, headers, timestamp, given.topic or "")


def _failures(pipeline: Pipeline, test: Test) -> Iterator[str]:
    try:
        record = record_of(test.given, pipeline.policy.envelope.key.format)
    except (TypeError, ValueError, OverflowError):
        yield "given: no record can hold this: an integer or a text out of range"
        return
    yield from _compare(pipeline.policy, record, pipeline(record, TEST_TIME), test.expect)


def _compare(policy: Policy, record: Record, outcome: Outcome, expect: Expect) -> Iterator[str]:
    yield from _absent(policy, record, outcome, expect)
    match outcome:
        case DeadLetter():
            if expect.dead_letter is None:
                where = f" at {outcome.field}" if outcome.field else ""
                yield f"the record became the dead letter {outcome.code}{where}"
            elif expect.dead_letter != outcome.code:
                yield f"expected the dead letter {expect.dead_letter}, got {outcome.code}"
        case Dropped():
            if not expect.dropped:
                yield f"the record was dropped: {outcome.reason}"
        case Scrubbed():
            if expect.dead_letter is not None:
                yield f"expected the dead letter {expect.dead_letter}, got a clean record"
            elif expect.dropped:
                yield "expected the record to be dropped, got a clean record"
            else:
                yield from _clean(outcome, expect)


def _clean(outcome: Scrubbed, expect: Expect) -> Iterator[str]:
    if "value" in expect.model_fields_set:
        got = None if outcome.value is None else read_clean(outcome.value)
        yield from _differences(expect.value, got, "value")
    if "key" in expect.model_fields_set:
        wanted = None if expect.key is None else expect.key.encode()
        if wanted != outcome.key:
            yield "key: differs"
    if expect.headers is not None:
        wanted_headers = [(name, None if text is None else text.encode()) for name, text in expect.headers.items()]
        if sorted(wanted_headers, key=str) != sorted(outcome.headers, key=str):
            yield f"headers: expected {sorted(expect.headers)}, got {sorted(name for name, _ in outcome.headers)}"
    if expect.timestamp is not None and expect.timestamp != outcome.timestamp:
        yield f"timestamp: expected {expect.timestamp}, got {outcome.timestamp}"


def _differences(wanted: Any, got: Any, path: str) -> Iterator[str]:
    """Objects by subset, everything else exactly. Numbers compare by value, so 5 is 5.0, but True is not 1."""
    if isinstance(wanted, dict):
        if not isinstance(got, dict):
            yield f"{path}: expected an object"
            return
        for name, inner in wanted.items():
            if name not in got:
                yield f"{path}.{name}: missing"
            else:
                yield from _differences(inner, got[name], f"{path}.{name}")
    elif isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        for index, (one, other) in enumerate(zip(wanted, got, strict=True)):
            yield from _differences(one, other, f"{path}[{index}]")
    elif wanted != got or isinstance(wanted, bool) is not isinstance(got, bool):
        yield f"{path}: expected {wanted!r}, got {got!r}"


def _absent(policy: Policy, record: Record, outcome: Outcome, expect: Expect) -> Iterator[str]:
    released = list(released_bytes(policy, record, outcome))
    for needle in expect.absent:
        spellings = _spellings(needle)
        if any(spelling in place for spelling in spellings for place in released):
            yield f"absent: {needle!r} is still there"


def _spellings(needle: str | float) -> set[bytes]:
    """How the needle may stand in a clean record: as it is, and as text or a number inside JSON."""
    if isinstance(needle, str):
        return {needle.encode(), encode(needle)[1:-1]}
    return {str(needle).encode(), encode(canonical(needle) if isinstance(needle, float) else needle)}


def released_bytes(policy: Policy, record: Record, outcome: Outcome) -> Iterator[bytes]:
    """Every byte that leaves for one record: key, value, headers, or the dead letter and its message."""
    match outcome:
        case Scrubbed():
            yield outcome.key or b""
            yield outcome.value or b""
            for name, value in outcome.headers:
                yield name.encode()
                yield value or b""
        case DeadLetter():
            for name, value in pointer(record, outcome, policy.name, policy.sha256):
                yield name.encode()
                yield value or b""
    yield repr(outcome).encode()


class MemorySource:
    """A source that gives the records it was made with. Passes the same contract tests as the real ones."""

    def __init__(self, records: list[Record]) -> None:
        self._records = list(records)

    def __iter__(self) -> Iterator[Record]:
        for offset, record in enumerate(self._records):
            yield record._replace(offset=offset)


class MemorySink:
    """A sink that keeps outcomes: `clean`, `dead`, and how many records were `dropped`."""

    def __init__(self) -> None:
        self.clean: list[Scrubbed] = []
        self.dead: list[DeadLetter] = []
        self.dropped = 0

    def write(self, outcome: Outcome) -> None:
        match outcome:
            case Scrubbed():
                self.clean.append(outcome)
            case DeadLetter():
                self.dead.append(outcome)
            case Dropped():
                self.dropped += 1
