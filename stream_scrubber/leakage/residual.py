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
"""Paths whose field is remembered."""

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
    entity."""
    table = [
        (item.selector.steps, str(item.selector), item.form and re.compile(item.form)) for item in fields
    ]
    other: tuple[str, re.Pattern[str] | str | None] = (OTHER, None)
    memory: dict[Path, tuple[str, re.Pattern[str] | str | None]] = {}

    def field_of(path: Path) -> tuple[str, re.Pattern[str] | str | None]:
        found = memory.get(path)
        if found is None:
            matching = [(name, form) for steps, name, form in table if _matches(steps, path)]
            found = matching[0] if matching else other
            if len(memory) >= REMEMBERED:
                memory.clear()
            memory[path] = found
        return found

    def scan(value: Any) -> list[Detection]:
        found: dict[Detection, None] = {}
        for path, text, is_name in _texts(value, ()):
            field, form = field_of(path)
            if isinstance(form, re.Pattern) and not is_name:
                if form.fullmatch(text) is None:
                    found[Detection(field, "form", "declared")] = None
                continue
            for entity, finds in detectors.items():
                if finds(text):
                    found[Detection(field, entity, "independent")] = None
        return list(found)

    return scan


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str, bool]]:
    if isinstance(value, str):
        yield path, value, False
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield (*path, name), name, True
            yield from _texts(inner, (*path, name))
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, (*path, None))
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**12:
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
