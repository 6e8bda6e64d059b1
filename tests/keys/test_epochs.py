"""Epochs cut time without gaps, have names of their own, and are found again by them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_scrubber.keys import Epoch, EpochRule, KeyRing, MemoryKeystore
from stream_scrubber.keys.epochs import DAY_MS, FOREVER, HOUR_MS, WEEKDAYS

times = st.integers(-60_000_000_000_000, 250_000_000_000_000)
rules = st.builds(
    EpochRule,
    st.one_of(
        st.sampled_from([1, 999, 1000, 30_000, 60_000, 90_000, HOUR_MS, DAY_MS, 7 * DAY_MS, 30 * DAY_MS, 365 * DAY_MS]),
        st.integers(1, 400 * DAY_MS),
    ),
    st.sampled_from(WEEKDAYS),
)


@given(rules, times)
def test_a_time_lies_in_its_epoch(rule: EpochRule, time: int) -> None:
    epoch = rule.of(time)
    assert epoch.start <= time < epoch.end == epoch.start + rule.length
    assert rule.start_of(time) == epoch.start


@given(rules, times)
def test_epochs_follow_each_other_without_a_gap(rule: EpochRule, time: int) -> None:
    epoch = rule.of(time)
    assert rule.of(epoch.end).start == epoch.end
    assert rule.of(epoch.end - 1) == rule.of(epoch.start) == epoch


@given(rules, times)
def test_two_epochs_never_share_a_name(rule: EpochRule, time: int) -> None:
    epoch = rule.of(time)
    assert rule.of(epoch.end).name != epoch.name != rule.of(epoch.start - 1).name


@given(rules, times)
def test_an_epoch_is_found_again_by_its_name(rule: EpochRule, time: int) -> None:
    assert rule.parse(rule.of(time).name) == rule.of(time)


@given(rules, rules, times)
def test_the_name_of_another_rules_epoch_is_none_of_mine(mine: EpochRule, theirs: EpochRule, time: int) -> None:
    epoch = theirs.of(time)
    assert mine.parse(epoch.name) in (None, epoch)


@pytest.mark.parametrize("name", ["", "forever", "x", "2026-11-16", "2026-11-16T00:00Z", "2026-11-16T00:00+7d", "9" * 50])
def test_what_is_no_name_of_an_epoch_is_none(name: str) -> None:
    assert EpochRule(7 * DAY_MS).parse(name) is None


@pytest.mark.parametrize("weekday", WEEKDAYS)
def test_a_week_begins_on_the_anchor_in_utc(weekday: str) -> None:
    start = EpochRule(7 * DAY_MS, weekday).of(1_795_291_653_123).start
    moment = datetime.fromtimestamp(start / 1000, UTC)
    assert (WEEKDAYS[moment.weekday()], moment.hour, moment.minute) == (weekday, 0, 0)


NAMES = [
    (7 * DAY_MS, "2026-11-16T00:00Z+7d"),
    (DAY_MS, "2026-11-21T00:00Z+1d"),
    (6 * HOUR_MS, "2026-11-21T18:00Z+6h"),
    (15 * 60_000, "2026-11-21T20:00Z+15m"),
    (30_000, "2026-11-21T20:07:30.000Z+30000ms"),
]


@pytest.mark.parametrize(("length", "name"), NAMES)
def test_names_are_stable_for_they_stand_in_keystores(length: int, name: str) -> None:
    assert EpochRule(length).of(1_795_291_653_123).name == name


def test_without_a_length_there_is_one_epoch() -> None:
    assert EpochRule().of(0) == EpochRule().of(2**60) == FOREVER
    assert EpochRule().start_of(5) == EpochRule().start_of(2**60)


@pytest.mark.parametrize("time", [-(2**62), -62_135_596_800_001 - 7 * DAY_MS, 253_402_300_800_000 + 7 * DAY_MS, 2**62])
def test_times_outside_the_calendar_have_no_epoch(time: int) -> None:
    with pytest.raises(OverflowError):
        EpochRule(7 * DAY_MS).of(time)


WEEK = 7 * DAY_MS
EPOCH = Epoch(100 * WEEK, 101 * WEEK, "e")
RING: list[tuple[str, int, int | None, bool, bool]] = [
    # created, now, every epoch open, made
    ("while it runs", 0, EPOCH.start, False, True),
    ("at its last moment", 0, EPOCH.end - 1, False, True),
    ("in the overlap", 0, EPOCH.end + HOUR_MS - 1, False, True),
    ("after the overlap", 0, EPOCH.end + HOUR_MS, False, False),
    ("after the overlap, to backfill", 0, EPOCH.end + HOUR_MS, True, True),
    ("without now", 0, None, False, True),
    ("when the store was made at its start", EPOCH.start, EPOCH.start, False, True),
    ("when the store was made in it", EPOCH.end - 1, EPOCH.end, False, True),
    ("when the store was made at its end", EPOCH.end, EPOCH.end, False, False),
    ("when the store was made later, without now", EPOCH.end, None, False, False),
    ("when the store was made later, to backfill", EPOCH.end + WEEK, EPOCH.end + WEEK, True, True),
]


@pytest.mark.parametrize(
    ("created", "now", "opened", "made"), [row[1:] for row in RING], ids=[row[0] for row in RING]
)
def test_a_key_is_made(created: int, now: int | None, opened: bool, made: bool) -> None:
    store = MemoryKeystore(created)
    ring = KeyRing(store, "web", EpochRule(WEEK, overlap=HOUR_MS), opened)
    key = ring.key(EPOCH, now)
    assert (key is not None) is made
    assert store.get("web", "e") == key


@pytest.mark.parametrize("opened", [False, True])
def test_a_destroyed_key_is_never_made_again(opened: bool) -> None:
    store = MemoryKeystore()
    store.destroy("web", "e")
    assert KeyRing(store, "web", EpochRule(WEEK), opened).key(EPOCH, EPOCH.start) is None


def test_a_key_destroyed_between_looking_and_making_stays_closed() -> None:
    class Racing(MemoryKeystore):
        def get(self, realm: str, epoch: str) -> None:
            self.destroy(realm, epoch)

    assert KeyRing(Racing(), "web", EpochRule(WEEK)).key(EPOCH, EPOCH.start) is None
