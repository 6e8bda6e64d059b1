"""Records as a whole: key, headers, timestamp, tombstones, epochs. One row a sentence of the semantics table."""

from __future__ import annotations

import base64
import pickle
import struct
from typing import Any

import pytest

from stream_scrubber.dead_letters import pointer
from stream_scrubber.errors import KeystoreError, Mismatch
from stream_scrubber.keys import KeyRing, MemoryKeystore
from stream_scrubber.pipeline import MAX_EPOCHS, Pipeline
from stream_scrubber.record import DeadLetter, Dropped, Record, Scrubbed
from tests.ground import DAY, NOW, pipeline, policy, record, told

WEEK = 7 * DAY
START = NOW - (NOW - 4 * DAY) % WEEK
"""The Monday before `NOW`."""

FIELDS = {"a": "keep", "userId": {"pseudonym": "user"}}


def long(number: int) -> bytes:
    return struct.pack(">q", number)


def _key(rule: Any, raw: bytes | None, value: Any = None) -> Any:
    """The clean key, or the dead letter."""
    made = pipeline(FIELDS, record={"key": rule, "timestamp": "keep"})
    outcome = made(record({"a": 1} if value is None else value, raw), NOW)
    return outcome.key if isinstance(outcome, Scrubbed) else told(outcome)


KEYS: list[tuple[str, Any, bytes | None, Any]] = [
    ("a null key stays null", {"pseudonym": "user"}, None, None),
    ("a null key stays null under keep", "keep", None, None),
    ("a dropped key is null", "drop", b"u-42", None),
    ("a dropped key is not even looked at", "drop", b"\xff", None),
    ("an empty key is nobody", {"pseudonym": "user"}, b"", None),
    ("an empty key that is kept is empty", "keep", b"", b""),
    ("a key that says nobody is null", {"pseudonym": "user"}, b"Unknown", None),
    ("a key that is not text", {"pseudonym": "user"}, b"\xff\xfe", "bad_key at record.key"),
    ("a mismatch names the key", {"truncate_ip": 16}, b"jane", "bad_ip at record.key"),
    ("a chain", [{"first_chars": 2}, {"one_of": ["de"], "else": "xx"}], b"de-DE", b"de"),
    ("a list outside its values", {"one_of": ["de"]}, b"fr", "not_allowed at record.key"),
    ("text that is a number stays text", {"round": 10}, b"14", "type at record.key"),
    ("JSON text", {"format": "json", "chain": ["keep"]}, b'"u-42"', b'"u-42"'),
    ("JSON number", {"format": "json", "round": 10}, b"14.2", b"10"),
    ("a JSON number has one spelling", {"format": "json", "chain": ["keep"]}, b"1.50", b"1.5"),
    ("JSON null is null", {"format": "json", "chain": ["keep"]}, b"null", None),
    ("a JSON object", {"format": "json", "chain": ["keep"]}, b'{"id":"u-42"}', "shape at record.key"),
    ("a JSON array", {"format": "json", "pseudonym": "user"}, b'["u-42"]', "type at record.key"),
    ("no JSON", {"format": "json", "chain": ["keep"]}, b"u-42", "bad_key at record.key"),
    ("JSON with a duplicate", {"format": "json", "chain": ["keep"]}, b'{"a":1,"a":2}', "bad_key at record.key"),
    ("empty is no JSON", {"format": "json", "chain": ["keep"]}, b"", "bad_key at record.key"),
    ("a long stays a long", {"format": "long", "round": 10}, long(-14), long(-10)),
    ("a long that is kept", {"format": "long", "chain": ["keep"]}, long(2**63 - 1), long(2**63 - 1)),
    ("a long of seven bytes", {"format": "long", "chain": ["keep"]}, b"\0" * 7, "bad_key at record.key"),
    ("a long of nine bytes", {"format": "long", "chain": ["keep"]}, b"\0" * 9, "bad_key at record.key"),
    ("a long that is nobody", {"format": "long", "pseudonym": "user"}, long(-1), None),
    ("a long rounded out of its range", {"format": "long", "round": {"to": 1000, "mode": "up"}}, long(2**63 - 1), "bad_key at record.key"),
    ("bytes are hex", {"format": "bytes", "chain": ["keep"]}, b"\xff\x00", b"ff00"),
    ("null bytes are null", {"format": "bytes", "pseudonym": "user"}, None, None),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "raw", "expected"), [row[1:] for row in KEYS], ids=[row[0] for row in KEYS])
