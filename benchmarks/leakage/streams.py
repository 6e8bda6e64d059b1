"""Seeded streams of (tuple, subject) hashes of different shapes, and the exact figures to compare with."""

from __future__ import annotations

import bisect
import random
from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import Any

from benchmarks.workload import events, reference
from stream_scrubber.leakage.exact import cells
from stream_scrubber.leakage.figures import THRESHOLDS, Spread, spread_of
from stream_scrubber.leakage.khll import TupleSketch
from stream_scrubber.leakage.mix import mix

Stream = tuple[list[int], list[int]]
"""Columns: tuples, subjects."""


def zipf(n: int, tuples: int, people: int, exponent: float, seed: int) -> Stream:
    """A few tuples have most records, and a few people make most of them."""
    rng = random.Random(seed)
    of_tuples = list(accumulate((rank + 1) ** -exponent for rank in range(tuples)))
    of_people = list(accumulate((rank + 10) ** -0.8 for rank in range(people)))
    columns = [
        [bisect.bisect(weights, rng.random() * weights[-1]) for _ in range(n)] for weights in (of_tuples, of_people)
    ]
    return columns[0], columns[1]


def uniform(n: int, tuples: int, people: int, seed: int) -> Stream:
    rng = random.Random(seed)
    return [rng.randrange(tuples) for _ in range(n)], [rng.randrange(people) for _ in range(n)]


def workload(n: int, seed: int) -> Mapping[str, Stream]:
    """Both sets and sides of the reference policy on the reference events."""
    import orjson

    subjects: list[int] = []
    columns: dict[str, list[Any]] = {}
    for record in events.records(n, seed):
        raw = orjson.loads(record.value)
        subjects.append(hash_of(raw["userId"]))
        for side, value in (("raw", raw), ("clean", reference.scrub(raw))):
            context = value["context"]
            screen, place = context["screen"], context["location"]
            device = (
                context["os"]["name"],
                screen["width"],
                screen["height"],
                context["locale"],
                context["ip"],
            )
            columns.setdefault(f"device {side}", []).append(hash_of(device))
            columns.setdefault(f"place_time {side}", []).append(
                hash_of((place["latitude"], place["longitude"], value["timestamp"]))
            )
    return {name: (column, subjects) for name, column in columns.items()}


def hash_of(value: object) -> int:
    """Stable over processes, unlike `hash`."""
    from hashlib import blake2b

    return int.from_bytes(blake2b(repr(value).encode(), digest_size=8).digest(), "big")


def keyed(stream: Stream, seed: int) -> Stream:
    """The same stream under another secret."""
    memory: dict[int, int] = {}
    columns = []
    for column, offset in zip(stream, (1, 2), strict=True):
        memory = {value: mix(value, 2 * seed + offset) for value in set(column)}
        columns.append([memory[value] for value in column])
    return columns[0], columns[1]


def exactly(stream: Stream) -> Spread:
    spread = spread_of(cells(*stream), len(set(stream[1])), THRESHOLDS)
    assert spread is not None
    return spread


def sketched(stream: Stream, **settings: Any) -> TupleSketch:
    sketch = TupleSketch(**settings)
    sketch.add_all(*stream)
    return sketch


FIGURES: Mapping[str, tuple[Callable[[Spread], float], float]] = {
    "tuples with 1 subject": (lambda spread: spread.tuples_below_k(2), 0.011),
    "tuples below 5": (lambda spread: spread.tuples_below_k(5), 0.011),
    "tuples below 20": (lambda spread: spread.tuples_below_k(20), 0.011),
    "records below 2": (lambda spread: spread.records_below_k(2), 0.022),
    "records below 5": (lambda spread: spread.records_below_k(5), 0.022),
    "records below 20": (lambda spread: spread.records_below_k(20), 0.022),
    "anonymity, bits": (lambda spread: spread.anonymity_log2, 0.1),
    "entropy, bits": (lambda spread: spread.entropy_log2, 0.1),
    "Bayes vulnerability": (lambda spread: spread.bayes_vulnerability, 0.022),
}
"""What is compared, and the root-mean-square error that it may have."""
