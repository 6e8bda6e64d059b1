"""Selectors name fields: ``context.ip``, ``items[*].price``, ``fingerprint.**``, ``a|b``, ``["odd.key"]``.

Grammar (no filters, no code)::

    selector := step (separator step)* alternative*
    step     := name | "*" | "**" | "[" digits "]" | "[*]" | "[" JSON string "]"
    names in the last step may be joined with "|": one selector each

A name runs up to the next ``.``, ``[`` or ``|``. Everything else is written in brackets as a JSON string.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from itertools import pairwise

from stream_scrubber.codec.json import decode_any, encode
from stream_scrubber.errors import Refused


class Kind(IntEnum):
    """What a step matches. The order is the order of precedence: a higher kind wins over a lower one."""

    DEEP = 1
    ANY = 2
    EACH = 3
    INDEX = 4
    NAME = 5


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """One step of a selector. `name` is set for NAME, `index` for INDEX."""

    kind: Kind
    name: str = ""
    index: int = -1

    def __str__(self) -> str:
        match self.kind:
            case Kind.NAME:
                return self.name if _PLAIN.fullmatch(self.name) else f"[{encode(self.name).decode()}]"
            case Kind.INDEX:
                return f"[{self.index}]"
            case Kind.EACH:
                return "[*]"
            case Kind.ANY:
                return "*"
            case Kind.DEEP:
                return "**"


class SelectorSyntaxError(ValueError):
    """A selector that does not parse. `column` counts from 0 inside the selector's text."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True)
class Selector:
    """A parsed selector. ``str(selector)`` prints the one canonical spelling, which parses to the same selector."""

    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return self.text

    @cached_property
    def text(self) -> str:
        out = ""
        for step in self.steps:
            spelled = str(step)
            out += spelled if not out or spelled.startswith("[") else f".{spelled}"
        return out

    @property
    def literal(self) -> bool:
        """True when no wildcard is in it, so that it names at most one field."""
        return all(step.kind in (Kind.NAME, Kind.INDEX) for step in self.steps)


_PLAIN = re.compile(r"[^.\[\]|*\"\s]+")
_TOKEN = re.compile(
    r'(?P<deep>\*\*)|(?P<any>\*)|\[(?P<index>[0-9]{1,6})\]|(?P<each>\[\*\])|\[(?P<quoted>"(?:[^"\\]|\\.)*")\]'
    r'|(?P<name>[^.\[\]|*"\s]+)'
)


def parse(text: str) -> tuple[Selector, ...]:
    """One selector for each alternative of the last step, in the order written. Raises `SelectorSyntaxError`."""
    if not text:
        raise SelectorSyntaxError("a selector cannot be empty", 0)
    steps: list[Step] = []
    alternatives: list[Step] = []
    at = 0
    while True:
        step, end = _step(text, at, first=not steps)
        if (end < len(text) and text[end] == "|") or alternatives:
            if step.kind is not Kind.NAME:
                raise SelectorSyntaxError("alternatives are names", at)
            alternatives.append(step)
        else:
            steps.append(step)
        if end == len(text):
            break
        if alternatives and text[end] != "|":
            raise SelectorSyntaxError("alternatives stand in the last step only", end)
        if text[end] in ".|":
            end += 1
        elif text[end] != "[":
            raise SelectorSyntaxError(f"expected '.', '[' or '|' before {text[end]!r}", end)
        at = end
    if not alternatives:
        return (_checked(steps),)
    if len(set(alternatives)) != len(alternatives):
        raise SelectorSyntaxError("the same alternative twice", 0)
    return tuple(_checked([*steps, last]) for last in alternatives)


def _step(text: str, at: int, *, first: bool) -> tuple[Step, int]:
    found = _TOKEN.match(text, at)
    if found is None:
        raise SelectorSyntaxError("expected a name, '*', '**', '[n]', '[*]' or '[\"name\"]'", at)
    match found.lastgroup:
        case "deep":
            step = Step(Kind.DEEP)
        case "any":
            step = Step(Kind.ANY)
        case "each":
            step = Step(Kind.EACH)
        case "index":
            step = Step(Kind.INDEX, index=int(found["index"]))
        case "quoted":
            step = Step(Kind.NAME, _unquote(found["quoted"], at))
        case _:
            step = Step(Kind.NAME, found["name"])
    if first and step.kind in (Kind.EACH, Kind.INDEX):
        raise SelectorSyntaxError("a value is an object: a selector cannot begin with an array step", at)
    return step, found.end()


def _unquote(quoted: str, at: int) -> str:
    try:
        name = decode_any(quoted.encode())
    except (Refused, UnicodeEncodeError):
        raise SelectorSyntaxError("a name in brackets is a JSON string", at) from None
    assert isinstance(name, str)  # noqa: S101  the token's pattern admits nothing else
    return name


def _checked(steps: list[Step]) -> Selector:
    for before, after in pairwise(steps):
        if before.kind is Kind.DEEP and after.kind is Kind.DEEP:
            raise SelectorSyntaxError("'**' twice in a row says nothing more than once", 0)
    return Selector(tuple(steps))
