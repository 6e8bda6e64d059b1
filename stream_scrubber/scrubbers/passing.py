"""What passes by name, what passes from a list, and what does not pass."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import Annotated, Any, ClassVar

from pydantic import Field

from stream_scrubber.codec.json import LARGEST_INTEGER, SMALLEST_INTEGER
from stream_scrubber.codec.numbers import exact
from stream_scrubber.errors import Mismatch
from stream_scrubber.patterns import BadPatternError, whole
from stream_scrubber.scrubbers.base import (
    SCALARS,
    Action,
    BuildContext,
    Example,
    Family,
    Scrubber,
    Takes,
    less_is_tighter,
    verdict,
)
from stream_scrubber.scrubbers.numbers import number_kind
from stream_scrubber.scrubbers.units import Scalar, Text, Whole


@dataclass(frozen=True)
class Keep(Scrubber):
    """Passes a scalar as it is.

    `max_length` (in code points) and `pattern` (RE2 syntax, the whole text must match) close the domain of
    the values; with either, only strings pass. A longer or other text is the mismatch `not_allowed`, never
    cut."""

    max_length: Annotated[Whole, Field(ge=1)] | None = None
    pattern: Text | None = None

    name: ClassVar[str] = "keep"
    family: ClassVar[Family] = Family.KEEP
    takes: ClassVar[frozenset[Takes]] = SCALARS
    leaves_open: ClassVar[str] = "Everything: the value is in the clean record as it came."
    source: ClassVar[str] = "RE2 syntax: https://github.com/google/re2/wiki/Syntax"
    examples: ClassVar[tuple[Example, ...]] = (
        Example("Checkout", "Checkout"),
        Example(3, 3),
        Example(given=True, gives=True),
        Example({"a": 1}, refuses="shape"),
        Example(float("nan"), refuses="bad_number"),
        Example(10**40, refuses="number_range"),
        Example(["a"], refuses="shape"),
        Example("EUR", "EUR", {"max_length": 3, "pattern": "[A-Z]{3}"}),
        Example("EUR ", refuses="not_allowed", parameters={"pattern": "[A-Z]{3}"}),
        Example("Checkout", refuses="not_allowed", parameters=7),
        Example(12, refuses="type", parameters=7),
        Example("\ud800", refuses="bad_text", parameters={"pattern": ".*"}),
    )

    def __post_init__(self) -> None:
        if self.pattern is not None:
            self._matcher(self.pattern)

    @staticmethod
    def _matcher(pattern: str) -> Any:
        try:
            return whole(pattern)
        except BadPatternError:
            raise ValueError("pattern is not a regular expression of RE2") from None

    @property
    def passes_text(self) -> bool:
        return self.max_length is None and self.pattern is None

    def build(self, context: BuildContext) -> Action:
        if self.passes_text:
            return _keep
        longest = self.max_length if self.max_length is not None else 2**63
        matches = self._matcher(self.pattern) if self.pattern is not None else None

        def keep_closed(value: Any) -> Any:
            if type(value) is not str:
                raise Mismatch("shape" if type(value) in (dict, list) else "type")
            if len(value) > longest:
                raise Mismatch("not_allowed")
            if matches is not None:
                try:
                    found = matches(value)
                except UnicodeError:
                    raise Mismatch("bad_text") from None
                if not found:
                    raise Mismatch("not_allowed")
            return value

        return keep_closed

    def compare(self, other: Keep) -> bool | None:
        unbounded = 2**63
        lengths = less_is_tighter(self.max_length or unbounded, other.max_length or unbounded)
        if self.pattern == other.pattern:
            patterns: int | None = 0
        elif self.pattern is None or other.pattern is None:
            patterns = 1 if other.pattern is None else -1
        else:
            patterns = None
        return verdict(lengths, patterns)


def _keep(value: Any) -> Any:
    kind = type(value)
    if kind is str or kind is bool:
        return value
    if kind is int:
        if SMALLEST_INTEGER <= value <= LARGEST_INTEGER:
            return value
        raise Mismatch("number_range")
    if kind is float or kind is Decimal:
        if (kind is float or value.is_finite()) and isfinite(value):
            return value
        raise Mismatch("bad_number")
    raise Mismatch("shape")


@dataclass(frozen=True)
class OneOf(Scrubber):
    """Passes a value of a list; any other scalar becomes `else`, or is the mismatch `not_allowed` without it.

    Text compares by code points, numbers by value (`1` and `1.0` are the same), and `true` is never `1`.
    Objects and arrays are a mismatch even with `else`."""

    values: Annotated[tuple[Scalar, ...], Field(min_length=1)]
    else_: Annotated[Scalar | None, Field(alias="else")] = None

    name: ClassVar[str] = "one_of"
    family: ClassVar[Family] = Family.KEEP
    takes: ClassVar[frozenset[Takes]] = SCALARS
    leaves_open: ClassVar[str] = "Which of the listed values it was; a rare one still singles people out."
    examples: ClassVar[tuple[Example, ...]] = (
        Example("View", "View", ["View", "Click"]),
        Example("Signup", "other", {"values": ["View", "Click"], "else": "other"}),
        Example("Signup", refuses="not_allowed", parameters=["View", "Click"]),
        Example("view", refuses="not_allowed", parameters=["View"]),
        Example(given=True, refuses="not_allowed", parameters=[1, 2]),
        Example(2.0, 2, [1, 2]),
        Example(3, 0, {"values": [1, 2], "else": 0}),
        Example(["View"], refuses="shape", parameters={"values": ["View"], "else": "other"}),
    )

    def build(self, context: BuildContext) -> Action:
        texts = frozenset(value for value in self.values if isinstance(value, str))
        truths = frozenset(value for value in self.values if isinstance(value, bool))
        numbers = frozenset(
            exact(value)
            for value in self.values
            if not isinstance(value, bool) and not isinstance(value, str)
        )
        otherwise = self.else_

        def one_of(value: Any) -> Any:
            kind = type(value)
            if kind is str:
                if value in texts:
                    return value
            elif kind is bool:
                if value in truths:
                    return value
            elif kind is dict or kind is list:
                raise Mismatch("shape")
            else:
                number_kind(value)
                if exact(value) in numbers:
                    return value
            if otherwise is None:
                raise Mismatch("not_allowed")
            return otherwise

        return one_of

    def compare(self, other: OneOf) -> bool | None:
        mine, theirs = ({(type(value) is bool, value) for value in one.values} for one in (self, other))
        if self.else_ != other.else_ and None not in (self.else_, other.else_):
            return None
        if mine <= theirs:
            return True
        return False if mine > theirs else None


@dataclass(frozen=True)
class Drop(Scrubber):
    """Leaves the field out of the clean record. The pipeline never looks at its value."""

    name: ClassVar[str] = "drop"
    family: ClassVar[Family] = Family.SUPPRESSION
    takes: ClassVar[frozenset[Takes]] = frozenset(Takes)
    leaves_open: ClassVar[str] = "Nothing of the value; its absence says only that the policy drops it."
    examples: ClassVar[tuple[Example, ...]] = (Example("anything", None), Example({"a": [1]}, None))

    def build(self, context: BuildContext) -> Action:
        return _drop


def _drop(value: Any) -> None:
    """Never runs: the compiler leaves the field out. Were it called, the value would still not pass."""