def test_a_key(rule: Any, raw: bytes | None, expected: Any) -> None:
    assert _key(rule, raw) == expected


FROM: list[tuple[str, dict[str, Any], str, Any, Any]] = [
    ("a clean field", {"a": "keep"}, "a", {"a": "x"}, b"x"),
    ("a clean number", {"a": {"round": 10}}, "a", {"a": 14.2}, b"10"),
    ("a clean truth", {"a": "keep"}, "a", {"a": True}, b"true"),
    ("a clean decimal in one spelling", {"a": "keep"}, "a", {"a": 1e-7}, b"0.0000001"),
    ("a clean null", {"a": "keep"}, "a", {"a": None}, None),
    ("a field further down", {"a.b[*].c": "keep"}, "a.b[1].c", {"a": {"b": [{"c": 1}, {"c": 2}]}}, b"2"),
    ("a field that is not there", {"a": "keep"}, "a", {}, "bad_key at record.key"),
    ("a raw field that is dropped", {"a": "drop"}, "a", {"a": "u-42"}, "bad_key at record.key"),
    ("an object", {"a.b": "keep"}, "a", {"a": {"b": 1}}, "bad_key at record.key"),
    ("an element that is not there", {"a[*]": "keep"}, "a[3]", {"a": [1]}, "bad_key at record.key"),
    ("a letter is no element", {"a": "keep"}, "a[0]", {"a": "secret"}, "bad_key at record.key"),
]


@pytest.mark.parametrize(
    ("fields", "selector", "value", "expected"), [row[1:] for row in FROM], ids=[row[0] for row in FROM]
)
def test_a_key_from(fields: dict[str, Any], selector: str, value: Any, expected: Any) -> None:
    made = pipeline(fields, record={"key": {"from": selector}, "timestamp": "keep"})
    outcome = made(record(value, b"u-42"), NOW)
    assert (outcome.key if isinstance(outcome, Scrubbed) else told(outcome)) == expected


@pytest.mark.parametrize(
    ("form", "raw", "value"),
    [
        ("string", b"u-42", "u-42"),
        ("json", b'"u-42"', "u-42"),
        ("json", b"42", 42),
        ("long", long(42), 42),
        ("string", b"42", 42),
        ("bytes", b"\xab\xcd", "abcd"),
        ("string", "e\u0301".encode(), "é"),
        ("string", b"5F0C1C1E-9A58-4B5E-A0DE-3A9E4F6B1C11", "5f0c1c1e9a584b5ea0de3a9e4f6b1c11"),
    ],
)
def test_a_key_gets_the_token_of_the_field_with_the_same_id(form: str, raw: bytes, value: Any) -> None:
    made = pipeline(FIELDS, record={"key": {"format": form, "pseudonym": "user"}, "timestamp": "keep"})
    outcome = made(record({"userId": value}, raw), NOW)
    assert isinstance(outcome, Scrubbed)
    token = told(outcome)["userId"]
    assert len(token) == 24
    assert outcome.key in (token.encode(), f'"{token}"'.encode())


