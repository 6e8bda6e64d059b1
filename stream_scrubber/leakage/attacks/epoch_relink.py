"""Linking a pseudonym of one epoch to the same person's pseudonym in the next, by what both of them do.

Each pseudonym has a profile: how often it shows which value. Rare values tell more, so that each counts by
its inverse document frequency (Spärck Jones, 1972), and profiles are compared by cosine, the oldest of ways
to compare texts (Salton, Wong, Yang, CACM 1975). The attacker links a pseudonym to the most similar one of
the other epoch. A new key for every epoch is no defence against this: habits stay.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from heapq import nsmallest
from math import log, sqrt

from stream_scrubber.leakage.attacks.result import Attack
from stream_scrubber.leakage.mix import mix

VALUES = 64
"""Values of a profile that count, the most frequent ones: bounds memory, and habits are what repeats."""

FEWEST_RECORDS = 5
"""A pseudonym with fewer records in an epoch has no habits yet, and is no trial."""

TIE = 1e-9
"""Similarities this close are the same: the order of additions must not decide."""

Profiles = Mapping[int, Mapping[int, int]]
"""Records of each value, by pseudonym."""


def profiles_of(pseudonyms: Sequence[int], values: Sequence[int], fewest: int = FEWEST_RECORDS) -> Profiles:
    """From two columns of one epoch."""
    counted: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for pseudonym, value in zip(pseudonyms, values, strict=True):
        counted[pseudonym][value] += 1
    return {
        name: dict(nsmallest(VALUES, profile.items(), key=lambda item: (-item[1], item[0])))
        for name, profile in counted.items()
        if profile.total() >= fewest
    }


def epoch_relink(first: Profiles, second: Profiles, truth: Mapping[int, int], seed: int, trials: int = 1_000) -> Attack:
    """Top-1 success against chance. `truth` maps a pseudonym of the first epoch to that of the second; only
    the measurer has it. Trials are the pseudonyms whose person is in both; candidates are all of the second
    epoch.
    """
    documents = Counter(value for profile in (*first.values(), *second.values()) for value in profile)
    total = len(first) + len(second)
    weight = {value: log(total / count) for value, count in documents.items()}
    index: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
    for name, vector in _vectors(second, weight).items():
        for value, part in vector.items():
            index[value].append((name, part))
    able = [name for name in first if truth.get(name) in second]
    chosen = nsmallest(trials, able, key=lambda name: mix(name, seed))
    success = 0.0
    for name, vector in _vectors({name: first[name] for name in chosen}, weight).items():
        success += _right(_similarities(vector, index), truth[name], len(second))
    return Attack(
        "epoch re-link",
        "holds all records of two epochs and links each pseudonym of the first to the one of the second "
        "whose values are most alike",
        success,
        len(chosen),
        1 / len(second) if second else 0.0,
        len(second),
    )


def _vectors(profiles: Profiles, weight: Mapping[int, float]) -> dict[int, dict[int, float]]:
    """Profiles of length 1. A profile of nothing but values that everybody has is empty."""
    vectors = {}
    for name, profile in profiles.items():
        vector = {value: count * weight[value] for value, count in profile.items()}
        length = sqrt(sum(part * part for part in vector.values()))
        vectors[name] = {value: part / length for value, part in vector.items()} if length else {}
    return vectors


def _similarities(vector: Mapping[int, float], index: Mapping[int, list[tuple[int, float]]]) -> dict[int, float]:
    found: defaultdict[int, float] = defaultdict(float)
    for value, part in vector.items():
        for name, other in index.get(value, ()):
            found[name] += part * other
    return found


def _right(similar: Mapping[int, float], target: int, candidates: int) -> float:
    """The chance that a guess among the most similar ones is right. Who is like nobody guesses among all."""
    best = max(similar.values(), default=0.0)
    if best <= TIE:
        return 1 / candidates
    tied = [name for name, similarity in similar.items() if similarity >= best - TIE]
    return 1 / len(tied) if target in tied else 0.0
