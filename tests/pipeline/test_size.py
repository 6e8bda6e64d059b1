"""`record.size: {pad: log2}`: sizes are powers of two, and the value is still the same JSON."""

from __future__ import annotations

import json

import pytest

from stream_scrubber.pipeline import Pipeline
from stream_scrubber.policy import Policy
from stream_scrubber.record import Record, Scrubbed

POLICY = b"""
version: 1
name: size
topics: { from: raw.s, to: clean.s }
record: { key: drop, timestamp: { floor: 1h }, size: { pad: log2 } }
fields: { text: keep }
dead_letter: { to: dlq.s }
"""


@pytest.mark.parametrize(("length", "size"), [(0, 64), (53, 64), (54, 128), (117, 128), (118, 256), (5000, 8192)])
def test_sizes_are_powers_of_two(length: int, size: int) -> None:
    policy, found = Policy.parse(POLICY)
    assert policy, found
    raw = {"text": "x" * length}
    outcome = Pipeline(policy)(Record(json.dumps(raw).encode(), None, [], 0), 0)
    assert isinstance(outcome, Scrubbed)
    assert outcome.value is not None
    assert len(outcome.value) == size
    assert json.loads(outcome.value) == raw


def test_a_tombstone_stays_one() -> None:
    policy, _ = Policy.parse(POLICY.replace(b"key: drop", b"key: keep"))
    assert policy
    outcome = Pipeline(policy)(Record(None, b"k", [], 0), 0)
    assert isinstance(outcome, Scrubbed)
    assert outcome.value is None
