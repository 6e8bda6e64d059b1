"""How sure a share is, given how often it was tried."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

Z95 = 1.959963984540054
"""The normal quantile of a two-sided 95 % interval."""


class Interval(NamedTuple):
    """A 95 % confidence interval of a share."""

    low: float
    high: float


def wilson(hits: int, trials: int, z: float = Z95) -> Interval:
    """E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).

    Holds its level for shares near 0 and 1 too, where the textbook interval collapses to a point.
    """
    if trials <= 0:
        return Interval(0.0, 1.0)
    share = hits / trials
    spread = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    middle = share + z * z / (2 * trials)
    scale = 1 + z * z / trials
    return Interval(max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale))


def rule_of_three(trials: int) -> float:
    """Upper 95 % bound of a share of which nothing was seen in `trials` (Hanley, Lippman-Hand, JAMA 1983)."""
    return 1.0 if trials < 3 else 3 / trials
