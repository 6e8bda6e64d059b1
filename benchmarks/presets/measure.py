"""What a preset hides and what it costs, on the simulated week: exact figures, the same every time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.presets.people import PEOPLE, Moment, people, week
from benchmarks.presets.shapes import SHAPES
from stream_scrubber.codec.json import encode
from stream_scrubber.keys import KeyRing, MemoryKeystore
from stream_scrubber.keys.base import Closed
from stream_scrubber.leakage.exact import ExactWindow
from stream_scrubber.leakage.observe import ObservationPlan, compile_observer
from stream_scrubber.pipeline import Pipeline
from stream_scrubber.policy import Policy
from stream_scrubber.record import Record

K = 20
POINTS = 4
SECRET = b"a fixed secret, for simulated people"
LEVELS = ("", "@strict")


class SameKeys(MemoryKeystore):
    """Keys that are the same in every run, so that the figures are. For simulated people only."""

    def make(self, realm: str, epoch: str) -> bytes | Closed:
        return hashlib.sha256(f"{realm}/{epoch}".encode()).digest()


@dataclass(frozen=True, slots=True)
class SetFigures:
    """Shares between 0 and 1. `unique` is None when no trace has as many points."""

    below_k_raw: float
    below_k: float
    unique_raw: float | None
    unique: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """One preset at one level."""

    records: int
    dead_letters: int
    fields_raw: int
    fields_kept: int
    distinct_kept: float
    """Of the different values of each field that is kept, the mean share that can still be told apart."""
    sets: Mapping[str, SetFigures]

    @property
    def utility(self) -> float:
        """Share of the fields that are kept, exact or coarse."""
        return self.fields_kept / self.fields_raw




def events(name: str, count: int = PEOPLE) -> Iterator[tuple[Moment, dict[str, Any]]]:
    """The raw events of one preset's stream."""
    shape = SHAPES[name]
    for moment in week(people(count)):
        yield moment, shape(moment)


def measure(name: str, level: str = "") -> Figures:
    """`level` is "" for standard or "@strict"."""
    policy = Policy.load(f"preset:{name}{level}")
    assert policy.leakage is not None
    assert policy.epochs is not None
    passed: list[tuple[dict[str, Any], dict[str, Any]]] = []
    keys = KeyRing(SameKeys(), policy.realm, policy.epochs, True)
    pipeline = Pipeline(policy, keys, observer=lambda _record, raw, clean: passed.append((raw, clean)))
    plan = ObservationPlan((policy.leakage.subject,), tuple(policy.leakage.sets.values()))
    observe = compile_observer(plan, SECRET)
    window = ExactWindow(tuple(policy.leakage.sets))
    before: dict[str, set[Any]] = {}
    after: dict[str, set[Any]] = {}
    dead = count = 0
    for count, (moment, event) in enumerate(events(name), 1):
        pipeline(Record(encode(event), b"+4915112345678", None, moment.ms, "", 0, count), moment.ms)
        if not passed:
            dead += 1
            continue
        raw, clean = passed.pop()
        window.add(observe(raw, clean, policy.epochs.start_of(moment.ms)))
        if count % 10 == 0:
            _leaves(raw, "", before)
            _leaves(clean, "", after)
    kept = [name for name in after if name in before]
    figures = {}
    for one in policy.leakage.sets:
        spread = {side: window.spread(one, side, (K,)) for side in ("raw", "clean")}
        unique = {side: window.unicity(one, side, POINTS, seed=1).share for side in ("raw", "clean")}
        assert spread["raw"] is not None
        assert spread["clean"] is not None
        figures[one] = SetFigures(
            spread["raw"].records_below_k(K), spread["clean"].records_below_k(K), unique["raw"], unique["clean"]
        )
    told_apart = sum(min(1.0, len(after[name]) / len(before[name])) for name in kept) / len(kept)
    return Figures(count, dead, len(before), len(kept), told_apart, figures)


def _leaves(value: Any, path: str, into: dict[str, set[Any]]) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            _leaves(inner, f"{path}.{name}", into)
    elif isinstance(value, list):
        for inner in value:
            _leaves(inner, f"{path}[*]", into)
    elif value is not None:
        into.setdefault(path, set()).add(value)
