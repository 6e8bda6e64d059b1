"""Which rule wins for which field: many selectors as one deterministic automaton, decided once.

Precedence, for two selectors that match the same field: exact step > ``[n]`` > ``[*]`` > ``*`` > ``**``. The leftmost
part of the field's path that they match by different kinds of step decides; when there is none (``email`` and
``**.email``, whose ``**`` stands for nothing), the leftmost step in which they differ. Two that never differ tie,
which is an error.

A `drop` takes everything below its field with it, but for rules that lead there at least as specifically: under
``a: drop``, ``a.b: keep`` passes and ``*.b: keep`` does not; ``a.**: keep`` passes nothing of ``a.b: drop``.

A state is an ordered list of groups, best first; a group is a set of places inside selectors that are equally good
so far (an ordered subset construction). A step keeps the order of the groups and splits each by the kind of step
that matched. So the first accepting place of a state is the winner, whatever path led there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from stream_scrubber.selectors import Kind, Selector, Step

MAX_STATES = 20_000
"""Policies need a few hundred. `**` many times over can need more than anyone means."""

MAX_PLACES = 150_000
"""All states' places together, which is what building costs: a second or two."""


class Place(NamedTuple):
    """`steps` of the selector of rule `rule` have matched; `deep` when the last one did by `**`."""

    rule: int
    steps: int
    deep: bool


class Tie(NamedTuple):
    """Two rules that are equally specific for some field."""

    first: int
    second: int


class Below(NamedTuple):
    """A rule on a field (`above`) that has another rule below it."""

    above: int
    below: int


@dataclass(slots=True)
class State:
    """What is known after some steps. Targets are indexes of states; a missing target means: no rule goes there."""

    winner: int | None = None
    """The rule of a field that ends here."""
    winner_deep: bool = False
    """True when the winner got here by `**`: it is then meant for scalars, and containers are passed through."""
    through: bool = False
    """True when a rule that keeps something goes on below by an explicit step: the field must be a container."""
    alive: bool = False
    """True when any rule that keeps something goes on below."""
    names: dict[str, int] = field(default_factory=dict)
    any_name: int | None = None
    indexes: dict[int, int] = field(default_factory=dict)
    any_index: int | None = None


@dataclass(frozen=True, slots=True)
class Automaton:
    """`states[0]` is the root. `ties` and `belows` are mistakes of the policy."""

    states: tuple[State, ...]
    ties: tuple[Tie, ...]
    belows: tuple[Below, ...]


class TooManyStatesError(ValueError):
    """The selectors need more than `MAX_STATES` states or `MAX_PLACES` places."""


_Groups = tuple[frozenset[Place], ...]


def build(selectors: Sequence[Selector], drops: frozenset[int]) -> Automaton:
    """The automaton of rules 0 … n-1. `drops` are the rules that keep nothing. Raises `TooManyStatesError`."""
    return _Builder(selectors, drops).run()


