"""What changed in the stream since the policy was written: paths that no rule names, types that flip, values
that are distributed otherwise.

Nothing here keeps a value or, for a path that the policy does not name, its name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log, log2
from typing import Any

from stream_scrubber.leakage.mix import mix

BUCKETS = 64
"""Buckets of a value histogram. With more, few records are enough to make two samples of one stream
differ."""

PATHS = 10_000
"""Distinct unknown paths that are told apart; above, only their number of occurrences grows."""

TYPES = {
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    dict: "object",
    list: "array",
    type(None): "null",
}


@dataclass(frozen=True, slots=True)
class Drift:
    """`divergence` is the Jensen–Shannon divergence in bits, 0 for equal and 1 for disjoint, less what two
    samples of one stream would show by chance. `flips` is the share of values whose type the baseline had
    (almost) never."""

    divergence: float
    flips: float
    values: int
    baseline_values: int


class FieldWatch:
    """One field in one window: how many values of which type, and a histogram of keyed value hashes."""

    __slots__ = ("buckets", "types")

    def __init__(self) -> None:
        self.buckets = [0] * BUCKETS
        self.types: Counter[str] = Counter()

    def add(self, value: Any, value_hash: int) -> None:
        """`value_hash` must come from the same secret in both windows that are compared."""
        self.types[TYPES.get(type(value), "number")] += 1
        self.buckets[value_hash % BUCKETS] += 1

    def merge(self, other: FieldWatch) -> None:
        self.buckets = [mine + theirs for mine, theirs in zip(self.buckets, other.buckets, strict=True)]
        self.types.update(other.types)


def drift(now: FieldWatch, baseline: FieldWatch) -> Drift | None:
    """None while one of the two has no values: absence is not zero."""
    ours, theirs = sum(now.buckets), sum(baseline.buckets)
    if not ours or not theirs:
        return None
    used = sum(1 for one, other in zip(now.buckets, baseline.buckets, strict=True) if one or other)
    # two samples of one distribution differ by this much on average, (B - 1) / 8 per sample in nats
    chance = (used - 1) * (1 / ours + 1 / theirs) / (8 * log(2))
    rare = {kind for kind in now.types if baseline.types[kind] < 0.001 * theirs}
    flips = sum(now.types[kind] for kind in rare) / ours
    return Drift(max(0.0, jensen_shannon(now.buckets, baseline.buckets) - chance), flips, ours, theirs)


def jensen_shannon(left: Sequence[int], right: Sequence[int]) -> float:
    """J. Lin, "Divergence measures based on the Shannon entropy", IEEE Trans. Inf. Theory 37 (1991), in
    bits."""
    n, m = sum(left), sum(right)
    total = 0.0
    for one, other in zip(left, right, strict=True):
        p, q = one / n, other / m
        middle = (p + q) / 2
        if p:
            total += p / 2 * log2(p / middle)
        if q:
            total += q / 2 * log2(q / middle)
    return min(1.0, max(0.0, total))


class UnknownPaths:
    """Occurrences of fields that no rule names, by what became of them, and how many different ones there
    are.

    Paths are told apart by keyed hash: a name may be an e-mail address.
    """

    def __init__(self) -> None:
        self.occurrences: Counter[str] = Counter()
        self._seen: set[int] = set()

    def add(self, path_hash: int, action: str) -> None:
        """`action` is dropped, rejected or released; the last one pages."""
        self.occurrences[action] += 1
        if len(self._seen) < PATHS:
            self._seen.add(mix(path_hash))

    @property
    def distinct(self) -> int:
        return len(self._seen)

    @property
    def full(self) -> bool:
        return len(self._seen) >= PATHS
