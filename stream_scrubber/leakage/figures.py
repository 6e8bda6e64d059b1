"""The figures of one quasi-identifier set, on one side, in one window: what they are, and how they follow
from counts per tuple. Exact windows and sketches share this file, so that both mean the same.

For a tuple q let n_q be its records, U_q its subjects. A record is as hidden as |U_q|, subjects and not rows:
a thousand records of one person hide nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import fsum, log2
from typing import NamedTuple

THRESHOLDS = (2, 5, 10, 20, 50)
"""The k for which shares are told when nothing else is asked for."""

SMALLEST_COUNT = 10
"""Counts of people and records below this are never served as they are."""

FEWEST_SUBJECTS = 100
"""With fewer subjects in a window there is no figure: any share would be about a handful of known people."""


class Cell(NamedTuple):
    """One tuple's counts: records, distinct subjects, and records of its most frequent subject."""

    records: float
    subjects: float
    top: float


class Share(NamedTuple):
    """`share` of the records (or tuples) have fewer than `k` subjects."""

    k: int
    share: float


@dataclass(frozen=True, slots=True)
class Spread:
    """How finely one set divides the people of one window."""

    records: int
    """All records seen, none skipped."""
    subjects: float
    tuples: float
    """Distinct tuples."""
    records_below: tuple[Share, ...]
    """Share of records whose tuple has fewer than k subjects."""
    tuples_below: tuple[Share, ...]
    """Share of distinct tuples with fewer than k subjects; k = 2 is uniqueness, k = τ + 1 is |U_q| ≤ τ."""
    anonymity_log2: float
    """Mean over records of log2 |U_q|: bits that an attacker who knows the tuple still lacks."""
    entropy_log2: float
    """Mean over records of log2(n / n_q), the surprisal (Eckersley, "How unique is your web browser?", PETS
    2010)."""
    bayes_vulnerability: float
    """Chance that one best guess at the subject, knowing the tuple, is right (Smith, "On the foundations of
    quantitative information flow", FoSSaCS 2009)."""

    def records_below_k(self, k: int) -> float:
        return _at(self.records_below, k)

    def tuples_below_k(self, k: int) -> float:
        return _at(self.tuples_below, k)

    @property
    def unique_tuples(self) -> float:
        """Share of distinct tuples that only one subject has."""
        return self.tuples_below_k(2)


def _at(shares: tuple[Share, ...], k: int) -> float:
    for share in shares:
        if share.k == k:
            return share.share
    raise KeyError(k)


def spread_of(cells: Sequence[Cell], subjects: float, ks: Sequence[int] = THRESHOLDS) -> Spread | None:
    """The exact figures, from the counts of every tuple. None without records: absence is not zero."""
    records = int(sum(cell.records for cell in cells))
    return estimate(records, subjects, len(cells), known=cells, sample=cells, rest=(), ks=ks)


def estimate(
    records: int,
    subjects: float,
    tuples: float,
    *,
    known: Iterable[Cell],
    sample: Sequence[Cell],
    rest: Sequence[Cell],
    ks: Sequence[int],
) -> Spread | None:
    """Figures from two samples of the tuples, after Chia et al., "KHyperLogLog", IEEE S&P 2019, with strata.

    `sample` is a uniform sample of all tuples; shares of tuples come from it alone. Shares of records come
    from strata: `known` holds heavy tuples, all of them and with exact counts; `rest` is the sample without
    these and stands, as a ratio, for the records that are not in `known`. The ratio is what keeps the error
    small: one tuple with a thousand records is either in a plain sample or not.
    """
    if not records or not sample:
        return None
    known = list(known)
    left = max(0, records - sum(cell.records for cell in known))
    seen = sum(cell.records for cell in rest)
    scale = left / seen if seen else 0.0

    def over_records(weight: Iterable[float], tail: Iterable[float]) -> float:
        # an exact sum, so that the order in which tuples are kept makes no difference
        return (fsum(weight) + scale * fsum(tail)) / records

    below = tuple(
        Share(
            k,
            over_records(
                (cell.records for cell in known if cell.subjects < k),
                (cell.records for cell in rest if cell.subjects < k),
            ),
        )
        for k in ks
    )
    distinct_below = tuple(Share(k, sum(cell.subjects < k for cell in sample) / len(sample)) for k in ks)
    return Spread(
        records=records,
        subjects=subjects,
        tuples=tuples,
        records_below=below,
        tuples_below=distinct_below,
        anonymity_log2=over_records(map(_hidden, known), map(_hidden, rest)),
        entropy_log2=over_records(
            (cell.records * log2(records / cell.records) for cell in known),
            (cell.records * log2(records / cell.records) for cell in rest),
        ),
        bayes_vulnerability=over_records((cell.top for cell in known), (cell.top for cell in rest)),
    )


def _hidden(cell: Cell) -> float:
    return cell.records * log2(cell.subjects)


def clamp_count(count: int) -> int:
    """A count as it may be served: 1 to 9 become 10, an upper bound; nothing stays nothing."""
    return SMALLEST_COUNT if 0 < count < SMALLEST_COUNT else count
