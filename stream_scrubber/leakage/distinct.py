"""How many different ones, and how many in common, from the smallest hashes.

Bar-Yossef et al., "Counting distinct elements in a data stream", RANDOM 2002, with the threshold form of
Dasgupta, Lang, Rhodes, Thaler, "A framework for estimating stream expression cardinalities", ICDT 2016: every
hash below theta is kept, so that two sketches under one secret can be intersected. Merging is associative,
commutative and idempotent.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from stream_scrubber.leakage.intervals import Interval, wilson
from stream_scrubber.leakage.packing import BadSketch, Reader, Writer

K = 2_048
"""Hashes kept: 16 KiB, a relative error of 2.2 %, exact below that many."""

EVERYTHING = 1 << 64

KIND, VERSION = 0x44, 1


class DistinctSketch:
    """A set of 64-bit keyed hashes, of which only the smallest are kept."""

    __slots__ = ("hashes", "k", "theta")

    def __init__(self, k: int = K) -> None:
        self.k = k
        self.theta = EVERYTHING
        self.hashes: set[int] = set()

    def add(self, value: int) -> None:
        if value < self.theta:
            self.hashes.add(value)
            if len(self.hashes) > 2 * self.k:
                self.shrink()

    def merge(self, other: DistinctSketch) -> None:
        self.k = min(self.k, other.k)
        self.theta = min(self.theta, other.theta)
        self.hashes |= other.hashes
        self.shrink()

    def shrink(self) -> None:
        """Down to exactly the K smallest, so that equal sets give equal sketches."""
        theta = self.theta
        kept = sorted(value for value in self.hashes if value < theta)
        if len(kept) > self.k:
            self.theta = kept[self.k]
            del kept[self.k :]
        self.hashes = set(kept)

    @property
    def exact(self) -> bool:
        return self.theta == EVERYTHING and len(self.hashes) <= self.k

    def count(self) -> float:
        """Different values: exact up to K."""
        self.shrink()
        return float(len(self.hashes)) if self.exact else len(self.hashes) * EVERYTHING / self.theta

    @property
    def relative_error(self) -> float:
        """One standard error of `count`."""
        return 0.0 if self.exact else 1 / sqrt(max(1, len(self.hashes) - 2))

    def pack(self) -> bytes:
        self.shrink()
        writer = Writer(KIND, VERSION)
        writer.count(self.k)
        writer.fixed(self.theta, 9)
        writer.count(len(self.hashes))
        for value in sorted(self.hashes):
            writer.fixed(value, 8)
        return bytes(writer.data)

    @classmethod
    def unpack(cls, data: bytes) -> DistinctSketch:
        reader = Reader(data, KIND, VERSION)
        sketch = cls(reader.count())
        if not sketch.k:
            raise BadSketch("a sample of nothing")
        sketch.theta = reader.fixed(9)
        sketch.hashes = {reader.fixed(8) for _ in range(reader.count())}
        reader.end()
        return sketch


@dataclass(frozen=True, slots=True)
class Containment:
    """`common` of `compared` sampled values of one set are in the other too."""

    common: int
    compared: int

    @property
    def share(self) -> float | None:
        return self.common / self.compared if self.compared else None

    @property
    def interval(self) -> Interval:
        return wilson(self.common, self.compared)


def containment(left: DistinctSketch, right: DistinctSketch) -> Containment:
    """Which share of `left` is in `right`: |A ∩ B| / |A|, on the hashes below both thresholds."""
    left.shrink()
    right.shrink()
    theta = min(left.theta, right.theta)
    compared = {value for value in left.hashes if value < theta}
    return Containment(len(compared & right.hashes), len(compared))
