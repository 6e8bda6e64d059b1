"""The reference backend: Python closures over the matching automaton. It defines what a policy means.

`compile_fields` decides everything once; the function it returns takes the decoded raw object and gives a new one.
Rules that hold in every node:

* null stays null, missing stays missing, and nothing that no rule names is ever looked at;
* members come in the policy's order, then those matched by wildcards by name;
* an object or array that a rule passes through is written when present, even empty, and arrays keep their length;
  one through which ``**`` only looks for names further down is written only when something in it was;
* what an action cannot take raises `Mismatch`; the node that called it knows the rule, so the rule's selector and
  `on_mismatch` are looked up there, only then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from stream_scrubber.codec.numbers import canonical
from stream_scrubber.compiler.remembering import remembering
from stream_scrubber.errors import Mismatch, Refused
from stream_scrubber.matching import Automaton, State
from stream_scrubber.policy.rules import Chain, Rule
from stream_scrubber.scrubbers.base import Action, BuildContext, Scrubber, Takes
from stream_scrubber.selectors import Kind, Selector, Step

Transform: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]

ABSENT: Final = object()
"""What a node returns when nothing of it is to be written."""


class Member(NamedTuple):
    """One way down from a node. `slot` counts the rule's values (0 counts what is no rule).

    `null_stays` is False for a field that `**` only looks through: its null is left out, as its scalars are.
    """

    run: Action
    slot: int
    selector: str
    lenient: bool
    null_stays: bool


class Counts(NamedTuple):
    """What a `Tally` had counted at some moment."""

    others: list[int]
    refused: list[int]
    unknown: dict[str, int]
    nodes: dict[int, list[int]]


class Tally:
    """How often each rule ran and refused. Plain integers, so that counting costs next to nothing.

    `refused[n]` and what `applied` gives for n belong to rule n-1; `unknown` counts fields without a rule, by the
    selector of the object they stood in: a policy's words, never the field's own name.

    A member of an object is counted by what it is not: a node counts its runs and, rarely, what was missing, null or
    refused in one. So a field that is there costs no counting at all.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.others = [0] * (len(rules) + 1)
        """Applied outside of named members: elements of arrays and members that a wildcard names."""
        self.refused = [0] * (len(rules) + 1)
        self.unknown: dict[str, int] = {}
        self.nodes: dict[int, tuple[list[int], tuple[int, ...]]] = {}
        """By state: runs, then one count of absences for each named member; and the members' slots."""

    def node(self, number: int, slots: tuple[int, ...]) -> list[int]:
        """The counts of one node, the same ones for every epoch."""
        return self.nodes.setdefault(number, ([0] * (len(slots) + 1), slots))[0]

    def counts(self) -> Counts:
        """All counts as they stand, for `go_back`."""
        nodes = {number: list(counts) for number, (counts, _) in self.nodes.items()}
        return Counts(list(self.others), list(self.refused), dict(self.unknown), nodes)

    def go_back(self, before: Counts) -> None:
        """As if nothing had been counted since `before`. In place: compiled functions hold the lists."""
        self.others[:], self.refused[:] = before.others, before.refused
        self.unknown.clear()
        self.unknown.update(before.unknown)
        for number, (counts, slots) in self.nodes.items():
            counts[:] = before.nodes.get(number, [0] * (len(slots) + 1))

    @property
    def applied(self) -> list[int]:
        """How often each rule gave a value."""
        out = list(self.others)
        for counts, slots in self.nodes.values():
            for slot, absent in zip(slots, counts[1:], strict=True):
                out[slot] += counts[0] - absent
        return out


def build_chain(chain: Chain, context: BuildContext) -> Action:
    """One action for the whole chain. A null in the middle of a chain ends it; floats leave it canonically."""
    actions = [_built(scrubber, context) for scrubber in chain.scrubbers]
    finish = _FINISH[_result_shape(chain)]
    if len(actions) == 1:
        return finish(actions[0])
    return finish(_compose(actions))


def _built(scrubber: Scrubber, context: BuildContext) -> Action:
    action = scrubber.build(context)
    return remembering(action) if scrubber.worth_remembering and not scrubber.needs_record else action


