"""The tuple sketch: how many tuples have how many people, in bounded memory, from one pass.

P. H. Chia et al., "KHyperLogLog: estimating reidentifiability and joinability of large data at scale", IEEE
S&P 2019: keep the K tuples with the smallest hashes, a uniform sample of all distinct tuples, each with its
people. Because a tuple of the sample was below the threshold from its first record on, its counts are exact.

To this come strata. Shares of *records* depend on a few tuples with many records, which a uniform sample of
tuples may miss, so that heavy tuples are kept beside the sample: those in `pinned` (the previous window's
list) from the start, others found on the way. Every new tuple is kept at first; when there are too many, the
sample shrinks to its K smallest hashes and of the others the ones with fewest records go. `lost` bounds the
records that a tuple may have had before it was kept for good (Misra, Gries 1982; Agarwal et al., "Mergeable
summaries", PODS 2012).

Laws, which the tests hold:

* merging is commutative; the sample, all pinned tuples and every figure of them are the same for any order
  and grouping of merges and equal those of one sketch of all records; other heavy tuples may differ by
  `lost`;
* tuples and people unite idempotently; records add up, therefore each part of the stream must be merged once;
* until more than K + SPARE distinct tuples came, every figure is exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import nlargest
from math import sqrt
from typing import Any

from stream_scrubber.leakage.crowd import COUNTED, KEPT, REGISTERS, Crowd
from stream_scrubber.leakage.figures import THRESHOLDS, Cell, Spread, estimate
from stream_scrubber.leakage.packing import BadSketch, Reader, Writer

K = 2_048
"""Tuples in the sample: shares of tuples err by at most sqrt(1/4 / K) = 1.1 points."""

KNOWN = 256
"""Heavy tuples that form the stratum of their own."""

HEAVY = 4 * KNOWN
"""Tuples kept beside the sample when it shrinks: more than are used, because who is heavy shows only at the
end. With 1,024 instead of 512 the error of records below k on a Zipf stream (exponent 0.9) falls from 1.8 to
1.2 points."""

PACKED_HEAVY = 2 * KNOWN
"""Of these the packed form keeps the heaviest."""

SPARE = 4_096
"""Tuples kept for a while beside the sample, so that shrinking is rare."""

MAX_BYTES = 192 * 1024
"""Largest packed form: two sides in four horizons are 1.5 MiB, which leaves room for unicity within 2 MiB."""

EVERYTHING = 1 << 64
"""Threshold of a sample that holds all tuples."""

_PERSON = 0xFFFFFFFF
"""People are told apart by 32 bits of their hash: within the people of one tuple two meet once in
millions."""

KIND, VERSION = 0x4B, 1


class TupleSketch:
    """Records, tuples and people of one quasi-identifier set on one side.

    A cell is a list [records, people]; people is one 32-bit hash, or a dict of up to 32 with their records,
    or a `Crowd`. Lists and not objects, because one is made for each new tuple.
    """

    __slots__ = ("cells", "k", "limit", "lost", "pinned", "records", "theta")

    def __init__(self, k: int = K, pinned: Iterable[int] = ()) -> None:
        self.k = k
        self.limit = k + SPARE
        self.records = 0
        self.theta = EVERYTHING
        """Tuples with a hash below it are all kept: they are the sample."""
        self.lost = 0
        """Most records that any tuple outside the sample may lack."""
        self.pinned = frozenset(pinned)
        self.cells: dict[int, list[Any]] = {}

    # -- filling

    def add(self, tuple_hash: int, subject: int) -> None:
        self.add_all((tuple_hash,), (subject,))

    def add_all(self, tuples: Sequence[int], subjects: Sequence[int]) -> None:
        """Two columns of the same length: a batch costs a third less than as many single calls."""
        cells, limit = self.cells, self.limit
        find = cells.get
        self.records += len(tuples)
        for tuple_hash, subject in zip(tuples, subjects, strict=True):
            subject &= _PERSON
            cell = find(tuple_hash)
            if cell is None:
                cells[tuple_hash] = [1, subject, 0]
                if len(cells) > limit:
                    self.shrink()
                continue
            cell[0] += 1
            people = cell[1]
            if type(people) is dict:
                if subject in people:
                    people[subject] += 1
                elif len(people) < COUNTED:
                    people[subject] = 1
                else:
                    cell[1] = crowd = Crowd.of(people)
                    crowd.add(subject)
            elif type(people) is int:
                if people != subject:
                    cell[1] = {people: cell[0] - 1, subject: 1}
            else:
                people.add(subject)

    def merge(self, other: TupleSketch) -> None:
        """Take in another part of the stream; `other` stays as it is. K becomes the smaller of the two."""
        self.k = min(self.k, other.k)
        self.limit = self.k + SPARE
        self.records += other.records
        self.theta = min(self.theta, other.theta)
        self.pinned &= other.pinned
        self.lost += other.lost
        cells = self.cells
        for tuple_hash, (records, people, early) in other.cells.items():
            cell = cells.get(tuple_hash)
            if cell is None:
                cells[tuple_hash] = [records, _copy(people), early]
            else:
                cell[1] = _united(cell[0], cell[1], records, people)
                cell[0] += records
                cell[2] += early
        if len(cells) > self.limit or self.theta != EVERYTHING:
            self.shrink()

    def shrink(self, heavy: int = HEAVY) -> None:
        """Cut the sample to its K smallest hashes, and of the other tuples keep the `heavy` heaviest."""
        theta, cells = self.theta, self.cells
        below = sorted(tuple_hash for tuple_hash in cells if tuple_hash < theta)
        if len(below) > self.k:
            self.theta = theta = below[self.k]
        rest = [q for q in cells if q >= theta and q not in self.pinned]
        if len(rest) <= heavy:
            return
        # a tie goes to the smaller hash, so that equal parts shrink equally
        kept = set(nlargest(heavy, rest, key=lambda q: (cells[q][0], -q)))
        most = 0
        for q in rest:
            if q not in kept:
                most = max(most, cells.pop(q)[0])
        self.lost += most
        # what a tuple of the sample would have lost in their place, so that the strata treat both alike
        for q in below[: self.k]:
            cell = cells[q]
            if cell[0] - cell[2] <= most and q not in self.pinned:
                cell[2] = cell[0]

    # -- reading

    @property
    def exact(self) -> bool:
        """True while every tuple has been kept since its first record."""
        return self.theta == EVERYTHING and not self.lost

    @property
    def sampled(self) -> int:
        return sum(tuple_hash < self.theta for tuple_hash in self.cells)

    @property
    def distinct(self) -> float:
        """Distinct tuples: exact while all are kept, then with a relative error of about 1/sqrt(K)."""
        return self.sampled if self.theta == EVERYTHING else self.sampled * EVERYTHING / self.theta

    @property
    def relative_error(self) -> float:
        """Of the number of distinct tuples, one standard error (Bar-Yossef et al., RANDOM 2002)."""
        return 0.0 if self.theta == EVERYTHING else 1 / sqrt(max(1, self.sampled - 2))

    def heaviest(self, most: int = 256) -> list[int]:
        """The tuples to pin in the next window, under the same secret."""
        return nlargest(most, self.cells, key=lambda q: (self.cells[q][0], -q))

    def spread(self, subjects: float, ks: Sequence[int] = THRESHOLDS) -> Spread | None:
        """The figures; None without records. `subjects` is the number of people in the window."""
        if not self.exact:
            self.shrink()
        theta, heavy = self.theta, self._heavy_from()
        sample: list[Cell] = []
        known_inside: list[Cell] = []
        rest: list[Cell] = []
        beside: list[Cell] = []
        whole = later = 0
        for tuple_hash, (records, people, early) in self.cells.items():
            cell = _cell(records, people)
            known = records - early >= heavy or tuple_hash in self.pinned
            if tuple_hash >= theta:
                if known:
                    beside.append(cell)
                continue
            sample.append(cell)
            (known_inside if known else rest).append(cell)
            if known:
                whole += records
                later += records - early
        # tuples beside the sample may have been met late: they lack as large a share as those inside would
        scale = whole / later if later else 1.0
        known_cells = known_inside + [cell._replace(records=cell.records * scale) for cell in beside]
        return estimate(self.records, subjects, self.distinct, known=known_cells, sample=sample, rest=rest, ks=ks)

    def _heavy_from(self) -> int:
        """From how many records on a tuple is in the heavy stratum, in the sample or not."""
        if self.exact:
            return 1
        beside = nlargest(KNOWN, (cell[0] for q, cell in self.cells.items() if q >= self.theta))
        return max(beside[-1] if beside else 0, 2)

    # -- bytes

    def pack(self, most: int = MAX_BYTES) -> bytes:
        """At most `most` bytes, unless the pinned tuples alone take more. What does not fit makes the sample
        smaller, never wrong."""
        sketch, heavy = self, PACKED_HEAVY
        if not self.exact or len(self.cells) > self.k + PACKED_HEAVY:
            self.shrink(heavy)
        while len(data := sketch._bytes(self.k)) > most and sketch.k > 1:
            fits = 0.95 * most / len(data)
            heavy = int(heavy * fits)
            smaller = TupleSketch(max(1, int(min(sketch.k, sketch.sampled) * fits)), self.pinned)
            smaller.records, smaller.lost, smaller.theta = sketch.records, sketch.lost, sketch.theta
            smaller.cells = {tuple_hash: list(cell) for tuple_hash, cell in sketch.cells.items()}
            smaller.shrink(heavy)
            sketch = smaller
        return data

    def _bytes(self, k: int) -> bytes:
        writer = Writer(KIND, VERSION)
        for value in (k, self.records, self.lost, len(self.pinned), len(self.cells)):
            writer.count(value)
        writer.fixed(self.theta, 9)
        for tuple_hash in sorted(self.pinned):
            writer.fixed(tuple_hash, 8)
        for tuple_hash in sorted(self.cells):
            writer.data += _packed(tuple_hash, *self.cells[tuple_hash])
        return bytes(writer.data)

    @classmethod
    def unpack(cls, data: bytes) -> TupleSketch:
        """Raises `BadSketch` for anything that `pack` did not write."""
        reader = Reader(data, KIND, VERSION)
        k, total, lost, pinned, cells = (reader.count() for _ in range(5))
        if not k:
            raise BadSketch("a sample of nothing")
        theta = reader.fixed(9)
        sketch = cls(k, [reader.fixed(8) for _ in range(pinned)])
        sketch.records, sketch.lost, sketch.theta = total, lost, theta
        for _ in range(cells):
            tuple_hash = reader.fixed(8)
            records, early = reader.count(), reader.count()
            sketch.cells[tuple_hash] = [records, _people(reader), early]
        reader.end()
        return sketch


def _cell(records: int, people: Any) -> Cell:
    kind = type(people)
    if kind is int:
        return Cell(records, 1, records)
    if kind is dict:
        return Cell(records, len(people), max(people.values()))
    # more people than were counted one by one before the crowd began
    return Cell(records, max(float(COUNTED + 1), people.subjects()), people.top)


def _copy(people: Any) -> Any:
    if type(people) is int:
        return people
    if type(people) is dict:
        return dict(people)
    crowd = Crowd()
    crowd.merge(people)
    return crowd


def _united(left_records: int, left: Any, right_records: int, right: Any) -> Any:
    """The people of both sides. Neither argument is changed, except a crowd on the left."""
    if type(left) is int and left == right:
        return left
    if type(left) is Crowd:
        left.merge(right if type(right) is Crowd else Crowd.of(_counts(right_records, right)))
        return left
    counts = _counts(left_records, left)
    if type(right) is Crowd:
        crowd = Crowd.of(counts)
        crowd.merge(right)
        return crowd
    for subject, count in _counts(right_records, right).items():
        counts[subject] = counts.get(subject, 0) + count
    if len(counts) <= COUNTED:
        return counts
    crowd = Crowd.of(counts)
    crowd.keep(COUNTED)
    return crowd


def _counts(records: int, people: Any) -> dict[int, int]:
    return {people: records} if type(people) is int else dict(people)


_ONE, _FEW, _MANY = 0, 1, 2


def _packed(tuple_hash: int, records: int, people: Any, early: int) -> bytes:
    writer = Writer(0, 0)
    writer.fixed(tuple_hash, 8)
    writer.count(records)
    writer.count(early)
    if type(people) is int:
        writer.count(_ONE)
        writer.fixed(people, 4)
    elif type(people) is dict:
        writer.count(_FEW)
        _write_counts(writer, people)
    else:
        kept = _copy(people)
        kept.keep(KEPT)
        writer.count(_MANY)
        writer.data += _narrow(kept.registers)
        writer.count(kept.dropped)
        _write_counts(writer, kept.counts)
        _write_counts(writer, kept.late)
    return bytes(writer.data[2:])


def _write_counts(writer: Writer, counts: dict[int, int]) -> None:
    writer.count(len(counts))
    for subject in sorted(counts):
        writer.fixed(subject, 4)
        writer.count(counts[subject])


def _people(reader: Reader) -> Any:
    match reader.count():
        case 0:
            return reader.fixed(4)
        case 1:
            return _read_counts(reader)
        case 2:
            crowd = Crowd()
            crowd.registers = _wide(reader.fixed(REGISTERS * 5 // 8))
            crowd.dropped = reader.count()
            crowd.counts = _read_counts(reader)
            crowd.late = _read_counts(reader)
            return crowd
        case _:
            raise BadSketch("people of an unknown kind")


def _read_counts(reader: Reader) -> dict[int, int]:
    return {reader.fixed(4): reader.count() for _ in range(reader.count())}


def _narrow(registers: bytearray) -> bytes:
    """Five bits a register: ranks go up to 25."""
    value = 0
    for rank in reversed(registers):
        value = value << 5 | rank
    return value.to_bytes(REGISTERS * 5 // 8, "little")


def _wide(value: int) -> bytearray:
    return bytearray(value >> 5 * at & 31 for at in range(REGISTERS))
