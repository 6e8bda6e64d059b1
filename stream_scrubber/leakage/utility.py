"""What scrubbing cost the clean stream, so that "suppress everything" does not look good.

Normalized certainty penalty (J. Xu et al., "Utility-based anonymization using local recoding", KDD 2006): 0
for a value that is kept, 1 for one that is gone, and in between the share of the domain that a coarse value
stands for.
"""

from __future__ import annotations

from dataclasses import dataclass

from stream_scrubber.leakage.distinct import DistinctSketch


def penalty_of_range(width: float, low: float, high: float) -> float:
    """A number known to lie within `width` of a domain from `low` to `high`."""
    return 1.0 if high <= low else min(1.0, max(0.0, width / (high - low)))


def penalty_of_group(group: float, domain: float) -> float:
    """A value known to be one of `group` out of `domain`."""
    return 0.0 if domain <= 1 else min(1.0, max(0.0, (group - 1) / (domain - 1)))


@dataclass(frozen=True, slots=True)
class Loss:
    """`loss` is the mean penalty over records that had the field; `suppressed` the share in which it is
    gone."""

    loss: float
    suppressed: float
    records: int


class FieldLoss:
    """One field in one window. The size of groups follows from how many values there are before and after."""

    __slots__ = ("_after", "_before", "gone", "records")

    def __init__(self) -> None:
        self.records = 0
        self.gone = 0
        self._before = DistinctSketch(512)
        self._after = DistinctSketch(512)

    def add(self, raw_hash: int, clean_hash: int | None) -> None:
        """A record that had the field; None when the clean record has it no more, or as null."""
        self.records += 1
        self._before.add(raw_hash)
        if clean_hash is None:
            self.gone += 1
        else:
            self._after.add(clean_hash)

    def merge(self, other: FieldLoss) -> None:
        self.records += other.records
        self.gone += other.gone
        self._before.merge(other._before)
        self._after.merge(other._after)

    def figure(self) -> Loss | None:
        """None while no record had the field."""
        if not self.records:
            return None
        suppressed = self.gone / self.records
        domain, left = self._before.count(), self._after.count()
        coarse = penalty_of_group(domain / left, domain) if left else 0.0
        return Loss(suppressed + (1 - suppressed) * coarse, suppressed, self.records)
