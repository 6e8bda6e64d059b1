"""Unicity on a live stream: traces as far as a sample of points shows them.

The definition is that of `unicity`. Kept are the points with the smallest hashes, each with all traces that
hold it: because a kept point was below the threshold from its first record on, its traces are complete. A
trace's kept points are a uniform draw of its points, so that p of them are p random points. (A sample of
traces would not do: a match with a trace that was not sampled would be missed, and unicity overstated.)

A point with more than `CROWD` traces counts as held by everybody: it singles out nobody, and the share
becomes a lower bound, which the figure says. Of such a point only the traces that may be tested are kept, the
ones with the smallest hashes of all.

Merging is commutative and idempotent; it is associative up to how many points remain.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nsmallest

from stream_scrubber.leakage.intervals import Interval, wilson
from stream_scrubber.leakage.mix import mix
from stream_scrubber.leakage.packing import Reader, Writer
from stream_scrubber.leakage.unicity import TRIALS

UNITS = 57_344
"""Room, in units of 4 bytes packed: a point takes `POINT` of them and each of its traces one. 224 KiB; with
less, traces have fewer points in the sample and fewer of them can be tested."""

POINT = 3

CROWD = 4_096
"""Traces of a point beyond which it counts as everybody's."""

TARGETS = 2_048
"""Traces that are followed into crowds."""

EVERYTHING = 1 << 64
_TRACE = 0xFFFFFFFF
"""Traces are told apart by 32 bits of their hash: among 100,000 traces two in 100,000 meet another."""

KIND, VERSION = 0x54, 1


@dataclass(frozen=True, slots=True)
class SampledUnicity:
    """`hits` of `trials` traces are alone with p of their sampled points; `crowded` of the trials met a
    crowd."""

    points: int
    hits: int
    trials: int
    traces: float
    crowded: int

    @property
    def share(self) -> float | None:
        """None without a trial: absence is not zero. A lower bound when `crowded` is not 0."""
        return self.hits / self.trials if self.trials else None

    @property
    def interval(self) -> Interval:
        return wilson(self.hits, self.trials)

    @property
    def baseline(self) -> float | None:
        return 1 / self.traces if self.traces else None