HEADERS: list[tuple[str, dict[str, Any], list[tuple[str, bytes | None]], Any]] = [
    ("without rules all are dropped", {}, [("a", b"1"), ("traceparent", b"2")], []),
    ("named ones stay", {"a": "keep"}, [("a", b"1"), ("b", b"2")], [("a", b"1")]),
    ("in the policy's order", {"b": "keep", "a": "keep"}, [("a", b"1"), ("b", b"2")], [("b", b"2"), ("a", b"1")]),
    ("twice stay twice, in their order", {"a": "keep"}, [("a", b"2"), ("b", b"x"), ("a", b"1")], [("a", b"2"), ("a", b"1")]),
    ("null stays null", {"a": {"pseudonym": "x"}}, [("a", None)], [("a", None)]),
    ("nobody becomes null", {"a": {"pseudonym": "x"}}, [("a", b"")], [("a", None)]),
    ("names differ by case", {"a": "keep"}, [("A", b"1")], []),
    ("a missing one is no mistake", {"a": "keep"}, [], []),
    ("alternatives", {"a|b": "keep"}, [("b", b"1"), ("a", b"2")], [("a", b"2"), ("b", b"1")]),
    ("no text", {"a": "keep"}, [("a", b"\xff")], "bad_header at record.headers.a"),
    ("no text in one that is not named", {"a": "keep"}, [("b", b"\xff")], []),
    ("a mismatch", {"a": {"truncate_ip": 16}}, [("a", b"jane")], "bad_ip at record.headers.a"),
    ("a lenient mismatch", {"a": {"truncate_ip": 16, "on_mismatch": "drop_field"}}, [("a", b"jane"), ("a", b"1.2.3.4")], [("a", b"1.2.0.0")]),
    ("lenient about no text", {"a": {"chain": ["keep"], "on_mismatch": "drop_field"}}, [("a", b"\xff")], []),
    ("one that is dropped", {"a": "drop"}, [("a", b"\xff")], []),
    ("reject", {"default": "reject", "a": "keep"}, [("a", b"1"), ("b", b"2")], "unknown_field at record.headers"),
    ("reject knows what is dropped", {"default": "reject", "a": "drop"}, [("a", b"1")], []),
    ("reject without rules", {"default": "reject"}, [("a", b"1")], "unknown_field at record.headers"),
    ("reject nothing", {"default": "reject"}, [], []),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "raw", "expected"), [row[1:] for row in HEADERS], ids=[row[0] for row in HEADERS])
def test_headers(rules: dict[str, Any], raw: list[tuple[str, bytes | None]], expected: Any) -> None:
    made = pipeline(FIELDS, record={"key": "drop", "timestamp": "keep", "headers": rules})
    for headers in (raw, tuple(raw)):
        outcome = made(record({"a": 1}, headers=headers), NOW)
        assert (outcome.headers if isinstance(outcome, Scrubbed) else told(outcome)) == expected
    if not raw:
        assert isinstance(made(record({"a": 1}, headers=None), NOW), Scrubbed)


TIMES: list[tuple[str, Any, int | None, int | None, Any]] = [
    ("is floored", {"floor": "15m"}, NOW, NOW, NOW - NOW % 900_000),
    ("is kept", "keep", NOW, NOW, NOW),
    ("is milliseconds, however small", {"floor": "1h"}, 3_600_001, NOW, 3_600_000),
    ("is milliseconds, whatever the rule says", {"floor": {"to": "1h", "unit": "s"}}, NOW, NOW, NOW - NOW % 3_600_000),
    ("is now when there is none", {"floor": "1h"}, None, NOW, NOW - NOW % 3_600_000),
    ("must be there when now is unknown", {"floor": "1h"}, None, None, "no_timestamp at record.timestamp"),
    ("may be zero", {"floor": "1h"}, 0, NOW, 0),
    ("may lie ahead", {"floor": "1h"}, NOW + 3_600_000, NOW, NOW - NOW % 3_600_000 + 3_600_000),
    ("of minus one is none", {"floor": "1h"}, -1, NOW, "bad_time at record.timestamp"),
    ("beyond the year 9999", {"floor": "1h"}, 2**62, NOW, "bad_time at record.timestamp"),
    ("beyond the year 9999 without now", {"floor": "1h"}, 2**62, None, "bad_time at record.timestamp"),
    ("before the year 1", {"floor": "1h"}, -(2**62), NOW, "bad_time at record.timestamp"),
]


@pytest.mark.parametrize(
    ("rule", "timestamp", "now", "expected"), [row[1:] for row in TIMES], ids=[row[0] for row in TIMES]
)
def test_the_timestamp(rule: Any, timestamp: int | None, now: int | None, expected: Any) -> None:
    made = pipeline(FIELDS, record={"key": {"pseudonym": "user"}, "timestamp": rule})
    outcome = made(record({"a": 1}, timestamp=timestamp), now)
    assert (outcome.timestamp if isinstance(outcome, Scrubbed) else told(outcome)) == expected


def test_the_partition_is_the_sinks_unless_the_policy_keeps_it() -> None:
    envelope = {"key": "drop", "timestamp": "keep"}
    for rule, expected in (("by-key", None), ("source", 7)):
        outcome = pipeline(FIELDS, record={**envelope, "partition": rule})(record({}, partition=7), NOW)
        assert isinstance(outcome, Scrubbed)
        assert outcome.partition == expected


