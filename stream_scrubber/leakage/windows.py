"""Figures over time: tumbling windows on the worker's clock, aligned to UTC, in bounded memory.

A record goes into the sketches of the running *pane* only. A pane ends where any window ends; its sketches
are then merged into the windows it lies in, which rest packed. So a record costs the same for one horizon as
for four.

Rules:

* time comes in with `advance` and never goes back: a clock that does so leaves the running pane as it is;
* with fewer than 100 subjects in a window there are no figures, and the state says why;
* a window that was not watched from its start says so (`whole`): after a start, and after a change of the
  secret, under which old and new hashes cannot be compared;
* a window without records is absent, never zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from stream_scrubber.leakage.distinct import DistinctSketch
from stream_scrubber.leakage.figures import FEWEST_SUBJECTS, THRESHOLDS, Spread
from stream_scrubber.leakage.khll import TupleSketch
from stream_scrubber.leakage.observe import Observation
from stream_scrubber.leakage.packing import BadSketch, Reader, Writer
from stream_scrubber.leakage.traces import SampledUnicity, TraceSketch

SIDES = ("raw", "clean")

HOUR, DAY = 3_600, 86_400
MONDAY = 4 * DAY
"""Seconds from 1970-01-01, a Thursday, to the first Monday."""

BATCH = 1_024
"""Observations kept back before they go into the sketches together."""

PEOPLE = 1_024
"""Hashes kept to count people: exact up to that many, then within 3 %."""

KIND, VERSION = 0x57, 1


@dataclass(frozen=True, slots=True)
class Horizon:
    """Windows of `length` seconds, one of which begins at `anchor` (seconds since 1970, UTC)."""

    name: str
    length: int
    anchor: int = 0

    def start(self, now: int) -> int:
        return now - (now - self.anchor) % self.length


def horizons(epoch: int, anchor: int = MONDAY) -> tuple[Horizon, ...]:
    """One hour, one day, one week, and one pseudonym epoch of `epoch` seconds from `anchor`."""
    return (
        Horizon("1h", HOUR),
        Horizon("24h", DAY),
        Horizon("7d", 7 * DAY, MONDAY),
        Horizon("epoch", epoch, anchor),
    )


class State(StrEnum):
    """Why there are figures, or none."""

    MEASURED = "measured"
    FEW_SUBJECTS = "few_subjects"
    NO_RECORDS = "no_records"


@dataclass(frozen=True, slots=True)
class WindowFigures:
    """One window. `spreads` is by (set, side), `unicity` by (set, side, points) and of the epoch horizon
    only."""

    horizon: str
    start: int
    end: int
    complete: bool
    """False while the window still runs."""
    whole: bool
    """False when it was not watched from its start."""
    state: State
    subjects: float
    records: int
    unattributed: int
    """Records that name no subject, in no figure."""
    spreads: Mapping[tuple[str, str], Spread] = field(default_factory=dict)
    unicity: Mapping[tuple[str, str, int], SampledUnicity] = field(default_factory=dict)


class Part:
    """What a stretch of time leaves: a tuple sketch per set and side, and the people."""

    __slots__ = ("people", "sketches", "unattributed")

    def __init__(self, sketches: list[TupleSketch]) -> None:
        self.sketches = sketches
        self.people = DistinctSketch(PEOPLE)
        self.unattributed = 0

    @property
    def records(self) -> int:
        return self.sketches[0].records if self.sketches else 0

    def merge(self, other: Part) -> None:
        for mine, theirs in zip(self.sketches, other.sketches, strict=True):
            mine.merge(theirs)
        self.people.merge(other.people)
        self.unattributed += other.unattributed

    def pack(self) -> bytes:
        writer = Writer(KIND, VERSION)
        writer.count(self.unattributed)
        writer.blob(self.people.pack())
        writer.count(len(self.sketches))
        for sketch in self.sketches:
            writer.blob(sketch.pack())
        return bytes(writer.data)

    @classmethod
    def unpack(cls, data: bytes) -> Part:
        reader = Reader(data, KIND, VERSION)
        unattributed = reader.count()
        people = DistinctSketch.unpack(reader.blob())
        part = cls([TupleSketch.unpack(reader.blob()) for _ in range(reader.count())])
        part.unattributed, part.people = unattributed, people
        reader.end()
        return part


class Windows:
    """All windows of one topic. `add` observations, `advance` the time, ask for `figures` at a fixed tick."""

    def __init__(
        self,
        sets: Sequence[str],
        horizons: Sequence[Horizon],
        now: int,
        ks: Sequence[int] = THRESHOLDS,
        points: Sequence[int] = (2, 4),
    ) -> None:
        self.sets = tuple(sets)
        self.horizons = tuple(horizons)
        self.ks = tuple(ks)
        self.points = tuple(points)
        self._places = [(name, side) for side in SIDES for name in self.sets]
        self._now = now
        self._since = {horizon.name: now for horizon in self.horizons}
        self._packed: dict[str, bytes] = {}
        self._complete: dict[str, WindowFigures] = {}
        self._pane = self._new_pane([()] * len(self._places))
        self._traces = self._new_traces()
        self._waiting: list[Observation] = []

    # -- filling

    def add(self, observation: Observation) -> None:
        waiting = self._waiting
        waiting.append(observation)
        if len(waiting) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Put what waits into the sketches."""
        named = [seen for seen in self._waiting if seen.subject is not None]
        self._pane.unattributed += len(self._waiting) - len(named)
        self._waiting.clear()
        if not named:
            return
        subjects: list[int] = [seen.subject or 0 for seen in named]
        for subject in set(subjects):
            self._pane.people.add(subject)
        raw, clean = (
            zip(*(seen.raw for seen in named), strict=True),
            zip(*(seen.clean for seen in named), strict=True),
        )
        columns: list[tuple[int, ...]] = [*raw, *clean]
        for sketch, column in zip(self._pane.sketches, columns, strict=True):
            sketch.add_all(column, subjects)
        pseudonyms = [seen.pseudonym for seen in named]
        for (_, side), traces, column in zip(self._places, self._traces, columns, strict=True):
            traces.add_all(column, subjects if side == "raw" else pseudonyms)

    # -- time

    def advance(self, now: int) -> None:
        """Close what has ended by `now`. A time before the last one changes nothing."""
        if now <= self._now:
            return
        if now >= self._pane_end():
            self.flush()
            self._close(now)
        self._now = now

    def rekey(self, now: int) -> None:
        """The secret changes: nothing from before can be compared with anything after."""
        self.advance(now)
        self._waiting.clear()
        self._packed.clear()
        self._pane = self._new_pane([()] * len(self._places))
        self._traces = self._new_traces()
        self._since = {horizon.name: self._now for horizon in self.horizons}

    def _pane_end(self) -> int:
        return min(horizon.start(self._now) + horizon.length for horizon in self.horizons)

    def _close(self, now: int) -> None:
        pane = self._pane
        for horizon in self.horizons:
            start = horizon.start(self._now)
            whole = self._with(horizon, pane)
            if now < start + horizon.length:
                self._packed[horizon.name] = whole.pack()
                continue
            # the last complete window is the one that ended last; when several did, that one had no records
            last = horizon.start(now) - horizon.length
            if last == start:
                self._complete[horizon.name] = self._told(horizon, start, whole, complete=True)
            else:
                empty = Part([TupleSketch() for _ in self._places])
                self._complete[horizon.name] = self._told(horizon, last, empty, complete=True)
            self._packed.pop(horizon.name, None)
            self._since[horizon.name] = start + horizon.length
            if horizon.name == "epoch":
                self._traces = self._new_traces()
        self._pane = self._new_pane([sketch.heaviest() for sketch in pane.sketches])

    # -- reading

    def figures(self) -> tuple[WindowFigures, ...]:
        """The running window of every horizon, and the last complete one where there is one."""
        self.flush()
        out = []
        for horizon in self.horizons:
            part = self._with(horizon, self._pane)
            out.append(self._told(horizon, horizon.start(self._now), part, complete=False))
            if horizon.name in self._complete:
                out.append(self._complete[horizon.name])
        return tuple(out)

    def size(self) -> int:
        """Bytes of all sketches, the running pane's as they would be packed."""
        self.flush()
        resting = sum(map(len, self._packed.values()))
        return resting + len(self._pane.pack()) + sum(len(sketch.pack()) for sketch in self._traces)

    def _with(self, horizon: Horizon, pane: Part) -> Part:
        packed = self._packed.get(horizon.name)
        if packed is None:
            return pane
        part = Part.unpack(packed)
        part.merge(pane)
        return part

    def _told(self, horizon: Horizon, start: int, part: Part, *, complete: bool) -> WindowFigures:
        subjects = part.people.count()
        state = State.MEASURED
        if not part.records:
            state = State.NO_RECORDS
        elif subjects < FEWEST_SUBJECTS:
            state = State.FEW_SUBJECTS
        spreads: dict[tuple[str, str], Spread] = {}
        unicity: dict[tuple[str, str, int], SampledUnicity] = {}
        if state is State.MEASURED:
            for place, sketch in zip(self._places, part.sketches, strict=True):
                spread = sketch.spread(subjects, self.ks)
                if spread is not None:
                    spreads[place] = spread
            if horizon.name == "epoch":
                for (name, side), traces in zip(self._places, self._traces, strict=True):
                    for points in self.points:
                        unicity[name, side, points] = traces.unicity(points, seed=start)
        return WindowFigures(
            horizon.name,
            start,
            start + horizon.length,
            complete,
            self._since[horizon.name] <= start,
            state,
            subjects,
            part.records,
            part.unattributed,
            spreads,
            unicity,
        )

    def _new_pane(self, pinned: Sequence[Sequence[int]]) -> Part:
        return Part([TupleSketch(pinned=heavy) for heavy in pinned])

    def _new_traces(self) -> list[TraceSketch]:
        return [TraceSketch() for _ in self._places]

    # -- bytes

    def pack(self) -> bytes:
        """The running windows, for a restart; complete ones are published already."""
        self.flush()
        writer = Writer(KIND, VERSION)
        writer.count(self._now)
        for horizon in self.horizons:
            writer.count(self._since[horizon.name])
            writer.blob(self._packed.get(horizon.name, b""))
        writer.blob(self._pane.pack())
        for sketch in self._traces:
            writer.blob(sketch.pack())
        return bytes(writer.data)

    def restore(self, data: bytes) -> None:
        """Go on where `pack` left off. Raises `BadSketch` when the sets or horizons are others; then nothing
        changed."""
        reader = Reader(data, KIND, VERSION)
        now = reader.count()
        since: dict[str, int] = {}
        packed: dict[str, bytes] = {}
        for horizon in self.horizons:
            since[horizon.name] = reader.count()
            if blob := reader.blob():
                packed[horizon.name] = blob
        pane = Part.unpack(reader.blob())
        traces = [TraceSketch.unpack(reader.blob()) for _ in self._places]
        reader.end()
        if any(len(part.sketches) != len(self._places) for part in (pane, *map(Part.unpack, packed.values()))):
            raise BadSketch("windows of other sets")
        later = self._now
        self._now, self._since, self._packed, self._pane, self._traces = now, since, packed, pane, traces
        self.advance(later)
