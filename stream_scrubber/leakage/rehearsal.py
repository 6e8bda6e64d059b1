"""Canaries through the live plan: fake personal data goes where real data goes, and everything that comes out is
searched. Nothing is produced and nothing counted.

Where canaries are planted:

* in every field that a rule scrubs or drops, one at a time, so that a field that refuses hides no other;
* in a field that no rule names, as value and as name;
* in the key, in a header that no rule names, and in identifying headers whatever their rule.

Not in fields that `keep` or `one_of` lets through by name: there the author has spoken, and the residual scan and
joinability look at what really comes. A field that masks free text gets the classes that it is told to find; one that
comes through is `missed` as well as leaked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from stream_scrubber.codec.json import encode
from stream_scrubber.dead_letters import pointer
from stream_scrubber.leakage.canaries import Canary, CanarySearch, plant
from stream_scrubber.pipeline import Pipeline
from stream_scrubber.policy.lint import IDENTIFYING_HEADERS
from stream_scrubber.policy.load import Policy
from stream_scrubber.policy.rules import Rule
from stream_scrubber.record import DeadLetter, Outcome, Record, Scrubbed
from stream_scrubber.selectors import Kind, Selector

FREE = frozenset({"mask_text"})
STRANGER = "canary_field_without_a_rule"


class Spot(NamedTuple):
    """One place to plant in: makes a record that carries the canary there, and only there."""

    carries: Callable[[Canary], Record]
    classes: frozenset[str] | None
    """Classes to plant; None for all."""
    detects: bool
    """True when a detector has to find it."""


@dataclass(slots=True)
class RehearsalCounts:
    """By class; leaks by class and sink. What the counters of the metrics read."""

    injected: Counter[str]
    leaked: Counter[tuple[str, str]]
    missed: Counter[str]


class Rehearsal:
    """All canaries of one policy. Call `run` at each tick with the live pipeline."""

    def __init__(self, policy: Policy, topic: str) -> None:
        self.counts = RehearsalCounts(Counter(), Counter(), Counter())
        self._policy = policy
        self._topic = topic
        self._spots = spots(policy, topic)

    def run(self, pipeline: Pipeline, seed: int, now: int) -> None:
        """`now` is ms since 1970; `seed` draws other canaries each time."""
        canaries = plant(seed)
        search = CanarySearch(canaries)
        counts = self.counts
        for canary in canaries:
            counts.injected[canary.kind] += 0
            counts.missed[canary.kind] += 0
            for sink in SINKS:
                counts.leaked[canary.kind, sink] += 0
            for spot in self._spots:
                if spot.classes is not None and canary.kind not in spot.classes:
                    continue
                counts.injected[canary.kind] += 1
                record = spot.carries(canary)._replace(timestamp=now)
                outcome = pipeline.rehearse(record, now)
                leaks = {(leak.kind, leak.sink) for leak in self._inspect(search, outcome, record)}
                for leak in leaks:
                    counts.leaked[leak] += 1
                if spot.detects and leaks:
                    counts.missed[canary.kind] += 1

    def _inspect(self, search: CanarySearch, outcome: Outcome, record: Record) -> Sequence[Any]:
        match outcome:
            case Scrubbed():
                headers = b"\n".join(name.encode() + b"\n" + (value or b"") for name, value in outcome.headers)
                sinks = {"value": outcome.value or b"", "key": outcome.key or b"", "header": headers}
            case DeadLetter():
                letter = pointer(record, outcome, self._policy.name, self._policy.sha256)
                sinks = {"dead_letter": b"\n".join(value or b"" for _, value in letter)}
            case _:
                return ()
        return [leak for sink, data in sinks.items() for leak in search.find(sink, data)]


SINKS = ("value", "key", "header", "dead_letter")


def spots(policy: Policy, topic: str) -> tuple[Spot, ...]:
    """Where to plant, decided once."""
    found = [_field(rule, topic) for rule in policy.rules if not _spoken(rule)]
    found.append(Spot(lambda canary: _record(topic, {STRANGER: canary.value}), None, detects=False))
    found.append(Spot(lambda canary: _record(topic, {canary.value: 1}), None, detects=False))
    found.append(Spot(lambda canary: _record(topic, {})._replace(key=canary.value.encode()), None, detects=False))
    names = [name for name in policy.envelope.headers if not _kept(policy, name)]
    found.extend(_header(name, topic) for name in (STRANGER, *names))
    return tuple(found)


def _kept(policy: Policy, name: str) -> bool:
    chain = policy.envelope.headers[name]
    return name.lower() not in IDENTIFYING_HEADERS and any(one.name in ("keep", "one_of") for one in chain.scrubbers)


def _spoken(rule: Rule) -> bool:
    return any(one.name in ("keep", "one_of") for one in rule.chain.scrubbers)


def _field(rule: Rule, topic: str) -> Spot:
    masks = [one for one in rule.chain.scrubbers if one.name in FREE]
    classes: frozenset[str] | None = None
    if masks:
        classes = frozenset(name for one in masks for name in _masked(one))
    selector = rule.selector
    return Spot(lambda canary: _record(topic, _at(selector, canary.value)), classes, detects=bool(masks))


def _masked(scrubber: Any) -> list[str]:
    """The types of finds that a `mask_text` does not leave as they are."""
    return [name for name in scrubber.entities() if scrubber.operators.get(name, scrubber.operator) != "keep"]


def _header(name: str, topic: str) -> Spot:
    def carries(canary: Canary) -> Record:
        return _record(topic, {})._replace(headers=[(name, canary.value.encode())])

    return Spot(carries, None, detects=False)


def _record(topic: str, value: dict[str, Any]) -> Record:
    return Record(encode(value), b"canary", [], 0, topic)


def _at(selector: Selector, value: Any) -> dict[str, Any]:
    """The smallest object in which `selector` names `value`."""
    out: Any = value
    for step in reversed(selector.steps):
        match step.kind:
            case Kind.NAME:
                out = {step.name: out}
            case Kind.EACH:
                out = [out]
            case Kind.INDEX:
                out = [None] * step.index + [out]
            case _:
                out = {"canary": out}
    return out if type(out) is dict else {"canary": out}