def _compose(actions: Sequence[Action]) -> Action:
    def run(value: Any) -> Any:
        for action in actions:
            value = action(value)
            if value is None:
                return None
        return value

    return run


def _result_shape(chain: Chain) -> str:
    takes = chain.scrubbers[-1].takes
    if takes & {Takes.OBJECT, Takes.ARRAY}:
        return "tree"
    return "number" if Takes.DECIMAL in takes else "plain"


def _finish_number(action: Action) -> Action:
    def run(value: Any) -> Any:
        value = action(value)
        return canonical(value) if type(value) is float else value

    return run


def _finish_tree(action: Action) -> Action:
    def run(value: Any) -> Any:
        return _canonical_tree(action(value))

    return run


def _canonical_tree(value: Any) -> Any:
    kind = type(value)
    if kind is float:
        return canonical(value)
    if kind is dict:
        return {name: _canonical_tree(inner) for name, inner in value.items()}
    if kind is list:
        return [_canonical_tree(inner) for inner in value]
    return value


_FINISH: dict[str, Callable[[Action], Action]] = {
    "plain": lambda action: action,
    "number": _finish_number,
    "tree": _finish_tree,
}


def compile_fields(
    automaton: Automaton,
    rules: Sequence[Rule],
    contexts: Callable[[Rule], BuildContext],
    *,
    lenient: bool = False,
    rejects_unknown: bool = False,
    tally: Tally | None = None,
    watch_unknown: bool = False,
) -> Transform:
    """The function of one policy, for one epoch's key. `contexts` gives each rule what its scrubbers may know."""
    tally = tally or Tally(rules)
    scrub = _Compiler(automaton, rules, contexts, lenient, tally).node(0, "")
    if not (watch_unknown or rejects_unknown):
        return scrub
    look = strangers(automaton, tally.unknown, rejects=rejects_unknown)

    def run(value: dict[str, Any]) -> dict[str, Any]:
        look(value)
        return scrub(value)

    return run


