"""Small policies and pipelines for tests of the ground."""

from __future__ import annotations

import json
from typing import Any

from stream_scrubber.keys import KeyRing, MemoryKeystore
from stream_scrubber.pipeline import Pipeline
from stream_scrubber.policy import Mistake, Policy
from stream_scrubber.record import DeadLetter, Dropped, Outcome, Record, Scrubbed

NOW = 1_795_291_653_123
"""2026-11-21T20:07:33.123Z"""

DAY = 86_400_000

PSEUDONYMS = {"realm": "test", "epoch": "7d", "anchor": "monday", "overlap": "6h"}


def document(fields: Any, **more: Any) -> dict[str, Any]:
    """A policy as data. Words of `more` replace whole parts; one that is None is left out."""
    whole = {
        "version": 1,
        "name": "test",
        "topics": {"from": "raw.test", "to": "clean.test"},
        "pseudonyms": PSEUDONYMS,
        "record": {"key": {"pseudonym": "user"}, "timestamp": {"floor": "15m"}},
        "fields": fields,
        "dead_letter": {"to": "dlq.test"},
        **more,
    }
    return {word: value for word, value in whole.items() if value is not None}


def check(fields: Any, **more: Any) -> tuple[Policy | None, tuple[Mistake, ...]]:
    """JSON is YAML, so a policy given as data needs no YAML writer."""
    return Policy.parse(json.dumps(document(fields, **more), ensure_ascii=False).encode())


def policy(fields: Any, **more: Any) -> Policy:
    found, mistakes = check(fields, **more)
    assert found is not None, [str(mistake) for mistake in mistakes]
    return found


def codes(fields: Any, **more: Any) -> set[str]:
    """The codes of all errors."""
    return {mistake.code for mistake in check(fields, **more)[1] if mistake.severity == "error"}


def pipeline(fields: Any, *, store: MemoryKeystore | None = None, every_epoch_open: bool = True, **more: Any) -> Pipeline:
    loaded = policy(fields, **more)
    ring = None
    if loaded.epochs:
        ring = KeyRing(store or MemoryKeystore(), loaded.realm, loaded.epochs, every_epoch_open)
    return Pipeline(loaded, ring)


def record(value: Any, key: bytes | None = b"u-42", **more: Any) -> Record:
    """A record; a value that is not bytes is written as JSON."""
    data = value if isinstance(value, bytes) or value is None else json.dumps(value, ensure_ascii=False).encode()
    return Record(data, key, **{"timestamp": NOW, "topic": "raw.test", **more})


def scrub(fields: Any, value: Any, **more: Any) -> Any:
    """The clean value as data, or `CODE` / `CODE at FIELD` of the dead letter."""
    return told(pipeline(fields, **more)(record(value), NOW))


def told(outcome: Outcome) -> Any:
    match outcome:
        case Scrubbed():
            return None if outcome.value is None else json.loads(outcome.value)
        case Dropped():
            return f"dropped: {outcome.reason}"
        case DeadLetter():
            return f"{outcome.code} at {outcome.field}" if outcome.field else outcome.code
