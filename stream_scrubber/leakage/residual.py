"""What detectors still find in clean records.

Every text of a sampled clean record is looked at, in values and in the names of members that a wildcard let
through. A field that a scrubber writes is held against its declared form instead: tokens look like secrets,
and `203.0.0.0` like an address. Findings carry the policy's field, never the text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from stream_scrubber.leakage.independent import DETECTORS, Finds
from stream_scrubber.leakage.intervals import Interval, rule_of_three, wilson
from stream_scrubber.selectors import Kind, Selector, Step

OTHER = "__other__"
"""Stands for every path that no field of the policy names. Never the path itself: it may be an e-mail
address."""

REMEMBERED = 4_096
"""Texts in which nothing was found that are remembered; forgotten all at once when full."""

LONG = 10**12
"""Integers from here on are looked at as text: a card number has 13 digits or more."""

Path: TypeAlias = tuple[str | None, ...]
"""Names of members; None for an item of an array."""


@dataclass(frozen=True, slots=True)
class ScannedField:
    """A field of the policy. `form` is a pattern that a scrubber's output matches as a whole, None for free
    text."""

    selector: Selector
    form: str | None = None


class Detection(NamedTuple):
    """`entity` is `form` when a scrubber's output does not look as declared."""

    field: str
    entity: str
    detector: str


Scan: TypeAlias = Callable[[Any], list[Detection]]


def compile_scan(fields: Sequence[ScannedField], detectors: Mapping[str, Finds] = DETECTORS) -> Scan:
    """Decide once; the returned function takes a clean value and gives at most one detection a field and
    entity.

    Most texts of a stream come again and again. Those in which nothing was found are remembered, and the path
    of a text is looked for only when something was found in it.
    """
    declared = [(str(item.selector), item.selector.steps, re.compile(item.form)) for item in fields if item.form]
    free = [(str(item.selector), item.selector.steps) for item in fields]
    silent: set[str] = set()

    def speaks(text: str) -> bool:
        if any(finds(text) for finds in detectors.values()):
            return True
        if len(silent) >= REMEMBERED:
            silent.clear()
        silent.add(text)
        return False

    def scan(value: Any) -> list[Detection]:
        found: dict[Detection, None] = {}
        checked: set[str] = set()
        for name, steps, form in declared:
            for text in _at(value, steps, 0):
                if form.fullmatch(text) is None:
                    found[Detection(name, "form", "declared")] = None
                checked.add(text)
        if any(text not in silent and text not in checked and speaks(text) for text in _texts(value)):
            for path, text, is_name in _paths(value, ()):
                if text in checked and not is_name:
                    continue
                name = next((name for name, steps in free if _matches(steps, path)), OTHER)
                entities = [entity for entity, finds in detectors.items() if finds(text)]
                found.update(dict.fromkeys(Detection(name, entity, "independent") for entity in entities))
        return list(found)

    return scan


def _texts(root: Any) -> list[str]:
    """Every text and every member's name, and integers long enough for a card number."""
    texts: list[str] = []
    stack = [root]
    while stack:
        value = stack.pop()
        kind = type(value)
        if kind is str:
            texts.append(value)
        elif kind is dict:
            texts.extend(value)
            stack.extend(value.values())
        elif kind is list:
            stack.extend(value)
        elif kind is int and abs(value) >= LONG:
            texts.append(str(value))
    return texts


def _at(value: Any, steps: Sequence[Step], at: int) -> Iterator[str]:
    """The texts at a selector. What is there and no text is looked at like anything else."""
    if at == len(steps):
        if type(value) is str:
            yield value
        return
    step = steps[at]
    match step.kind:
        case Kind.NAME if type(value) is dict:
            if step.name in value:
                yield from _at(value[step.name], steps, at + 1)
        case Kind.ANY if type(value) is dict:
            for inner in value.values():
                yield from _at(inner, steps, at + 1)
        case Kind.EACH if type(value) is list:
            for inner in value:
                yield from _at(inner, steps, at + 1)
        case Kind.INDEX if type(value) is list and step.index < len(value):
            yield from _at(value[step.index], steps, at + 1)
        case Kind.DEEP:
            yield from _at(value, steps, at + 1)
            for inner in value.values() if type(value) is dict else value if type(value) is list else ():
                yield from _at(inner, steps, at)


def _paths(value: Any, path: Path) -> Iterator[tuple[Path, str, bool]]:
    if isinstance(value, str):
        yield path, value, False
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield (*path, name), name, True
            yield from _paths(inner, (*path, name))
    elif isinstance(value, list):
        for inner in value:
            yield from _paths(inner, (*path, None))
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) >= LONG:
        yield path, str(value), False


def _matches(steps: Sequence[Step], path: Path) -> bool:
    """An index counts as any item: fields are told apart by name."""
    if not steps:
        return not path
    if steps[0].kind is Kind.DEEP:
        return any(_matches(steps[1:], path[at:]) for at in range(len(path) + 1)) or len(steps) == 1
    if not path:
        return False
    name = path[0]
    match steps[0].kind:
        case Kind.NAME:
            fits = name == steps[0].name
        case Kind.ANY:
            fits = name is not None
        case _:
            fits = name is None
    return fits and _matches(steps[1:], path[1:])


class ResidualCounts:
    """Records scanned, and detections by field, entity and detector: what the counters of the metrics
    read."""

    def __init__(self) -> None:
        self.scanned = 0
        self.hit = 0
        self.detections: Counter[Detection] = Counter()

    def add(self, found: Sequence[Detection]) -> None:
        self.scanned += 1
        self.hit += bool(found)
        self.detections.update(found)

    def merge(self, other: ResidualCounts) -> None:
        self.scanned += other.scanned
        self.hit += other.hit
        self.detections.update(other.detections)

    @property
    def interval(self) -> Interval:
        """Of the share of records with a detection. Of 0 in n it is below 3/n (rule of three)."""
        if not self.hit:
            return Interval(0.0, rule_of_three(self.scanned))
        return wilson(self.hit, self.scanned)