class _Builder:
    def __init__(self, selectors: Sequence[Selector], drops: frozenset[int]) -> None:
        self.selectors = selectors
        self.drops = drops
        self.numbers: dict[_Groups, int] = {}
        self.queue: list[_Groups] = []
        self.places = 0
        self.ties: dict[Tie, None] = {}
        self.belows: dict[Below, None] = {}

    def run(self) -> Automaton:
        root = _tidy([self._closure({Place(rule, 0, False) for rule in range(len(self.selectors))})])
        self._number(root or (frozenset(),))  # a policy without rules still has a root
        states: list[State] = []
        while len(states) < len(self.queue):
            states.append(self._state(self.queue[len(states)]))
        return Automaton(tuple(states), tuple(self.ties), tuple(self.belows))

    def _number(self, groups: _Groups) -> int | None:
        if not groups:
            return None
        if groups not in self.numbers:
            self.places += sum(map(len, groups))
            if len(self.queue) >= MAX_STATES or self.places > MAX_PLACES:
                raise TooManyStatesError("the selectors combine in too many ways: use `**` in fewer of them")
            self.numbers[groups] = len(self.queue)
            self.queue.append(groups)
        return self.numbers[groups]

    def _state(self, groups: _Groups) -> State:
        state = State()
        groups = self._decide(groups, state)
        steps = self._next_steps(groups)
        for name in _names_in_policy_order(steps):
            target = self._number(self._step(groups, Step(Kind.NAME, name)))
            if target is not None:
                state.names[name] = target
        for index in sorted({step.index for _, step in steps if step.kind is Kind.INDEX}):
            target = self._number(self._step(groups, Step(Kind.INDEX, index=index)))
            if target is not None:
                state.indexes[index] = target
        state.any_name = self._number(self._step(groups, Step(Kind.ANY)))
        state.any_index = self._number(self._step(groups, Step(Kind.EACH)))
        return state

    def _decide(self, groups: _Groups, state: State) -> _Groups:
        """Fills in what the state says of its field, and gives the groups that go on below."""
        for number, group in enumerate(groups):
            done = sorted(place for place in group if self._ended(place))
            if done:
                best = max(self._kinds(place) for place in done)
                equals = [place for place in done if self._kinds(place) == best]
                state.winner, state.winner_deep = equals[0].rule, equals[0].deep
                for other in equals[1:]:
                    self.ties[Tie(equals[0].rule, other.rule)] = None
                if state.winner in self.drops:
                    groups = groups[: number + 1]
                break
        going = [place for group in groups for place in group if not self._ended(place)]
        keeping = [place for place in going if place.rule not in self.drops]
        state.alive = bool(keeping)
        state.through = any(not place.deep for place in keeping)
        if state.winner is not None and state.winner not in self.drops and not state.winner_deep:
            for place in going:
                if not place.deep and place.rule != state.winner:
                    self.belows[Below(state.winner, place.rule)] = None
        return groups

    def _kinds(self, place: Place) -> tuple[Kind, ...]:
        return tuple(step.kind for step in self.selectors[place.rule].steps)

    def _ended(self, place: Place) -> bool:
        return place.steps == len(self.selectors[place.rule].steps)

    def _next_steps(self, groups: _Groups) -> list[tuple[int, Step]]:
        return sorted(
            (place.rule, self.selectors[place.rule].steps[place.steps])
            for group in groups
            for place in group
            if not self._ended(place)
        )

    def _step(self, groups: _Groups, taken: Step) -> _Groups:
        """The groups after a member or element `taken`: a NAME, an INDEX, ANY for other names, EACH for others."""
        out: list[set[Place]] = []
        for group in groups:
            for kind in _MATCHED_BY[taken.kind]:
                after: set[Place] = set()
                for place in group:
                    after |= self._advance(place, kind, taken)
                out.append(self._closure(after))
        return _tidy(out)

    def _advance(self, place: Place, kind: Kind, taken: Step) -> set[Place]:
        steps = self.selectors[place.rule].steps
        if place.steps == len(steps) or steps[place.steps].kind is not kind:
            return set()
        if kind is Kind.DEEP:
            stay = Place(place.rule, place.steps, True)
            last = place.steps + 1 == len(steps)
            return {stay, Place(place.rule, place.steps + 1, True)} if last else {stay}
        if kind in (Kind.NAME, Kind.INDEX) and steps[place.steps] != taken:
            return set()
        return {Place(place.rule, place.steps + 1, False)}

    def _closure(self, places: Iterable[Place]) -> set[Place]:
        """`**` that is not the last step may match nothing at all."""
        out: set[Place] = set()
        stack = list(places)
        while stack:
            place = stack.pop()
            out.add(place)
            steps = self.selectors[place.rule].steps
            if place.steps < len(steps) - 1 and steps[place.steps].kind is Kind.DEEP:
                stack.append(Place(place.rule, place.steps + 1, place.deep or not place.steps))
        return out


_MATCHED_BY = {
    Kind.NAME: (Kind.NAME, Kind.ANY, Kind.DEEP),
    Kind.ANY: (Kind.ANY, Kind.DEEP),
    Kind.INDEX: (Kind.INDEX, Kind.EACH, Kind.DEEP),
    Kind.EACH: (Kind.EACH, Kind.DEEP),
}


def _tidy(groups: Iterable[set[Place]]) -> _Groups:
    """Without empty groups, and without places that a better group has already."""
    seen: set[tuple[int, int]] = set()
    out: list[frozenset[Place]] = []
    for group in groups:
        fresh = frozenset(place for place in _explicit_first(group) if (place.rule, place.steps) not in seen)
        seen |= {(place.rule, place.steps) for place in fresh}
        if fresh:
            out.append(fresh)
    return tuple(out)


def _explicit_first(group: set[Place]) -> list[Place]:
    """One place per rule and steps; one that got there by an explicit step stands for one that got there by `**`."""
    best: dict[tuple[int, int], Place] = {}
    for place in sorted(group):
        best.setdefault((place.rule, place.steps), place)
    return list(best.values())


def _names_in_policy_order(steps: list[tuple[int, Step]]) -> list[str]:
    return list(dict.fromkeys(step.name for _, step in steps if step.kind is Kind.NAME))