def test_a_tombstone_passes_with_its_new_key_and_a_scrubbed_envelope() -> None:
    made = pipeline(FIELDS, record={"key": {"pseudonym": "user"}, "timestamp": {"floor": "1h"}, "headers": {"h": "keep"}})
    value, tombstone = (
        made(record(data, headers=[("h", b"1"), ("x", b"2")]), NOW) for data in ({"userId": "u-42"}, None)
    )
    assert isinstance(value, Scrubbed)
    assert isinstance(tombstone, Scrubbed)
    assert (tombstone.key, tombstone.headers, tombstone.timestamp) == (value.key, [("h", b"1")], NOW - NOW % 3_600_000)
    assert tombstone.value is None
    assert told(value)["userId"].encode() == tombstone.key


def test_a_tombstone_is_dropped_when_the_policy_says_so() -> None:
    made = pipeline(FIELDS, record={"key": "drop", "timestamp": "keep", "tombstones": "drop"})
    assert made(record(None), NOW) == Dropped("tombstone")


@pytest.mark.parametrize("key", [None, b"", b"unknown", b"\xff"])
def test_a_tombstone_that_has_no_clean_key_is_a_dead_letter(key: bytes | None) -> None:
    assert told(pipeline(FIELDS)(record(None, key), NOW)) == "bad_key at record.key"


def test_an_empty_value_is_no_tombstone() -> None:
    assert told(pipeline(FIELDS)(record(b""), NOW)) == "empty"


def _ring(store: MemoryKeystore, *, opened: bool = False) -> Pipeline:
    loaded = policy(FIELDS)
    assert loaded.epochs
    return Pipeline(loaded, KeyRing(store, loaded.realm, loaded.epochs, opened))


def _token(made: Pipeline, timestamp: int | None, now: int | None) -> Any:
    found = told(made(record({"userId": "u-42"}, timestamp=timestamp), now))
    return found["userId"] if isinstance(found, dict) else found


def test_the_epoch_is_that_of_the_record_not_of_its_processing() -> None:
    made = _ring(MemoryKeystore())
    before = _token(made, START - 1, START - 1)
    assert _token(made, START - 1, START + 3_600_000) == before, "a redo after the boundary gives the same token"
    assert _token(made, START, START + 3_600_000) != before


def test_a_redo_by_another_worker_after_the_boundary_gives_the_same_token() -> None:
    store = MemoryKeystore()
    before = _token(_ring(store), START - 1, START - 1)
    assert _token(_ring(store), START - 1, START + 5 * 3_600_000) == before


def test_no_record_has_tokens_of_two_epochs() -> None:
    made = _ring(MemoryKeystore())
    for timestamp in (START - 1, START):
        outcome = made(record({"userId": "u-42"}, timestamp=timestamp), START + 1)
        assert isinstance(outcome, Scrubbed)
        assert told(outcome)["userId"].encode() == outcome.key


def test_a_timestamp_ahead_counts_as_now() -> None:
    made = _ring(MemoryKeystore())
    assert _token(made, NOW + 10 * WEEK, NOW) == _token(made, NOW, NOW)
    assert _token(made, 2**62, NOW) == "bad_time at record.timestamp"


def test_a_record_without_a_timestamp_takes_now() -> None:
    made = _ring(MemoryKeystore())
    assert _token(made, None, NOW) == _token(made, NOW, NOW)


def test_a_late_record_gets_its_key_within_the_overlap_only() -> None:
    six_hours = 6 * 3_600_000
    assert len(_token(_ring(MemoryKeystore()), START - 1, START + six_hours - 1)) == 24
    assert _token(_ring(MemoryKeystore()), START - 1, START + six_hours) == "epoch_closed"


def test_a_key_that_is_there_serves_however_late() -> None:
    store = MemoryKeystore()
    before = _token(_ring(store), START - 1, START - 1)
    assert _token(_ring(store), START - 1, START + 50 * WEEK) == before


def test_an_epoch_before_the_keystore_was_made_is_closed() -> None:
    store = MemoryKeystore(created=START)
    assert _token(_ring(store), START - 1, START + 1) == "epoch_closed"
    assert len(_token(_ring(store), START, START + 1)) == 24