class TraceSketch:
    """Points and their traces on one side of one set in one epoch."""

    __slots__ = ("crowds", "holders", "limit", "targets", "theta", "units")

    def __init__(self, limit: int = UNITS) -> None:
        self.limit = limit
        self.theta = EVERYTHING
        """Points with a hash below it are all kept."""
        self.units = 0
        self.holders: dict[int, int | set[int]] = {}
        self.crowds: dict[int, set[int]] = {}
        self.targets = Smallest(TARGETS)

    def add(self, point: int, trace: int) -> None:
        trace &= _TRACE
        targets = self.targets
        if trace < targets.bound and trace not in targets.kept:
            targets.add(trace)
        if point >= self.theta:
            return
        held = self.holders.get(point)
        if held is None:
            self._found(point, trace)
        elif isinstance(held, int):
            if held != trace:
                self.holders[point] = {held, trace}
                self.units += 1
        elif trace not in held:
            self._joined(point, held, trace)

    def add_all(self, points: Sequence[int], traces: Sequence[int | None]) -> None:
        """Two columns of the same length; a trace of None is a record that hangs on nothing."""
        add = self.add
        # the same pair again changes nothing, and on coarse fields most pairs come again
        for point, trace in set(zip(points, traces, strict=True)):
            if trace is not None:
                add(point, trace)

    def _found(self, point: int, trace: int) -> None:
        crowd = self.crowds.get(point)
        if crowd is None:
            self.holders[point] = trace
            self.units += POINT + 1
        elif trace < self.targets.bound and trace not in crowd:
            crowd.add(trace)
            self.units += 1
        if self.units > self.limit:
            self.shrink()

    def _joined(self, point: int, held: set[int], trace: int) -> None:
        held.add(trace)
        self.units += 1
        if len(held) > CROWD:
            del self.holders[point]
            self.crowds[point] = kept = self.targets.of(held)
            self.units -= len(held) - len(kept)
        if self.units > self.limit:
            self.shrink()

    def shrink(self) -> None:
        """Trim crowds to the traces still followed; then let the points with the largest hashes go."""
        for point, crowd in self.crowds.items():
            kept = self.targets.of(crowd)
            self.units -= len(crowd) - len(kept)
            self.crowds[point] = kept
        if self.units <= self.limit:
            return
        room = self.limit * 3 // 4  # so that shrinking is rare
        for point in sorted([*self.holders, *self.crowds], reverse=True):
            if self.units <= room:
                break
            held = self.holders.pop(point, None)
            self.units -= POINT + _size(self.crowds.pop(point) if held is None else held)
            self.theta = point

    def merge(self, other: TraceSketch) -> None:
        """Take in another part of the stream; `other` stays as it is."""
        self.limit = min(self.limit, other.limit)
        self.theta = theta = min(self.theta, other.theta)
        self.targets.merge(other.targets)
        united: dict[int, set[int]] = {}
        for part in (self, other):
            for point, held in part.holders.items():
                if point < theta:
                    united.setdefault(point, set()).update((held,) if isinstance(held, int) else held)
            for point, crowd in part.crowds.items():
                if point < theta:
                    united.setdefault(point, set()).update(crowd)
        crowded = {point for part in (self, other) for point in part.crowds}
        self.holders, self.crowds = {}, {}
        for point, traces in united.items():
            if point in crowded or len(traces) > CROWD:
                self.crowds[point] = self.targets.of(traces)
            else:
                self.holders[point] = next(iter(traces)) if len(traces) == 1 else traces
        self.units = POINT * len(united) + sum(map(_size, self.holders.values()))
        self.units += sum(map(len, self.crowds.values()))
        if self.units > self.limit:
            self.shrink()

    def unicity(self, points: int, seed: int, trials: int = TRIALS) -> SampledUnicity:
        """Test up to `trials` traces against all others."""
        own: defaultdict[int, list[int]] = defaultdict(list)
        for point, held in self.holders.items():
            for trace in (held,) if isinstance(held, int) else held:
                own[trace].append(point)
        for point, crowd in self.crowds.items():
            for trace in crowd:
                own[trace].append(point)
        # where there are crowds, the points of other traces are not all known
        bound = self.targets.bound if self.crowds else EVERYTHING
        able = [trace for trace, held in own.items() if len(held) >= points and trace < bound]
        hits = crowded = 0
        chosen = nsmallest(trials, able, key=lambda trace: mix(trace, seed + 1))
        for trace in chosen:
            own_seed = mix(trace, seed + 2)
            drawn = nsmallest(points, own[trace], key=lambda point: mix(point, own_seed))
            hits += self._alone(drawn, trace)
            crowded += any(point in self.crowds for point in drawn)
        return SampledUnicity(points, hits, len(chosen), self.targets.count(), crowded)

    def _alone(self, drawn: list[int], trace: int) -> bool:
        common: set[int] | None = None
        for point in drawn:
            held = self.holders.get(point)
            if held is None:
                continue  # a crowd: everybody
            if isinstance(held, int):
                return True
            common = held if common is None else common & held
            if common == {trace}:
                return True
        return False

    def pack(self) -> bytes:
        writer = Writer(KIND, VERSION)
        writer.count(self.limit)
        writer.fixed(self.theta, 9)
        writer.fixed(self.targets.bound, 5)
        _write_traces(writer, self.targets.kept)
        for table in (self.holders, self.crowds):
            writer.count(len(table))
            for point, held in sorted(table.items()):
                writer.fixed(point, 8)
                _write_traces(writer, {held} if isinstance(held, int) else held)
        return bytes(writer.data)

    @classmethod
    def unpack(cls, data: bytes) -> TraceSketch:
        """Raises `BadSketch` for anything that `pack` did not write."""
        reader = Reader(data, KIND, VERSION)
        sketch = cls(reader.count())
        sketch.theta = reader.fixed(9)
        sketch.targets.bound = reader.fixed(5)
        sketch.targets.kept = _read_traces(reader)
        for _ in range(reader.count()):
            point, traces = reader.fixed(8), _read_traces(reader)
            sketch.holders[point] = next(iter(traces)) if len(traces) == 1 else traces
            sketch.units += POINT + len(traces)
        for _ in range(reader.count()):
            point = reader.fixed(8)
            sketch.crowds[point] = traces = _read_traces(reader)
            sketch.units += POINT + len(traces)
        reader.end()
        return sketch


class Smallest:
    """The `most` smallest 32-bit hashes seen. All below `bound` that came are in `kept`."""

    __slots__ = ("bound", "kept", "most")

    def __init__(self, most: int) -> None:
        self.most = most
        self.bound = _TRACE + 1
        self.kept: set[int] = set()

    def add(self, value: int) -> None:
        if value < self.bound:
            self.kept.add(value)
            if len(self.kept) > self.most * 5 // 4:
                self._shrink()

    def count(self) -> float:
        """Different values seen, estimated."""
        return len(self.kept) * (_TRACE + 1) / self.bound

    def of(self, values: set[int]) -> set[int]:
        """Those of `values` that are followed."""
        bound = self.bound
        return {value for value in values if value < bound}

    def merge(self, other: Smallest) -> None:
        self.bound = min(self.bound, other.bound)
        self.kept = self.of(self.kept | other.kept)
        if len(self.kept) > self.most * 5 // 4:
            self._shrink()

    def _shrink(self) -> None:
        ordered = sorted(self.kept)
        self.bound = ordered[self.most]
        self.kept = set(ordered[: self.most])


def _size(held: int | set[int]) -> int:
    return 1 if isinstance(held, int) else len(held)


def _write_traces(writer: Writer, traces: set[int]) -> None:
    writer.count(len(traces))
    for trace in sorted(traces):
        writer.fixed(trace, 4)


def _read_traces(reader: Reader) -> set[int]:
    return {reader.fixed(4) for _ in range(reader.count())}
