"""Figures over time."""

from __future__ import annotations

import pytest

from stream_scrubber.leakage.distinct import DistinctSketch, containment
from stream_scrubber.leakage.mix import mix
from stream_scrubber.leakage.observe import Observation
from stream_scrubber.leakage.packing import BadSketch
from stream_scrubber.leakage.windows import DAY, HOUR, MONDAY, State, Windows, horizons

EPOCH = 7 * DAY
START = 1_795_219_200
"""2026-11-21T00:00:00Z, a Saturday."""


def made(now: int = START) -> Windows:
    return Windows(["place", "device"], horizons(EPOCH), now)


def seen(n: int, people: int = 300) -> Observation:
    who = mix(n % people, 1)
    raw = mix(n, 2), mix(n % people, 3)
    clean = mix(n % 7, 4), mix(n % people % 40, 5)
    return Observation(who, mix(who, 6), raw, clean)


def fill(windows: Windows, start: int, stop: int) -> None:
    for n in range(start, stop):
        windows.add(seen(n))


def by_name(windows: Windows, *, complete: bool) -> dict[str, object]:
    return {one.horizon: one for one in windows.figures() if one.complete is complete}


def test_windows_are_aligned_to_utc() -> None:
    for horizon, start in zip(horizons(EPOCH), (START, START, START - 5 * DAY, START - 5 * DAY), strict=True):
        assert horizon.start(START + 1_000) == start
    assert horizons(EPOCH)[2].start(MONDAY) == MONDAY


def test_every_horizon_sees_every_record_once() -> None:
    windows = made()
    for hour in range(30):
        fill(windows, 400 * hour, 400 * (hour + 1))
        running = {one.horizon: one for one in windows.figures() if not one.complete}
        assert running["1h"].records == 400
        assert running["24h"].records == 400 * (hour % 24 + 1)
        assert running["7d"].records == running["epoch"].records == 400 * (hour + 1)
        assert running["7d"].subjects == 300
        spread = running["epoch"].spreads["device", "clean"]
        assert spread.records == 400 * (hour + 1)
        assert spread.tuples == 40
        windows.advance(START + (hour + 1) * HOUR)
    complete = {one.horizon: one for one in windows.figures() if one.complete}
    assert complete.keys() == {"1h", "24h"}
    assert complete["24h"].records == 24 * 400
    assert complete["1h"].start == START + 29 * HOUR
    assert complete["24h"].whole
    assert not next(one for one in windows.figures() if one.horizon == "7d").whole


def test_unicity_is_told_for_the_epoch_alone() -> None:
    windows = made()
    fill(windows, 0, 9_000)
    for one in windows.figures():
        assert bool(one.unicity) == (one.horizon == "epoch")
    epoch = next(one for one in windows.figures() if one.horizon == "epoch")
    assert epoch.unicity["place", "raw", 4].share == 1
    assert epoch.unicity["place", "clean", 4].share == 0


def test_below_a_hundred_people_there_is_no_figure_and_the_state_says_why() -> None:
    windows = made()
    for n in range(5_000):
        windows.add(seen(n, people=99))
    assert all(one.state is State.FEW_SUBJECTS and not one.spreads and not one.unicity for one in windows.figures())


def test_records_without_a_subject_are_counted_apart() -> None:
    windows = made()
    fill(windows, 0, 1_000)
    for n in range(20):
        windows.add(seen(n)._replace(subject=None))
    hour = windows.figures()[0]
    assert (hour.records, hour.unattributed) == (1_000, 20)


def test_a_clock_that_goes_back_changes_nothing() -> None:
    windows, steady = made(), made()
    for one in (windows, steady):
        fill(one, 0, 1_000)
        one.advance(START + HOUR)
        fill(one, 1_000, 2_000)
    windows.advance(START - 3 * DAY)
    windows.advance(START + 10)
    assert windows.figures() == steady.figures()


def test_a_gap_is_absent_and_not_zero() -> None:
    windows = made()
    fill(windows, 0, 1_000)
    windows.advance(START + 5 * HOUR)
    running, complete = windows.figures()[:2]
    assert running.state is complete.state is State.NO_RECORDS
    assert not running.spreads
    assert not complete.spreads
    assert complete.start == START + 4 * HOUR
    fill(windows, 0, 1_000)
    day = next(one for one in windows.figures() if one.horizon == "24h")
    assert day.records == 2_000


def test_windows_survive_a_restart() -> None:
    windows = made()
    fill(windows, 0, 1_000)
    windows.advance(START + HOUR)
    fill(windows, 1_000, 1_500)
    again = made(START + HOUR + 5)
    again.restore(windows.pack())
    windows.advance(START + HOUR + 5)
    running = [one for one in windows.figures() if not one.complete]
    assert [one for one in again.figures() if not one.complete] == running
    other = Windows(["place"], horizons(EPOCH), START)
    with pytest.raises(BadSketch):
        other.restore(windows.pack())


def test_after_a_start_or_a_new_secret_windows_are_marked() -> None:
    windows = made(START + 60)
    assert not any(one.whole for one in windows.figures())
    windows.advance(START + HOUR)
    assert windows.figures()[0].whole
    fill(windows, 0, 1_000)
    windows.rekey(START + HOUR + 60)
    assert all(one.records == 0 and not one.whole for one in windows.figures() if not one.complete)


def test_all_sketches_of_a_set_stay_within_two_mebibytes() -> None:
    windows = Windows(["place"], horizons(EPOCH), START)
    for hour in range(4):
        for n in range(20_000 * hour, 20_000 * (hour + 1)):
            who = mix(n % 4_999, 1)
            windows.add(Observation(who, who, (mix(n, 2),), (mix(n % 1_500, 3),)))
        windows.advance(START + (hour + 1) * HOUR)
    assert windows.size() <= 2 * 1024 * 1024


def test_distinct_values_are_exact_at_first_and_close_later() -> None:
    few, many = DistinctSketch(), DistinctSketch()
    for n in range(2_000):
        few.add(mix(n, 1))
    for n in range(100_000):
        many.add(mix(n, 1))
    assert (few.count(), few.relative_error) == (2_000, 0)
    assert many.count() == pytest.approx(100_000, rel=4 * many.relative_error)


def test_distinct_sketches_unite_associatively_commutatively_and_idempotently() -> None:
    parts = [[mix(n, 1) for n in range(start, start + 5_000)] for start in (0, 2_500, 9_000)]

    def sketch(*indexes: int) -> DistinctSketch:
        made = DistinctSketch(256)
        for index in indexes:
            for value in parts[index]:
                made.add(value)
        return made

    def merged(left: DistinctSketch, right: DistinctSketch) -> DistinctSketch:
        left.merge(right)
        return left

    whole = sketch(0, 1, 2).pack()
    assert merged(merged(sketch(0), sketch(1)), sketch(2)).pack() == whole
    assert merged(sketch(2), merged(sketch(1), sketch(0))).pack() == whole
    assert merged(sketch(0, 1, 2), sketch(0, 1, 2)).pack() == whole
    assert DistinctSketch.unpack(whole).pack() == whole


@pytest.mark.parametrize("share", [0.0, 0.01, 0.05, 0.5, 1.0])
def test_containment_is_estimated_within_its_interval(share: float) -> None:
    left, right = DistinctSketch(), DistinctSketch()
    for n in range(40_000):
        left.add(mix(n, 1))
        right.add(mix(n if n < share * 40_000 else n + 10**6, 1))
    found = containment(left, right)
    assert found.share is not None
    assert found.interval.low - 0.01 <= share <= found.interval.high + 0.01