def test_the_epoch_in_which_the_keystore_was_made_is_open() -> None:
    assert len(_token(_ring(MemoryKeystore(created=NOW)), START, NOW)) == 24


def test_every_epoch_is_open_to_scrub_and_backfill() -> None:
    assert len(_token(_ring(MemoryKeystore(created=NOW), opened=True), START - 50 * WEEK, NOW)) == 24


@pytest.mark.parametrize("opened", [False, True])
def test_a_destroyed_key_closes_its_epoch_for_good(opened: bool) -> None:
    store = MemoryKeystore()
    made = _ring(store, opened=opened)
    assert len(_token(made, START, NOW)) == 24
    (epoch,) = store.epochs("test")
    store.destroy("test", epoch)
    made.forget_keys()
    assert _token(made, START, NOW) == "epoch_closed"
    assert _token(_ring(store, opened=opened), START, NOW) == "epoch_closed"
    assert len(_token(made, START - 1, START)) == 24, "the other epochs go on"


def test_a_missing_key_never_lets_a_value_through() -> None:
    class Closed(MemoryKeystore):
        def get(self, realm: str, epoch: str) -> None:
            return None

        def make(self, realm: str, epoch: str) -> Any:
            from stream_scrubber.keys import CLOSED

            return CLOSED

    made = _ring(Closed())
    for value in ({"a": 1}, {"userId": "u-42"}, None, b"no json"):
        assert told(made(record(value), NOW)) == "epoch_closed"


def test_a_keystore_that_fails_stops_the_runner_and_makes_no_dead_letter() -> None:
    class Broken(MemoryKeystore):
        def get(self, realm: str, epoch: str) -> Any:
            raise KeystoreError("the disk is gone")

    made = _ring(Broken())
    with pytest.raises(KeystoreError):
        made(record({"a": 1}), NOW)


def test_any_number_of_epochs_needs_a_bounded_memory() -> None:
    made = _ring(MemoryKeystore())
    for n in range(MAX_EPOCHS * 3):
        made(record({"a": 1}, timestamp=NOW - n * WEEK), NOW)
    assert len(made._by_epoch) <= MAX_EPOCHS
    first = _token(made, NOW, NOW)
    for n in range(MAX_EPOCHS * 2):
        made(record({"a": 1}, timestamp=NOW - n * WEEK), NOW)
    assert _token(made, NOW, NOW) == first


def test_any_number_of_topics_needs_a_bounded_memory() -> None:
    from stream_scrubber.pipeline import MAX_TOPICS

    made = pipeline(FIELDS)
    for n in range(MAX_TOPICS + 10):
        assert made(record({"a": 1}, topic=f"raw.{n}"), NOW) == DeadLetter("no_policy")
    assert len(made._outputs) <= MAX_TOPICS


TOPICS: list[tuple[str, dict[str, str], str, str, Any]] = [
    ("one topic", {"from": "raw.a", "to": "clean.a"}, "dlq", "raw.a", ("clean.a", "dlq")),
    ("another topic", {"from": "raw.a", "to": "clean.a"}, "dlq", "raw.b", None),
    ("a part of the name", {"from": "raw.a", "to": "clean.a"}, "dlq", "raw.ab", None),
    ("no name is the policy's own", {"from": "raw.a", "to": "clean.a"}, "dlq", "", ("clean.a", "dlq")),
    ("groups", {"from": r"^raw\.(.+)$", "to": r"clean.\1"}, r"dlq.\1", "raw.web", ("clean.web", "dlq.web")),
    ("two groups", {"from": r"^raw\.(\w+)\.(\w+)$", "to": r"clean.\2.\1"}, "dlq", "raw.a.b", ("clean.b.a", "dlq")),
    ("the whole name must match", {"from": "^raw.web", "to": "clean.a"}, "dlq", "raw.webs", None),
    ("half a surrogate pair", {"from": "^raw.*", "to": "clean.a"}, "dlq", "raw\ud800", None),
    ("a line end", {"from": "^raw.a$", "to": "clean.a"}, "dlq", "raw.a\n", None),
]


