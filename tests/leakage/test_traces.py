"""Unicity from sampled points, against the exact figure."""

from __future__ import annotations

import random

import pytest

from benchmarks.leakage.streams import Stream
from stream_scrubber.leakage import traces as module
from stream_scrubber.leakage.mix import mix
from stream_scrubber.leakage.packing import BadSketch
from stream_scrubber.leakage.traces import TraceSketch
from stream_scrubber.leakage.unicity import Traces, unicity


def trips(people: int, places: int, hours: int, visits: int, seed: int) -> Stream:
    """People who go to a few places of their own most of the time, at any hour."""
    rng = random.Random(seed)
    points, subjects = [], []
    for person in range(people):
        home = [rng.randrange(places) for _ in range(12)]
        for _ in range(visits + rng.randrange(visits)):
            place = home[min(int(rng.expovariate(0.4)), 11)]
            points.append(mix(place * 10_000 + rng.randrange(hours), seed))
            subjects.append(mix(person, seed + 9))
    order = list(range(len(points)))
    rng.shuffle(order)
    return [points[n] for n in order], [subjects[n] for n in order]


def sketch_of(stream: Stream, limit: int = module.UNITS) -> TraceSketch:
    sketch = TraceSketch(limit)
    sketch.add_all(*stream)
    return sketch


@pytest.mark.parametrize(
    ("shape", "limit"),
    [((2_000, 1_000, 48, 20), 30_000), ((3_000, 60, 14, 15), 20_000), ((3_000, 300, 14, 20), 20_000)],
)
def test_the_exact_share_lies_in_the_interval(shape: tuple[int, int, int, int], limit: int) -> None:
    stream = trips(*shape, seed=1)
    columns = stream[0], stream[1], stream[1]
    for points in (2, 4):
        exact = unicity(Traces.of(*columns), points, seed=3, trials=10_000)
        figure = sketch_of(stream, limit).unicity(points, seed=3)
        assert exact.share is not None
        assert figure.trials >= 900
        assert figure.interval.low - 0.015 <= exact.share <= figure.interval.high + 0.015
        assert figure.traces == pytest.approx(shape[0], rel=0.1)


def test_with_room_for_all_points_every_trace_is_tested_as_exactly() -> None:
    stream = trips(400, 30, 10, 10, seed=2)
    exact = unicity(Traces.of(stream[0], stream[1], stream[1]), 2, seed=3)
    figure = sketch_of(stream).unicity(2, seed=3)
    assert figure.trials == exact.trials == figure.traces == 400
    assert figure.share == pytest.approx(exact.share, abs=0.05)


def test_a_crowd_singles_out_nobody_and_the_figure_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = trips(3_000, 20, 4, 15, seed=1)
    exact = unicity(Traces.of(stream[0], stream[1], stream[1]), 4, seed=3, trials=10_000)
    monkeypatch.setattr(module, "CROWD", 300)
    figure = sketch_of(stream, 40_000).unicity(4, seed=3)
    assert exact.share is not None
    assert figure.share is not None
    assert figure.crowded > 0
    assert figure.share <= exact.share + 0.03
    assert figure.trials > 500


def test_memory_stays_within_its_bound() -> None:
    sketch = TraceSketch(10_000)
    for start in range(0, 100_000, 1_000):
        sketch.add_all([mix(n, 1) for n in range(start, start + 1_000)], [mix(n % 900, 2) for n in range(1_000)])
        assert sketch.units <= 10_000
    assert len(sketch.pack()) < 60_000


def test_parts_merge_to_the_points_of_the_whole() -> None:
    stream = trips(1_500, 300, 20, 15, seed=4)
    whole = sketch_of(stream)
    parts = [sketch_of((stream[0][n::8], stream[1][n::8])) for n in range(8)]
    merged = TraceSketch()
    for part in parts:
        merged.merge(part)
    theta = min(merged.theta, whole.theta)
    one, other = (
        {q: {held} if isinstance(held, int) else held for q, held in sketch.holders.items() if q < theta}
        for sketch in (merged, whole)
    )
    assert one == other
    again = TraceSketch.unpack(merged.pack())
    again.merge(merged)
    assert again.pack() == merged.pack()


def test_packed_and_unpacked_it_is_the_same() -> None:
    sketch = sketch_of(trips(900, 100, 10, 15, seed=4), 5_000)
    again = TraceSketch.unpack(sketch.pack())
    assert again.pack() == sketch.pack()
    assert again.unicity(4, seed=1) == sketch.unicity(4, seed=1)
    for bad in (b"", b"T", sketch.pack()[:-1], sketch.pack() + b"x"):
        with pytest.raises(BadSketch):
            TraceSketch.unpack(bad)


def test_records_without_a_pseudonym_hang_on_nothing() -> None:
    sketch = TraceSketch()
    sketch.add_all([1, 2, 3], [None, None, None])
    assert sketch.unicity(2, seed=1).share is None
