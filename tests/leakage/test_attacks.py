"""Attacks on made traces: the shape of the reference results must come out."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest

from stream_scrubber.leakage.attacks.cadence import cadence
from stream_scrubber.leakage.attacks.epoch_relink import epoch_relink, profiles_of
from stream_scrubber.leakage.attacks.linkage import linkage, linkage_by_order
from stream_scrubber.leakage.mix import mix
from stream_scrubber.leakage.unicity import Traces, unicity

PEOPLE, CELL = 600, 40


def trips(seed: int, weeks: int = 2) -> list[tuple[int, int, int, int]]:
    """(person, week, hour, venue): people live in a few cells of a town, and go to a few venues in each."""
    rng = random.Random(seed)
    out = []
    for person in range(PEOPLE):
        cells = rng.choices(range(50), weights=[1 / (cell + 2) for cell in range(50)], k=3)
        venues = [rng.choice(cells) * CELL + int(rng.expovariate(0.15)) % CELL for _ in range(10)]
        for week in range(weeks):
            for _ in range(rng.randrange(8, 30)):
                venue = venues[int(rng.expovariate(0.35)) % 10]
                if rng.random() < 0.2:
                    venue = int(rng.expovariate(0.02)) % (50 * CELL)
                out.append((person, week, rng.choice((8, 12, 13, 18, 19, 20)) + 24 * rng.randrange(7), venue))
    return out


COARSE = {"venue": 1, "cell": CELL, "district": CELL * 10}
"""How many venues in a row are one value."""


@pytest.fixture(scope="module")
def town() -> list[tuple[int, int, int, int]]:
    return trips(1)


def test_coarsening_alone_does_not_save_trajectories(town: list[tuple[int, int, int, int]]) -> None:
    def share(points: int, width: int, hours: int | None) -> float:
        columns = [], []  # type: tuple[list[int], list[int]]
        for person, week, hour, venue in town:
            if week == 0:
                time = 0 if hours is None else 1 + hour // hours
                columns[0].append(mix(venue // width * 1_000 + time, 1))
                columns[1].append(person + 1)
        found = unicity(Traces.of(columns[0], columns[1], columns[1]), points, seed=2).share
        assert found is not None
        return found

    fine, cell_day, district_day, timeless = (
        share(4, 1, 1),
        share(4, CELL, 24),
        share(4, 10 * CELL, 24),
        share(3, 10 * CELL, None),
    )
    assert fine > 0.99
    assert fine >= cell_day > district_day > timeless
    assert cell_day > 0.6
    assert timeless < 0.1
    assert share(2, CELL, 24) < cell_day


def test_new_pseudonyms_alone_do_not_unlink(town: list[tuple[int, int, int, int]]) -> None:
    found = {}
    truth = {mix(person, 10): mix(person, 11) for person in range(PEOPLE)}
    for name, width in COARSE.items():
        profiles = []
        for week in (0, 1):
            rows = [(mix(person, 10 + week), venue // width) for person, when, _, venue in town if when == week]
            profiles.append(profiles_of([pseudonym for pseudonym, _ in rows], [value for _, value in rows]))
        found[name] = epoch_relink(profiles[0], profiles[1], truth, seed=1)
    venue, cell, district = (found[name].share or 0 for name in COARSE)
    assert venue > 0.5
    assert venue > 1.3 * cell > 3 * district
    assert all(attack.baseline == 1 / PEOPLE and attack.trials == PEOPLE for attack in found.values())
    assert (found["cell"].lift or 0) > 5


def test_people_without_habits_are_linked_by_chance_alone() -> None:
    rng = random.Random(1)
    names = [person for person in range(200) for _ in range(20)]
    profiles = [
        profiles_of([mix(person, week) for person in names], [rng.randrange(5_000) for _ in names]) for week in (0, 1)
    ]
    attack = epoch_relink(profiles[0], profiles[1], {mix(n, 0): mix(n, 1) for n in range(200)}, seed=1)
    assert attack.interval.low <= attack.baseline * 3


def test_equal_people_cannot_be_told_apart() -> None:
    profiles = {n: {1: 5, 2: 5} for n in range(10)}, {n + 100: {1: 5, 2: 5} for n in range(10)}
    attack = epoch_relink(*profiles, {n: n + 100 for n in range(10)}, seed=1)
    assert attack.share == pytest.approx(attack.baseline)


def test_without_anybody_in_both_epochs_there_is_no_figure() -> None:
    attack = epoch_relink({1: {5: 9}}, {}, {1: 2}, seed=1)
    assert (attack.share, attack.trials, attack.lift) == (None, 0, None)


def test_an_exact_size_lifts_linkage_and_order_links_everything() -> None:
    rng = random.Random(1)
    records = [(rng.randrange(24), rng.randrange(5), rng.randrange(200, 20_000)) for _ in range(5_000)]
    coarse = linkage([(hour, status) for hour, status, _ in records], seed=1)
    padded = linkage([(hour, status, size.bit_length()) for hour, status, size in records], seed=1)
    exact = linkage(records, seed=1)
    shares = [attack.share or 0 for attack in (coarse, padded, exact)]
    assert shares[0] < 0.05 < shares[2]
    assert shares[0] < shares[1] < 0.2 * shares[2]
    assert linkage_by_order(5_000, same_order=True).share == 1
    assert (linkage_by_order(5_000, same_order=False).lift or 0) == pytest.approx(1)


def test_rounding_times_to_hours_hardly_hides_a_rhythm() -> None:
    rng = random.Random(1)
    halves: tuple[dict[int, list[int]], ...] = ({}, {})
    for person in range(120):
        hours = rng.sample(range(168), 12)
        for week, half in enumerate(halves):
            half[mix(person, week)] = [
                (week * 168 + rng.choice(hours)) * 3_600 + rng.randrange(3_600) for _ in range(40)
            ]
    truth = {mix(person, 0): mix(person, 1) for person in range(120)}
    shares = {}
    for step in (1, 3_600, 86_400):
        coarse = [{name: [time // step * step for time in times] for name, times in half.items()} for half in halves]
        shares[step] = cadence(coarse[0], coarse[1], truth, seed=1).share or 0
    assert shares[1] > 0.5
    assert shares[3_600] > 0.8 * shares[1]
    assert shares[86_400] < shares[3_600]


def test_the_same_seed_gives_the_same_attack() -> None:
    rows: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for n in range(500):
        rows[n % 50][mix(n, 1) % 40] = 1 + n % 7
    other = {name + 1_000: profile for name, profile in rows.items()}
    truth = {name: name + 1_000 for name in rows}
    assert epoch_relink(rows, other, truth, 3, trials=20) == epoch_relink(rows, other, truth, 3, trials=20)
