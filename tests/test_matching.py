"""Which rule wins: a table of what people mean, and an oracle that tries every way to match."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_scrubber.matching import Automaton, TooManyStatesError, build
from stream_scrubber.selectors import Selector, parse
from tests.matching_oracle import Path, paths, some_selectors, winners


def _selectors(*texts: str) -> list[Selector]:
    return [selector for text in texts for selector in parse(text)]


def _winner(automaton: Automaton, path: Path) -> int | None:
    number: int | None = 0
    for part in path:
        assert number is not None
        state = automaton.states[number]
        number = (
            state.names.get(part, state.any_name)
            if isinstance(part, str)
            else state.indexes.get(part, state.any_index)
        )
        if number is None:
            return None
    assert number is not None
    return automaton.states[number].winner


EVERY_PATH = list(paths(4))


@settings(max_examples=80, deadline=None)
@given(st.lists(some_selectors, min_size=1, max_size=5, unique=True))
def test_the_automaton_finds_the_winner_that_trying_every_way_finds(selectors: list[Selector]) -> None:
    automaton = build(selectors, frozenset())
    assert not automaton.ties, "selectors that differ never tie"
    for path in EVERY_PATH:
        found = winners(selectors, path)
        assert ([_winner(automaton, path)] if found else [None]) == (found or [None]), path


@settings(max_examples=50, deadline=None)
@given(st.lists(some_selectors, min_size=1, max_size=5, unique=True), st.randoms(use_true_random=False))
def test_the_order_of_rules_never_matters(selectors: list[Selector], random: object) -> None:
    shuffled = list(selectors)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = build(selectors, frozenset()), build(shuffled, frozenset())
    for path in EVERY_PATH[:400]:
        first, second = _winner(one, path), _winner(other, path)
        assert (None if first is None else selectors[first]) == (None if second is None else shuffled[second])


@settings(max_examples=50, deadline=None)
@given(st.lists(some_selectors, min_size=1, max_size=4), some_selectors)
def test_the_same_selector_twice_ties_wherever_nothing_beats_it(selectors: list[Selector], twice: Selector) -> None:
    selectors = [*selectors, twice, twice]
    automaton = build(selectors, frozenset())
    tied = any(len(winners(selectors, path)) > 1 for path in EVERY_PATH)
    assert not tied or automaton.ties


PRECEDENCE = [
    # winner, loser, a path of both
    ("a", "*", "a"),
    ("a", "**", "a"),
    ("a", "**.a", "a"),
    ("*", "**", "a"),
    ("a.b", "a.*", "a.b"),
    ("a.b", "*.b", "a.b"),
    ("a.*", "*.b", "a.b"),
    ("a.**", "*.b", "a.b"),
    ("a.**", "**.b", "a.b"),
    ("a.*", "**.b", "a.b"),
    ("a.b", "a.**.b", "a.b"),
    ("a.**.b", "**.b", "a.b"),
    ("a.**.b", "a.**", "a.x.b"),
    ("**.a.b", "**.b", "x.a.b"),
    ("*.b", "**.b", "a.b"),
    ("a[0]", "a[*]", "a[0]"),
    ("a[*]", "a.**", "a[0]"),
    ("a[0].b", "a[*].b", "a[0].b"),
    ("a[0].*", "a[*].b", "a[0].b"),
    ("a[*].b", "a[*].*", "a[1].b"),
    ("*[0]", "**[0]", "a[0]"),
    ("a.**.b", "**.a.b", "a.b"),
    ("a.b.*", "a.*.c", "a.b.c"),
    ("a.b.**", "a.*.c", "a.b.c"),
    ('a["*"]', "a.*", 'a["*"]'),
]


@pytest.mark.parametrize(("winner", "loser", "path"), PRECEDENCE)
@pytest.mark.parametrize("turned", [False, True], ids=["in order", "turned"])
def test_the_leftmost_difference_decides(winner: str, loser: str, path: str, turned: bool) -> None:
    parts = tuple(step.name if step.name or step.index < 0 else step.index for step in parse(path)[0].steps)
    texts = [loser, winner] if turned else [winner, loser]
    automaton = build(_selectors(*texts), frozenset())
    assert texts[_winner(automaton, parts)] == winner  # type: ignore[index]
    assert not automaton.ties


MATCHING = [
    ("a.**", "a", False),
    ("a.**", "a.b", True),
    ("a.**", "a.b.c", True),
    ("a.**", "a[3]", True),
    ("a.**", "a[3].b", True),
    ("**", "a", True),
    ("**.b", "b", True),
    ("**.b", "a.b", True),
    ("**.b", "a[0].b", True),
    ("**.b", "b.a", False),
    ("a.**.b", "a.b", True),
    ("a.**.b", "a.x.y.b", True),
    ("a.**.b", "x.a.b", False),
    ("a.*", "a.b", True),
    ("a.*", "a.b.c", False),
    ("a.*", "a[0]", False),
    ("a[*]", "a[0]", True),
    ("a[*]", "a.b", False),
    ("a[1]", "a[0]", False),
    ("*", "a.b", False),
    ("A", "a", False),
]


@pytest.mark.parametrize(("selector", "path", "hit"), MATCHING)
def test_a_selector_matches_what_its_words_say(selector: str, path: str, hit: bool) -> None:
    parts = tuple(step.name if step.name else step.index for step in parse(path)[0].steps)
    assert (_winner(build(_selectors(selector), frozenset()), parts) == 0) is hit


BELOW = [
    (["a", "a.b"], True),
    (["a", "a.**"], True),
    (["a", "a[*]"], True),
    (["*", "a.b"], True),
    (["a.*", "a.b.c"], True),
    (["a.**", "a.b.c"], False),
    (["a", "**.b"], False),
    (["a.b", "a.c"], False),
    (["a|b", "b.c"], True),
]


@pytest.mark.parametrize(("texts", "mistaken"), BELOW)
def test_a_rule_below_a_rule_is_seen(texts: list[str], mistaken: bool) -> None:
    assert bool(build(_selectors(*texts), frozenset()).belows) is mistaken


@pytest.mark.parametrize("texts", [texts for texts, mistaken in BELOW if mistaken])
def test_a_rule_below_drop_is_no_mistake(texts: list[str]) -> None:
    selectors = _selectors(*texts)
    drops = frozenset(number for number, selector in enumerate(selectors) if str(selector) in (texts[0], "a", "b"))
    assert not build(selectors, drops).belows


def test_selectors_that_need_too_many_states_are_refused_within_seconds() -> None:
    import random

    rng = random.Random(1)
    texts = {"**." + ".**.".join(rng.choice("abcdefgh") for _ in range(4)) for _ in range(60)}
    started = time.process_time()
    with pytest.raises(TooManyStatesError):
        build(_selectors(*sorted(texts)), frozenset())
    assert time.process_time() - started < 10


def test_a_policy_of_two_thousand_plain_selectors_builds_within_seconds() -> None:
    started = time.process_time()
    build(_selectors(*(f"part{n % 40}.group{n % 7}.field{n}" for n in range(2000)), "**.email"), frozenset())
    assert time.process_time() - started < 10