@pytest.mark.parametrize(("topics", "dead", "topic", "expected"), [row[1:] for row in TOPICS], ids=[t[0] for t in TOPICS])
def test_a_topic_leads_to_its_clean_and_dead_ones(
    topics: dict[str, str], dead: str, topic: str, expected: tuple[str, str] | None
) -> None:
    made = pipeline(FIELDS, topics=topics, dead_letter={"to": dead})
    clean, refused = (made(record(value, topic=topic), NOW) for value in ({"a": 1}, b"no json"))
    if expected is None:
        assert clean == refused == DeadLetter("no_policy")
    else:
        assert isinstance(clean, Scrubbed)
        assert (clean.topic, refused) == (expected[0], DeadLetter("bad_json", "", expected[1]))


@pytest.mark.parametrize("raised", [ValueError("u-42"), RecursionError("u-42"), MemoryError(), KeyError("u-42")])
def test_whatever_a_scrubber_raises_the_value_does_not_pass(raised: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    from stream_scrubber.scrubbers.passing import Keep

    def build(_self: Keep, _context: Any) -> Any:
        def action(_value: Any) -> Any:
            raise raised

        return action

    monkeypatch.setattr(Keep, "build", build)
    outcome = pipeline({"a": "keep"})(record({"a": 42}), NOW)
    assert outcome == DeadLetter("scrubber_failed", "", "dlq.test")


def test_a_mismatch_code_reaches_the_dead_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    from stream_scrubber.scrubbers.passing import Keep

    def build(_self: Keep, _context: Any) -> Any:
        def action(_value: Any) -> Any:
            raise Mismatch("bad_text")

        return action

    monkeypatch.setattr(Keep, "build", build)
    assert told(pipeline({"a": "keep"})(record({"a": 1}), NOW)) == "bad_text at a"


def test_an_observer_sees_what_passed_and_may_stop_the_worker() -> None:
    seen: list[Any] = []
    made = Pipeline(policy({"a": "keep"}, pseudonyms=None, record={"key": "drop", "timestamp": "keep"}), observer=lambda *s: seen.append(s))
    made(record({"a": 1, "b": 2}), NOW)
    made(record(b"no json"), NOW)
    made(record(None), NOW)
    assert [(raw, clean) for _, raw, clean in seen] == [({"a": 1, "b": 2}, {"a": 1})]

    def fail(*_seen: Any) -> None:
        raise RuntimeError

    made._observer = fail
    with pytest.raises(RuntimeError):
        made(record({"a": 1}), NOW)


def test_a_policy_with_pseudonyms_does_not_run_without_keys() -> None:
    with pytest.raises(ValueError, match="key ring"):
        Pipeline(policy(FIELDS))


def test_reprs_show_sizes_and_coordinates_only() -> None:
    secret = "jane.doe"
    raw = record({"a": secret}, secret.encode(), headers=[(secret, secret.encode())])
    clean = Scrubbed("clean.test", secret.encode(), secret.encode(), [(secret, secret.encode())], 1)
    for shown in (raw, clean, Record(None)):
        assert secret not in f"{shown!r} {shown!s} {shown}"
    assert "test" in repr(pipeline(FIELDS))


def test_outcomes_survive_pickling() -> None:
    for outcome in (Scrubbed("t", b"k", None, [("h", None)], 1, 2), Dropped("tombstone"), DeadLetter("shape", "a", "d")):
        assert pickle.loads(pickle.dumps(outcome)) == outcome  # noqa: S301  our own bytes


def test_a_dead_letter_points_and_holds_nothing() -> None:
    made = pipeline(FIELDS)
    raw = record({"a": {"secret": "jane"}}, b"u-42", headers=[("x", b"jane")], partition=3, offset=17)
    outcome = made(raw, NOW)
    assert isinstance(outcome, DeadLetter)
    headers = dict(pointer(raw, outcome, made.policy.name, made.policy.sha256))
    assert headers["__connect.errors.topic"] == b"raw.test"
    assert (headers["__connect.errors.partition"], headers["__connect.errors.offset"]) == (b"3", b"17")
    assert headers["scrubber.code"] == b"shape"
    assert headers["__connect.errors.exception.message"] == b"shape at a"
    everything = b"".join(name.encode() + (value or b"") for name, value in headers.items())
    for secret in (b"jane", b"u-42", b"secret", base64.b64encode(b"jane")):
        assert secret not in everything
