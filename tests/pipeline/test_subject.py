"""One subject, one draw: what is random per subject must not depend on the record."""

from __future__ import annotations

import json

from stream_scrubber.keys import KeyRing, MemoryKeystore
from stream_scrubber.pipeline import Pipeline
from stream_scrubber.policy import Policy
from stream_scrubber.record import Record, Scrubbed

NOW = 1_767_225_600_000

POLICY = """
version: 1
name: subject
topics: { from: raw.s, to: clean.s }
pseudonyms: { epoch: 7d }
record: { key: drop, timestamp: { floor: 1h } }
fields:
  at: { shift: 300d }
  place: { planar_laplace: 0.001 }
SUBJECT
dead_letter: { to: dlq.s }
"""
MEASURED = "leakage: { subject: who.id, quasi_identifiers: {} }"
PLACE = {"lat": 52.5234, "lon": 13.4114}


def pipeline(subject: str = MEASURED) -> Pipeline:
    policy, mistakes = Policy.parse(POLICY.replace("SUBJECT", subject).encode())
    assert policy, mistakes
    return Pipeline(policy, KeyRing(MemoryKeystore(), policy.realm, policy.epochs, True))


def clean(pipe: Pipeline, offset: int, who: object) -> str:
    value = {"at": "2026-01-05T10:00:00Z", "place": PLACE, "who": {"id": who}}
    outcome = pipe(Record(json.dumps(value).encode(), None, [], NOW, "raw.s", 0, offset), NOW)
    assert isinstance(outcome, Scrubbed), outcome
    return outcome.value.decode()


def test_one_subject_gets_one_draw() -> None:
    pipe = pipeline()
    assert len({clean(pipe, offset, "u-1") for offset in range(20)}) == 1


def test_spellings_of_one_subject_are_one() -> None:
    pipe = pipeline()
    assert clean(pipe, 1, "5F0C1C1E-9A58-4B5E-A0DE-3A9E4F6B1C11") == clean(
        pipe, 2, "5f0c1c1e9a584b5ea0de3a9e4f6b1c11"
    )
    assert clean(pipe, 3, 42) == clean(pipe, 4, "42") == clean(pipe, 5, 42.0)


def test_subjects_differ() -> None:
    pipe = pipeline()
    assert len({clean(pipe, 1, f"u-{n}") for n in range(20)}) == 20


def test_nobody_is_no_subject() -> None:
    pipe = pipeline()
    for nobody in ("unknown", None, "", ["u-1"], True):
        assert len({clean(pipe, offset, nobody) for offset in range(20)}) > 10


def test_without_a_subject_each_record_draws_for_itself_and_again_the_same() -> None:
    pipe = pipeline("")
    drawn = [clean(pipe, offset, "u-1") for offset in range(20)]
    assert len(set(drawn)) == 20
    assert drawn == [clean(pipe, offset, "u-1") for offset in range(20)]


def test_a_tombstone_does_not_take_the_subject_of_the_record_before() -> None:
    pipe = pipeline()
    clean(pipe, 1, "u-1")
    pipe(Record(None, b"k", [], NOW, "raw.s", 0, 2), NOW)
    assert pipe._record.subject is None
    assert pipe._record.coordinates == b"raw.s\x000\x002"
