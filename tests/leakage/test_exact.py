"""Exact figures, against counting by hand and against the definitions spelled out naively."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_scrubber.leakage import describe
from stream_scrubber.leakage.exact import ExactWindow
from stream_scrubber.leakage.figures import clamp_count
from stream_scrubber.leakage.intervals import rule_of_three, wilson
from stream_scrubber.leakage.observe import Observation
from stream_scrubber.leakage.unicity import Traces, Unicity, unicity

pairs = st.lists(st.tuples(st.integers(1, 8), st.integers(1, 6)), min_size=1, max_size=60)
"""(tuple, subject) of each record, few enough to collide."""


def window(records: list[tuple[int, int]]) -> ExactWindow:
    made = ExactWindow(["set"])
    for tuple_hash, subject in records:
        made.add(Observation(subject, subject + 100, (tuple_hash,), (tuple_hash % 2,)))
    return made


@given(pairs)
def test_shares_follow_the_definition(records: list[tuple[int, int]]) -> None:
    users = defaultdict(set)
    for tuple_hash, subject in records:
        users[tuple_hash].add(subject)
    spread = window(records).spread("set", "raw", ks=(2, 3, 5))
    assert spread is not None
    for k in (2, 3, 5):
        below = sum(len(users[q]) < k for q, _ in records)
        assert spread.records_below_k(k) == pytest.approx(below / len(records))
        assert spread.tuples_below_k(k) == pytest.approx(sum(len(u) < k for u in users.values()) / len(users))
    hidden = sum(log2(len(users[q])) for q, _ in records) / len(records)
    assert spread.anonymity_log2 == pytest.approx(hidden)
    right = sum(max(records.count((q, u)) for u in users[q]) for q in users)
    assert spread.bayes_vulnerability == pytest.approx(right / len(records))
    assert spread.records == len(records)
    assert spread.subjects == len({u for _, u in records})


@given(pairs)
def test_coarser_tuples_never_leave_more_records_below_k(records: list[tuple[int, int]]) -> None:
    made = window(records)
    raw, clean = made.spread("set", "raw"), made.spread("set", "clean")
    assert raw is not None
    assert clean is not None
    for one, other in zip(raw.records_below, clean.records_below, strict=True):
        assert other.share <= one.share
    assert clean.entropy_log2 <= raw.entropy_log2 + 1e-9


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 5)), max_size=40), st.integers(1, 3), st.integers())
def test_unicity_of_all_points_is_what_the_definition_says(
    records: list[tuple[int, int]], points: int, seed: int
) -> None:
    """With exactly p points in a trace every draw is the same one, so that the share can be counted by
    hand."""
    own = defaultdict(set)
    for point, subject in records:
        own[subject].add(point)
    exact = {subject: trace for subject, trace in own.items() if len(trace) == points}
    hits = sum(
        not any(trace <= other for name, other in own.items() if name != subject) for subject, trace in exact.items()
    )
    bigger = [subject for subject, trace in own.items() if len(trace) > points]
    columns = [point for point, _ in records], [s for _, s in records], [s for _, s in records]
    figure = unicity(Traces.of(*columns), points, seed)
    assert figure.trials == figure.eligible == len(exact) + len(bigger)
    assert hits <= figure.hits <= hits + len(bigger)
    sure = sum(
        all(not any(set(c) <= o for n, o in own.items() if n != s) for c in combinations(own[s], points))
        for s in bigger
    )
    assert figure.hits >= hits + sure


def test_another_trace_of_the_same_person_is_no_cover() -> None:
    points, subjects, traces = [1, 2, 1, 2, 3], [7, 7, 7, 7, 8], [70, 70, 71, 71, 80]
    figure = unicity(Traces.of(points, subjects, traces), 2, seed=1)
    assert (figure.hits, figure.trials, figure.traces) == (1, 1, 3)


def test_two_people_with_the_same_points_cover_each_other() -> None:
    points, subjects = [1, 2, 1, 2], [7, 7, 8, 8]
    figure = unicity(Traces.of(points, subjects, subjects), 2, seed=1)
    assert (figure.hits, figure.trials) == (0, 2)
    assert figure.share == 0


def test_without_a_pseudonym_there_is_no_trace_and_no_figure() -> None:
    made = ExactWindow(["set"])
    for point in range(10):
        made.add(Observation(1, None, (point,), (point,)))
    assert made.unicity("set", "clean", 2, seed=1).share is None
    assert made.unicity("set", "raw", 2, seed=1).share == 1


def test_the_same_seed_gives_the_same_figure_in_any_order() -> None:
    records = [(point, subject) for subject in range(1, 60) for point in range(subject, subject + 9)]
    columns = [p for p, _ in records], [s for _, s in records]
    forward = Traces.of(columns[0], columns[1], columns[1])
    backward = Traces.of(columns[0][::-1], columns[1][::-1], columns[1][::-1])
    assert unicity(forward, 2, 5, trials=20) == unicity(backward, 2, 5, trials=20)


def test_a_full_window_says_so_and_keeps_the_first_records() -> None:
    made = ExactWindow(["set"], capacity=3)
    for number in range(5):
        made.add(Observation(number, number, (number,), (0,)))
    made.add(Observation(None, None, (9,), (9,)))
    assert (made.full, made.records, made.missed, made.seen, made.unattributed) == (True, 3, 2, 6, 1)
    spread = made.spread("set", "raw")
    assert spread is not None
    assert spread.records == 3


def test_a_window_without_records_has_no_figures() -> None:
    made = ExactWindow(["set"])
    assert made.spread("set", "raw") is None
    assert made.measure(seed=1) == ()


def test_rows_of_one_person_hide_nobody() -> None:
    spread = window([(1, 1)] * 1_000).spread("set", "raw")
    assert spread is not None
    assert spread.records_below_k(2) == spread.bayes_vulnerability == spread.unique_tuples == 1


def test_wilsons_interval_has_known_values() -> None:
    assert wilson(0, 0) == (0, 1)
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert wilson(0, 100).low == pytest.approx(0, abs=1e-12)
    assert wilson(0, 100).high == pytest.approx(0.03699, abs=1e-4)
    assert rule_of_three(300) == 0.01


def test_small_counts_are_never_served_as_they_are() -> None:
    assert [clamp_count(n) for n in (0, 1, 9, 10, 11)] == [0, 10, 10, 10, 11]


def test_every_figure_is_told_with_attack_window_trials_and_baseline() -> None:
    made = window([(tuple_hash, subject) for tuple_hash in range(1, 9) for subject in range(1, 7)])
    raw, clean = (made.spread("set", side, ks=(2, 6, 20)) for side in ("raw", "clean"))
    assert raw is not None
    assert clean is not None
    over = describe.Window("the demo's window", "its first 400000 records")
    told = [
        describe.records_below(20, "set", "clean", clean, raw, over),
        describe.unique_tuples("set", "clean", clean, raw, over),
        describe.unique_tuples("set", "raw", raw, None, over, tau=5),
        describe.anonymity("set", "clean", clean, raw, over),
        describe.best_guess("set", "clean", clean, raw, over),
        *(
            describe.unicity("set", side, made.unicity("set", side, p, 1), made.unicity("set", "raw", p, 1), over)
            for side in ("raw", "clean")
            for p in (2, 4)
        ),
    ]
    for one in told:
        assert all((one.figure, one.value, one.attack, one.window, one.trials, one.baseline))
        assert "anonym" not in str(one).lower()


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "no figure"), (0, "0.0 %"), (0.0001, "under 0.1 %"), (0.9999, "over 99.9 %"), (1, "100.0 %")],
)
def test_a_little_is_never_told_as_nothing(value: float | None, text: str) -> None:
    assert describe.share(value) == text


def test_a_handful_of_trials_is_no_figure() -> None:
    over = describe.Window("w")
    few = describe.unicity("set", "clean", Unicity(points=4, hits=9, trials=9, traces=500, eligible=9), None, over)
    enough = describe.unicity("set", "clean", Unicity(points=4, hits=9, trials=10, traces=500, eligible=10), None, over)
    assert few.value.startswith("no figure")
    assert enough.value.startswith("90.0 %")
