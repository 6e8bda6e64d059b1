"""Recognizing a person by when records come: times between them, and hours of the week.

Profiles are histograms of inter-event times in powers of two seconds and of the hour of the week, each of
length 1, compared by cosine over two stretches of time. Rounding times to hours takes little from it: habits
are coarser.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from heapq import nsmallest
from itertools import pairwise
from math import sqrt

from stream_scrubber.leakage.attacks.result import Attack
from stream_scrubber.leakage.mix import mix

FEWEST_RECORDS = 20
"""With fewer records there is no cadence."""

WEEK = 7 * 24 * 3_600

Times = Mapping[int, Sequence[int]]
"""Seconds since 1970 of a trace's records, by trace."""


def cadence(first: Times, second: Times, truth: Mapping[int, int], seed: int, trials: int = 1_000) -> Attack:
    """Top-1 against chance. `truth` maps a trace of the first stretch to the same person's in the second."""
    ours = {name: _profile(times) for name, times in first.items() if len(times) >= FEWEST_RECORDS}
    theirs = {name: _profile(times) for name, times in second.items() if len(times) >= FEWEST_RECORDS}
    able = [name for name in ours if truth.get(name) in theirs]
    chosen = nsmallest(trials, able, key=lambda name: mix(name, seed))
    success = 0
    for name in chosen:
        profile = ours[name]
        best = max(theirs, key=lambda other: (_cosine(profile, theirs[other]), mix(other, seed)))
        success += best == truth[name]
    return Attack(
        "cadence",
        "holds the times of all records of two stretches and links by rhythm",
        success,
        len(chosen),
        1 / len(theirs) if theirs else 0.0,
        len(theirs),
    )


def _profile(times: Sequence[int]) -> dict[int, float]:
    ordered = sorted(times)
    gaps = Counter((later - earlier).bit_length() for earlier, later in pairwise(ordered))
    hours = Counter(1_000 + time % WEEK // 3_600 for time in ordered)
    profile: defaultdict[int, float] = defaultdict(float)
    for part in (gaps, hours):
        length = sqrt(sum(count * count for count in part.values())) or 1.0
        for key, count in part.items():
            profile[key] = count / length
    return profile


def _cosine(left: Mapping[int, float], right: Mapping[int, float]) -> float:
    """Both have the same length: each of two parts has length 1."""
    if len(left) > len(right):
        left, right = right, left
    return sum(part * right.get(key, 0.0) for key, part in left.items())
