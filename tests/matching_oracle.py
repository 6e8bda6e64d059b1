"""The precedence of selectors, obviously right and slow: every way in which a selector can match a path is tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, product

from hypothesis import strategies as st

from stream_scrubber.selectors import Kind, Selector, Step

Path = tuple[str | int, ...]

NAMES = ("a", "b", "z")
INDEXES = (0, 1)
"""Selectors name a, b and [0]; z and 1 stand for all others."""


def matches(steps: Sequence[Step], path: Path) -> Iterator[tuple[Kind, ...]]:
    """For each way to match: the kind of step that took each part of the path."""
    if not steps:
        if not path:
            yield ()
        return
    step, rest = steps[0], steps[1:]
    if step.kind is Kind.DEEP:
        for taken in range(0 if rest else 1, len(path) + 1):
            for after in matches(rest, path[taken:]):
                yield (Kind.DEEP,) * taken + after
    elif path and _takes(step, path[0]):
        for after in matches(rest, path[1:]):
            yield (step.kind, *after)


def _takes(step: Step, part: str | int) -> bool:
    if isinstance(part, str):
        return step.kind is Kind.ANY or (step.kind is Kind.NAME and step.name == part)
    return step.kind is Kind.EACH or (step.kind is Kind.INDEX and step.index == part)


def winners(selectors: Sequence[Selector], path: Path) -> list[int]:
    """All rules that nothing beats for this path: none, the winner, or those that tie."""
    ranks = {
        rule: (max(ways), [step.kind for step in selector.steps])
        for rule, selector in enumerate(selectors)
        if (ways := list(matches(selector.steps, path)))
    }
    best = max(ranks.values(), default=None)
    return [rule for rule, rank in ranks.items() if rank == best]


def winner(
    selectors: Sequence[Selector], path: Path, drops: Sequence[tuple[Kind, ...]] = ()
) -> tuple[int, tuple[Kind, ...]] | None:
    """The winner and its way, among the ways that are at least as specific as those of the drops above."""
    ranks = [
        (max(ways), [step.kind for step in selector.steps], rule)
        for rule, selector in enumerate(selectors)
        if (ways := [way for way in matches(selector.steps, path) if all(way[: len(drop)] >= drop for drop in drops)])
    ]
    if not ranks:
        return None
    way, _, rule = max(ranks)
    return rule, way


def paths(longest: int) -> Iterator[Path]:
    """Every path up to a length. The first part is a name, for a value is an object."""
    for length in range(1, longest + 1):
        for rest in product((*NAMES, *INDEXES), repeat=length - 1):
            for first in NAMES:
                yield (first, *rest)


_steps = st.sampled_from(
    [
        Step(Kind.NAME, "a"),
        Step(Kind.NAME, "a"),
        Step(Kind.NAME, "b"),
        Step(Kind.ANY),
        Step(Kind.DEEP),
        Step(Kind.EACH),
        Step(Kind.INDEX, index=0),
    ]
)


def _sound(steps: list[Step]) -> bool:
    return steps[0].kind not in (Kind.EACH, Kind.INDEX) and not any(
        one.kind is other.kind is Kind.DEEP for one, other in pairwise(steps)
    )


some_selectors = st.lists(_steps, min_size=1, max_size=4).filter(_sound).map(lambda steps: Selector(tuple(steps)))
