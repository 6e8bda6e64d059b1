"""Does a layer let through more than the layers before it did? Then it must say so, with a reason.

Compared is what wins, not what stands under one name: a rule `a.b: keep` loosens `a.*: drop`. A field that no earlier
layer names is a new one, not a loosened one: nobody has decided about it yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from stream_scrubber.matching import Automaton, TooManyStatesError, build
from stream_scrubber.policy.envelope import Envelope
from stream_scrubber.policy.layers import Layers
from stream_scrubber.policy.mistakes import Severity
from stream_scrubber.policy.model import PolicyFile
from stream_scrubber.policy.rules import Chain, Rule
from stream_scrubber.policy.source import Path
from stream_scrubber.selectors import Kind, Selector, Step

_OTHER = "\0 any other name"
_SAMPLES = {Kind.EACH: 999_999}
"""A name and an index that no policy has: they stand for all that a wildcard means."""


def at_least_as_tight(new: Chain, old: Chain) -> bool:
    """True when `new` hides all that `old` hides. What cannot be compared is not at least as tight."""
    if new.drops or _bare_keep(old):
        return True
    if old.drops or len(new.scrubbers) < len(old.scrubbers):
        return False
    # what is done after the old chain's last scrubber only takes away
    return all(mine.tighter_than(theirs) is True for mine, theirs in zip(new.scrubbers, old.scrubbers, strict=False))


def _bare_keep(chain: Chain) -> bool:
    only = chain.scrubbers[0]
    return len(chain.scrubbers) == 1 and only.name == "keep" and only == type(only)()


class Outline:
    """What a number of layers decide about fields, key, timestamp and headers."""

    def __init__(
        self, layers: Layers, rules: Sequence[Rule], envelope: Envelope | None, form: PolicyFile | None
    ) -> None:
        self.layers = layers
        self.rules = list(rules)
        drops = frozenset(number for number, rule in enumerate(self.rules) if rule.chain.drops)
        self.automaton = _built([rule.selector for rule in self.rules], drops)
        self.envelope = envelope
        self.form = form

    def winner(self, path: Sequence[str | int]) -> Rule | None:
        """The rule of a field; under a `drop`, that one."""
        if self.automaton is None:
            return None
        states, at, fallen = self.automaton.states, 0, None
        for step in path:
            state = states[at]
            if state.winner is not None and self.rules[state.winner].chain.drops:
                fallen = self.rules[state.winner]
            following = (
                state.names.get(step, state.any_name)
                if isinstance(step, str)
                else state.indexes.get(step, state.any_index)
            )
            if following is None:
                return fallen
            at = following
        found = states[at].winner
        return fallen if found is None else self.rules[found]


def _built(selectors: list[Selector], drops: frozenset[int]) -> Automaton | None:
    try:
        return build(selectors, drops)
    except TooManyStatesError:
        return None


def check(layers: Layers, number: int, before: Outline, after: Outline) -> None:
    """Mistakes of layer `number`, which makes `after` out of `before`."""
    used: set[Path] = set()
    for rule in after.rules:
        if layers.origin(rule.path)[0] == number:
            loosened = next(_loosened(rule, before, after), None)
            if loosened is not None:
                used.add(_tell(layers, rule.path, str(rule.selector), before.layers.where(loosened.path)))
    for path in _envelope(before, after):
        if layers.origin(path)[0] == number:
            used.add(_tell(layers, path, ".".join(map(str, path)), before.layers.where(path)))
    for path in layers.layers[number].loosened:
        if path not in used:
            own = layers.layers[number].source
            found = own.mistake(
                "SS037", path, "`loosen: true` stands where nothing is loosened", severity=Severity.WARNING
            )
            if own.mistakes is not layers.mistakes:
                layers.mistakes.append(found)


def _tell(layers: Layers, path: Path, what: str, old: str) -> Path:
    """A mistake unless the layer gives a reason. Gives the place where the reason stands, or would."""
    number, there = layers.origin(path)
    if layers.reason(path) is None:
        layers.mistake(
            "SS035",
            path,
            f'"{what}" lets through more than {old}, or cannot be compared with it',
            hint="if that is meant, write beside it: loosen: true, reason: …",
        )
    loosened = layers.layers[number].loosened
    return there if there in loosened else there[:-1]


def _loosened(rule: Rule, before: Outline, after: Outline) -> Iterator[Rule]:
    """The earlier rules that `rule` wins over without being as tight."""
    for path in samples(rule.selector):
        old = before.winner(path)
        if old is not None and after.winner(path) is rule and not at_least_as_tight(rule.chain, old.chain):
            yield old


def samples(selector: Selector) -> Iterator[tuple[str | int, ...]]:
    """Paths that stand for the fields a selector names."""
    choices = [_choices(step, last=at == len(selector.steps) - 1) for at, step in enumerate(selector.steps)]
    for parts in product(*choices):
        yield tuple(step for part in parts for step in part)


def _choices(step: Step, *, last: bool) -> list[tuple[str | int, ...]]:
    match step.kind:
        case Kind.NAME:
            return [(step.name,)]
        case Kind.INDEX:
            return [(step.index,)]
        case Kind.EACH:
            return [(_SAMPLES[Kind.EACH],)]
        case Kind.ANY:
            return [(_OTHER,)]
    deep: list[tuple[str | int, ...]] = [(_OTHER,), (_OTHER, _OTHER), (_SAMPLES[Kind.EACH],)]
    return deep if last else [(), *deep]


def _envelope(before: Outline, after: Outline) -> Iterator[Path]:
    """Each part of the envelope, and of `pseudonyms:`, that became looser."""
    old, new = before.envelope, after.envelope
    if old is not None and new is not None:
        if old.key != new.key and not _key_as_tight(new, old):
            yield ("record", "key")
        if not at_least_as_tight(new.timestamp, old.timestamp):
            yield ("record", "timestamp")
        for name, chain in new.headers.items():
            if name in old.headers and not at_least_as_tight(chain, old.headers[name]):
                yield ("record", "headers", name)
        if new.keeps_partition and not old.keeps_partition:
            yield ("record", "partition")
        if old.pads and not new.pads:
            yield ("record", "size")
        if old.rejects_headers and not new.rejects_headers:
            yield ("record", "headers", "default")
    if before.form and after.form and before.form.pseudonyms and after.form.pseudonyms:
        was, now = before.form.pseudonyms.epoch, after.form.pseudonyms.epoch
        if was is not None and (now is None or now > was):
            yield ("pseudonyms", "epoch")


def _key_as_tight(new: Envelope, old: Envelope) -> bool:
    if new.key.chain is None or old.key.chain is None:
        return False  # a key out of a clean field: which fields it shows, only that field's rule says
    return at_least_as_tight(new.key.chain, old.key.chain)
