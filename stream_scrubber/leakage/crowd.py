"""How many people, and who most often, for a tuple that has more than a few of them.

Distinct people by HyperLogLog (Flajolet, Fusy, Gandouet, Meunier, AofA 2007) with the estimator of O. Ertl,
"New cardinality estimation algorithms for HyperLogLog sketches" (2017), which needs no bias tables. The most
frequent one by lossy counting (Manku, Motwani, VLDB 2002) in the form that drops when it is full: its count
is never more than the truth, and exact for who was there from the start.

256 registers err by 6.5 %, that is 0.09 bit of log2; thresholds k are met by exact sets of up to 32 people,
and from 33 to 50 by linear counting, which errs by two or three.
"""

from __future__ import annotations

from math import log, sqrt

REGISTERS = 256
_INDEX_BITS = 8
_RANK_BITS = 24
"""Subjects come as 32-bit hashes: 8 bits choose the register, 24 are ranked."""

COUNTED = 32
"""People whose records are counted while the sketch is live; `packed` keeps the first `KEPT` of them."""
KEPT = 8

_SCALE = REGISTERS * REGISTERS / (2 * log(2))


class Crowd:
    """The people of one tuple. `counts` holds records of the most frequent ones, `late` how many records one
    of them may have had before it was counted; `dropped` is what anybody not in it may have had."""

    __slots__ = ("counts", "dropped", "late", "registers")

    def __init__(self) -> None:
        self.registers = bytearray(REGISTERS)
        self.counts: dict[int, int] = {}
        self.late: dict[int, int] = {}
        self.dropped = 0

    @classmethod
    def of(cls, counts: dict[int, int]) -> Crowd:
        """From an exact count of few people."""
        crowd = cls()
        for subject in counts:
            crowd._register(subject)
        crowd.counts = dict(counts)
        return crowd

    def add(self, subject: int) -> None:
        counts = self.counts
        if subject in counts:
            counts[subject] += 1
            return
        self._register(subject)
        if len(counts) >= COUNTED:
            self._drop()
        if len(counts) < COUNTED:
            counts[subject] = 1
            if self.dropped:
                self.late[subject] = self.dropped

    def merge(self, other: Crowd) -> None:
        """Take in the people of another part of the stream. Registers unite; counts add up."""
        self.registers = bytearray(map(max, self.registers, other.registers))
        for subject in self.counts.keys() - other.counts.keys():
            if other.dropped:
                self.late[subject] = self.late.get(subject, 0) + other.dropped
        for subject, count in other.counts.items():
            late = other.late.get(subject, 0)
            late += self.late.get(subject, 0) if subject in self.counts else self.dropped
            self.counts[subject] = self.counts.get(subject, 0) + count
            if late:
                self.late[subject] = late
        self.dropped += other.dropped
        self.keep(COUNTED)

    def keep(self, most: int) -> None:
        """Forget all but the `most` people with most records."""
        if len(self.counts) <= most:
            return
        by_count = sorted(self.counts, key=lambda subject: (-self.counts[subject], subject))
        gone = by_count[most:]
        self.dropped = max(self.dropped, *(self.counts[name] + self.late.get(name, 0) for name in gone))
        for name in gone:
            del self.counts[name]
            self.late.pop(name, None)

    @property
    def top(self) -> int:
        """Records of the most frequent person: a lower bound."""
        return max(self.counts.values(), default=0)

    def subjects(self) -> float:
        return estimate(self.registers)

    def _register(self, subject: int) -> None:
        rank = _RANK_BITS + 1 - (subject >> _INDEX_BITS).bit_length()
        index = subject & (REGISTERS - 1)
        if rank > self.registers[index]:
            self.registers[index] = rank

    def _drop(self) -> None:
        # Each call uses up one unit of every person's credit, so that calls are at most 1/33 of the records.
        self.dropped += 1
        dropped, late = self.dropped, self.late
        for name in [n for n, count in self.counts.items() if count + late.get(n, 0) <= dropped]:
            del self.counts[name]
            late.pop(name, None)


def estimate(registers: bytearray) -> float:
    """Ertl's improved raw estimator (2017, algorithm 6)."""
    histogram = [0] * (_RANK_BITS + 2)
    for rank in registers:
        histogram[rank] += 1
    total = REGISTERS * _tau(1 - histogram[_RANK_BITS + 1] / REGISTERS)
    for rank in range(_RANK_BITS, 0, -1):
        total = 0.5 * (total + histogram[rank])
    total += REGISTERS * _sigma(histogram[0] / REGISTERS)
    return _SCALE / total


def _sigma(x: float) -> float:
    if x == 1:
        return float("inf")
    y, z = 1.0, x
    while True:
        x *= x
        before = z
        z += x * y
        y += y
        if z == before:
            return z


def _tau(x: float) -> float:
    if x in (0, 1):
        return 0.0
    y, z = 1.0, 1 - x
    while True:
        x = sqrt(x)
        before = z
        y *= 0.5
        z -= (1 - x) ** 2 * y
        if z == before:
            return z / 3
