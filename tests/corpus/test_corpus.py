"""Every row of the corpus, as a pure function, over files, and as the command line runs it."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import pytest

from stream_scrubber.dead_letters import pointer
from stream_scrubber.errors import REASONS
from stream_scrubber.keys import KeyRing, MemoryKeystore
from stream_scrubber.pipeline import Pipeline
from stream_scrubber.policy import Policy
from stream_scrubber.record import DeadLetter, Outcome, Scrubbed
from stream_scrubber.runners import files
from tests.corpus import POLICY, ROWS, TIME, Row

loaded = Policy.load(POLICY)
assert loaded.epochs
pipeline = Pipeline(loaded, KeyRing(MemoryKeystore(), loaded.realm, loaded.epochs, every_epoch_open=True))
every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
plain_rows = pytest.mark.parametrize("row", [row for row in ROWS if row.plain], ids=lambda row: row.id)


def test_the_table_is_a_table() -> None:
    assert len({row.id for row in ROWS}) == len(ROWS) >= 120
    for row in ROWS:
        assert row.raw.get("code", "shape") in REASONS


@every_row
def test_a_row_becomes_what_the_table_says(row: Row) -> None:
    _check(row, pipeline(row.record, TIME))


@every_row
def test_a_row_between_good_ones_leaves_them_alone(row: Row) -> None:
    good = ROWS[0].record._replace(value=b'{"flag":7}')
    outcomes = [pipeline(record, TIME) for record in (good, row.record, good)]
    assert outcomes[0] == outcomes[2]
    _check(row, outcomes[1])


@every_row
def test_a_row_becomes_the_same_when_done_again(row: Row) -> None:
    assert pipeline(row.record, TIME) == pipeline(row.record, TIME + 60_000)


@every_row
def test_a_row_as_a_whole_record_in_a_file_becomes_the_same(row: Row) -> None:
    record = row.record
    line: dict[str, Any] = {
        "value_b64": None if record.value is None else base64.b64encode(record.value).decode(),
        "key_b64": None if record.key is None else base64.b64encode(record.key).decode(),
        "headers": [[n, None if v is None else {"b64": base64.b64encode(v).decode()}] for n, v in record.headers or []],
        "timestamp": record.timestamp,
        "topic": record.topic,
    }
    clean, letters, summary = _over_file(json.dumps(line).encode() + b"\n", whole_records=True)
    if summary.clean:
        _check(row, _parsed(clean[0]))
    else:
        assert summary.refused == len(letters) == 1
        _check(row, DeadLetter(letters[0]["code"], letters[0]["field"]))


@plain_rows
def test_a_row_as_a_line_of_a_file_becomes_the_same(row: Row) -> None:
    assert row.value is not None
    good = b'{"flag":7}'
    clean, letters, summary = _over_file(good + b"\n" + row.value + b"\r\n" + good)
    assert summary.lines == 3
    assert clean[0] == clean[-1] == good
    if letters:
        assert letters[0]["line"] == 2
        _check(row, DeadLetter(letters[0]["code"], letters[0]["field"]), "field")
    else:
        _check(row, Scrubbed("", None, clean[1], [], 0), "value")


def _over_file(data: bytes, *, whole_records: bool = False) -> tuple[list[bytes], list[dict[str, Any]], files.Summary]:
    sink, letters = io.BytesIO(), io.BytesIO()
    summary = files.scrub(
        pipeline, io.BytesIO(data), sink, now=TIME, whole_records=whole_records, dead_letters=letters
    )
    return sink.getvalue().splitlines(), [json.loads(line) for line in letters.getvalue().splitlines()], summary


def _parsed(line: bytes) -> Scrubbed:
    record = files.parse_record(line)
    return Scrubbed(record.topic, record.key, record.value, record.headers or [], record.timestamp or 0)


def _check(row: Row, outcome: Outcome, part: str = "all") -> None:
    raw = row.raw
    match outcome:
        case DeadLetter():
            assert outcome.code in REASONS
            if "gives" in raw or "code" in raw:
                assert (outcome.code, outcome.field) == (raw.get("code"), raw.get("field", ""))
        case Scrubbed():
            assert "code" not in raw, f"passed as {outcome.value!r}"
            if "gives" in raw:
                assert (None if outcome.value is None else json.loads(outcome.value)) == raw["gives"]
            if part == "all":
                _check_envelope(raw, outcome)
        case _:
            pytest.fail(f"dropped: {outcome}")
    for text in raw.get("absent", []):
        assert text.encode() not in _bytes(row, outcome)


def _check_envelope(raw: Any, outcome: Scrubbed) -> None:
    if "clean_key" in raw:
        assert outcome.key == raw["clean_key"]
    else:
        assert outcome.key is None or len(outcome.key) == 24
    if "clean_headers" in raw:
        expected = [(name, None if value is None else value.encode()) for name, value in raw["clean_headers"]]
        assert outcome.headers == expected
    if "clean_timestamp" in raw:
        assert outcome.timestamp == raw["clean_timestamp"]


def _bytes(row: Row, outcome: Outcome) -> bytes:
    if isinstance(outcome, DeadLetter):
        return repr((outcome, pointer(row.record, outcome, loaded.name, loaded.sha256))).encode()
    return repr(outcome).encode() + b"".join(part for part in outcome[1:3] if isinstance(part, bytes))