class _Compiler:
    def __init__(
        self,
        automaton: Automaton,
        rules: Sequence[Rule],
        contexts: Callable[[Rule], BuildContext],
        lenient: bool,
        tally: Tally,
    ) -> None:
        self.states = automaton.states
        self.rules = rules
        self.contexts = contexts
        self.lenient = lenient
        self.drops = frozenset(number for number, rule in enumerate(rules) if rule.chain.drops)
        self.tally = tally
        self.built: dict[int, Member | None] = {}
        self.actions: dict[int, Action] = {}

    def member(self, number: int, path: str) -> Member | None:
        """What runs for a field in state `number`; None when the field is dropped."""
        if number not in self.built:
            member = self._coordinates(number, path)
            self.built[number] = member
            if member is not None:
                later: list[Action] = []
                # `**` leads back to its own state: until the state is built, go through the list
                self.built[number] = member._replace(run=lambda value: later[0](value))  # noqa: PLW0108  the list is empty now
                later.append(self._run(number, path))
                self.built[number] = member._replace(run=later[0])
        return self.built[number]

    def _coordinates(self, number: int, path: str) -> Member | None:
        """The member of state `number` without its function: all that a mistake in it has to know."""
        state = self.states[number]
        if self._keeps(state):
            rule = self.rules[state.winner or 0]
            return Member(_nothing, (state.winner or 0) + 1, rule.selector.text, rule.chain.lenient, True)
        return Member(_nothing, 0, path, self.lenient, state.through) if state.alive else None

    def _keeps(self, state: State) -> bool:
        return state.winner is not None and state.winner not in self.drops

    def _run(self, number: int, path: str) -> Action:
        state = self.states[number]
        if state.winner is None or state.winner in self.drops:
            return self._container(number, path)
        action = self._action(state.winner)
        return _scalar_or_container(action, self._container(number, path)) if state.winner_deep else action

    def _action(self, number: int) -> Action:
        if number not in self.actions:
            rule = self.rules[number]
            self.actions[number] = build_chain(rule.chain, self.contexts(rule))
        return self.actions[number]

    def _container(self, number: int, path: str) -> Action:
        """For a field that rules go on below: an object, an array, or either."""
        state = self.states[number]
        drops_scalars = state.winner is not None  # `a: drop` with `a.b: keep`: a scalar `a` is simply dropped
        vanishes = not state.through and not self._keeps(state)
        for_object = self.node(number, path) if state.names or state.any_name is not None else None
        for_array = self.array(number, path) if state.indexes or state.any_index is not None else None
        if vanishes:
            for_object, for_array = _or_absent(for_object), _or_absent(for_array)
        if state.through and not drops_scalars and for_array is None and for_object is not None:
            return for_object  # nodes check for an object themselves
        lost = ABSENT if vanishes or drops_scalars else None

        def run(value: Any) -> Any:
            kind = type(value)
            if kind is dict and for_object is not None:
                return for_object(value)
            if kind is list and for_array is not None:
                return for_array(value)
            if lost is ABSENT:
                return ABSENT
            raise Mismatch("shape")

        return run

    def node(self, number: int, path: str) -> Transform:
        """The function of an object in state `number`."""
        state = self.states[number]
        members: list[tuple[str, Action, bool]] = []
        coordinates: dict[str, Member] = {}
        for name, target in state.names.items():
            member = self.member(target, _join(path, name))
            if member is not None:
                members.append((name, member.run, self._passes_text(target)))
                coordinates[name] = member
        other = self.member(state.any_name, f"{path}.*" if path else "*") if state.any_name is not None else None
        run = _object(tuple(members), coordinates, self.tally, number)
        if other is not None:
            run = _with_wildcard(run, frozenset(state.names), other, self.tally)
        return run

    def _passes_text(self, number: int) -> bool:
        winner = self.states[number].winner
        return winner is not None and self.rules[winner].chain.passes_text

    def array(self, number: int, path: str) -> Action:
        """The function of an array in state `number`. An element that is dropped leaves null in its place."""
        state = self.states[number]
        each = self._element(state.any_index, f"{path}[*]")
        exact = {index: self._element(target, f"{path}[{index}]") for index, target in state.indexes.items()}

        def run(items: Any) -> Any:
            if type(items) is not list:
                raise Mismatch("shape")
            if not exact:
                return [None if item is None else each(item) for item in items]
            return [
                None if item is None else exact.get(index, each)(item) for index, item in enumerate(items)
            ]

        return run

    def _element(self, number: int | None, path: str) -> Action:
        member = self.member(number, path) if number is not None else None
        if member is None:
            return lambda _item: None
        return _attributed(member, self.tally)


def _nothing(_value: Any) -> Any:
    return ABSENT


def _scalar_or_container(action: Action, container: Action) -> Action:
    def run(value: Any) -> Any:
        kind = type(value)
        return container(value) if kind is dict or kind is list else action(value)

    return run


def _join(path: str, name: str) -> str:
    step = Selector((Step(Kind.NAME, name),)).text
    return step if not path else path + step if step.startswith("[") else f"{path}.{step}"


