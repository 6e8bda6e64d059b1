"""Exact figures over a bounded window: for the demo, for shadow runs, for reports, and to check the sketches.

A window is columns of 64-bit hashes, 8 bytes each; the figures are counted from them when asked for. It takes
at most `capacity` records, because a process that measures must not run out of memory over it: 400,000
records with two sets are 20 MiB and take about a second to count. When it is full it says so and the figures
stand for the records taken, the first ones of the window.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from stream_scrubber.leakage.figures import THRESHOLDS, Cell, Spread, spread_of
from stream_scrubber.leakage.observe import Observation
from stream_scrubber.leakage.unicity import Traces, Unicity, unicity

CAPACITY = 400_000
"""Records taken when nothing else is said; the reason stands above."""

SIDES = ("raw", "clean")


@dataclass(frozen=True, slots=True)
class Measured:
    """Exact figures of one set on one side. `unicity` holds one entry per number of points."""

    name: str
    side: str
    spread: Spread
    unicity: tuple[Unicity, ...]


class ExactWindow:
    """Collects observations; `measure` gives the figures of all sets on both sides."""

    def __init__(self, sets: Sequence[str], capacity: int = CAPACITY) -> None:
        self.sets = tuple(sets)
        self.capacity = capacity
        self.seen = 0
        """Records offered, those without a subject among them."""
        self.unattributed = 0
        """Records that name no subject: in no figure, counted here."""
        self._subjects = array("Q")
        self._pseudonyms = array("Q")  # 0 stands for none; a hash is 0 once in 2^64
        self._columns = {side: tuple(array("Q") for _ in self.sets) for side in SIDES}

    @property
    def records(self) -> int:
        """Records that the figures stand for."""
        return len(self._subjects)

    @property
    def full(self) -> bool:
        return self.records >= self.capacity

    @property
    def missed(self) -> int:
        """Records that came when the window was full."""
        return self.seen - self.unattributed - self.records

    @property
    def subjects(self) -> int:
        return len(set(self._subjects))

    def add(self, observation: Observation) -> None:
        subject, pseudonym, raw, clean = observation
        self.seen += 1
        if subject is None:
            self.unattributed += 1
            return
        if len(self._subjects) >= self.capacity:
            return
        self._subjects.append(subject)
        self._pseudonyms.append(pseudonym or 0)
        for column, value in zip(self._columns["raw"], raw, strict=True):
            column.append(value)
        for column, value in zip(self._columns["clean"], clean, strict=True):
            column.append(value)

    def columns(self, side: str) -> tuple[Sequence[int], Sequence[int], tuple[Sequence[int], ...]]:
        """Subjects, pseudonyms (0 for none) and the tuples of every set, record by record."""
        return self._subjects, self._pseudonyms, self._columns[side]

    def spread(self, name: str, side: str, ks: Sequence[int] = THRESHOLDS) -> Spread | None:
        """None when the window holds no record: absence is not zero."""
        column = self._columns[side][self.sets.index(name)]
        return spread_of(cells(column, self._subjects), self.subjects, ks)

    def unicity(self, name: str, side: str, points: int, seed: int, trials: int = 1_000) -> Unicity:
        column = self._columns[side][self.sets.index(name)]
        labels = self._subjects if side == "raw" else self._pseudonyms
        return unicity(Traces.of(column, self._subjects, labels), points, seed, trials)

    def measure(
        self, seed: int, ks: Sequence[int] = THRESHOLDS, points: Sequence[int] = (2, 4), trials: int = 1_000
    ) -> tuple[Measured, ...]:
        """Every set on both sides; empty without records."""
        out = []
        for at, name in enumerate(self.sets):
            for side in SIDES:
                spread = self.spread(name, side, ks)
                if spread is None:
                    continue
                labels = self._subjects if side == "raw" else self._pseudonyms
                traces = Traces.of(self._columns[side][at], self._subjects, labels)
                figures = tuple(unicity(traces, p, seed, trials) for p in points)
                out.append(Measured(name, side, spread, figures))
        return tuple(out)


def cells(tuples: Sequence[int], subjects: Sequence[int]) -> list[Cell]:
    """Counts of every tuple, from two columns of the same length."""
    records: Counter[int] = Counter(tuples)
    width: Counter[int] = Counter()
    top: dict[int, int] = {}
    for (tuple_hash, _), count in Counter(zip(tuples, subjects, strict=True)).items():
        width[tuple_hash] += 1
        if count > top.get(tuple_hash, 0):
            top[tuple_hash] = count
    return [Cell(count, width[key], top[key]) for key, count in records.items()]