def _object(
    members: tuple[tuple[str, Action, bool], ...], coordinates: dict[str, Member], tally: Tally, number: int
) -> Transform:
    """The hot loop: the members that rules name, in the policy's order."""
    counts = tally.node(number, tuple(member.slot for member in coordinates.values()))
    place = {name: at for at, name in enumerate(coordinates, start=1)}
    silent = frozenset(name for name, member in coordinates.items() if not member.null_stays)

    def run(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise Mismatch("shape")
        out: dict[str, Any] = {}
        counts[0] += 1
        for name, action, passes_text in members:
            if name in value:
                raw = value[name]
                if passes_text and type(raw) is str:
                    out[name] = raw
                    continue
                if raw is not None:
                    try:
                        clean = action(raw)
                    except Mismatch as mismatch:
                        counts[place[name]] += 1
                        _refuse(mismatch, coordinates[name], tally)
                        continue
                    if clean is not ABSENT:
                        out[name] = clean
                        continue
                elif name not in silent:
                    out[name] = None
            counts[place[name]] += 1
        return out

    return run


def _refuse(mismatch: Mismatch, member: Member, tally: Tally) -> None:
    """By the rule's `on_mismatch`: the field is dropped by returning, the record refused by raising."""
    tally.refused[member.slot] += 1
    if not member.lenient:
        raise Refused(mismatch.code, member.selector) from None


def _attributed(member: Member, tally: Tally) -> Action:
    """An action that gives null where a lenient rule drops, for elements of arrays."""
    action, slot = member.run, member.slot

    def run(item: Any) -> Any:
        try:
            clean = action(item)
        except Mismatch as mismatch:
            _refuse(mismatch, member, tally)
            return None
        if clean is ABSENT:
            return None
        tally.others[slot] += 1
        return clean

    return run


def _with_wildcard(inner: Transform, named: frozenset[str], other: Member, tally: Tally) -> Transform:
    """Also the members that no exact step names, by name, so that the writer's order does not show."""

    def run(value: Any) -> dict[str, Any]:
        out = inner(value)
        for name in sorted(name for name in value if name not in named):
            raw = value[name]
            if raw is None:
                if other.null_stays:
                    out[name] = None
                continue
            try:
                clean = other.run(raw)
            except Mismatch as mismatch:
                _refuse(mismatch, other, tally)
                continue
            if clean is not ABSENT:
                out[name] = clean
                tally.others[other.slot] += 1
        return out

    return run


def strangers(automaton: Automaton, unknown: dict[str, int], *, rejects: bool) -> Callable[[Any], None]:
    """Counts, or refuses, fields that no rule names. Only their object's selector is kept, never a field's name.

    A field is known when a rule wins it, if only `drop`. An object or array in which rules go on is looked into; a
    scalar in its place is a stranger, unless the rules make it a mismatch anyway.
    """
    states, paths = automaton.states, _paths(automaton.states)

    def look(root: Any) -> None:
        stack: list[tuple[Any, int]] = [(root, 0)]
        while stack:
            value, number = stack.pop()
            count = 0
            for inner, target in _ways(value, states[number]):
                if target is None:
                    count += 1
                    continue
                state = states[target]
                if state.winner is not None or inner is None:
                    continue
                if _goes_on(inner, state):
                    stack.append((inner, target))
                elif not state.through:
                    count += 1
            if count:
                unknown[paths[number]] = unknown.get(paths[number], 0) + count
                if rejects:
                    raise Refused("unknown_field", paths[number])

    return look


def _ways(value: Any, state: State) -> Iterable[tuple[Any, int | None]]:
    """Every member or element, with the state that it leads to."""
    if type(value) is dict:
        return [(inner, state.names.get(name, state.any_name)) for name, inner in value.items()]
    return [(inner, state.indexes.get(index, state.any_index)) for index, inner in enumerate(value)]


def _goes_on(value: Any, state: State) -> bool:
    if type(value) is dict:
        return bool(state.names) or state.any_name is not None
    return type(value) is list and (bool(state.indexes) or state.any_index is not None)


def _paths(states: Sequence[State]) -> dict[int, str]:
    """The shortest selector that leads to each state."""
    paths = {0: ""}
    queue = [0]
    for number in queue:
        state, path = states[number], paths[number]
        ways: list[tuple[int | None, str]] = [(target, _join(path, name)) for name, target in state.names.items()]
        ways += [(target, f"{path}[{index}]") for index, target in state.indexes.items()]
        ways += [(state.any_name, f"{path}.*" if path else "*"), (state.any_index, f"{path}[*]")]
        for target, there in ways:
            if target is not None and target not in paths:
                paths[target] = there
                queue.append(target)
    return paths


def _or_absent(inner: Callable[[Any], Any] | None) -> Callable[[Any], Any] | None:
    """For containers that only `**` passes through: written only when something in them was."""
    if inner is None:
        return None

    def run(value: Any) -> Any:
        clean = inner(value)
        if not clean or (type(clean) is list and all(item is None for item in clean)):
            return ABSENT
        return clean

    return run
