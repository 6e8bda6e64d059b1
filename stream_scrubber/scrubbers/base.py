"""What a scrubber is.

A scrubber is a frozen dataclass. Its fields are its parameters, its docstring is its page in the docs, its examples
are its first tests. `build` decides everything once and returns an *action*, which the pipeline calls per value.

To add one: write the class in the file of its family, and name it in `scrubbers.ALL`. Policy language, JSON Schema,
lint, docs and example tests follow from the class.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, TypeAlias

Action: TypeAlias = Callable[[Any], Any]
"""Takes a JSON value that is not null, gives what stands in the clean record, or raises `errors.Mismatch`.
None as a result is a JSON null. Floats it returns are spelled canonically by the pipeline."""


class Family(StrEnum):
    """The families of ISO/IEC 20889, and `keep` for what passes by name."""

    KEEP = "keep"
    SUPPRESSION = "suppression"
    GENERALIZATION = "generalization"
    PSEUDONYMIZATION = "pseudonymization"
    RANDOMIZATION = "randomization"


class Takes(StrEnum):
    """JSON types as a policy author knows them. A value of another type is a mismatch, never passed."""

    STRING = "string"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    OBJECT = "object"
    ARRAY = "array"


NUMBERS = frozenset({Takes.INTEGER, Takes.DECIMAL})
TEXT = frozenset({Takes.STRING})
SCALARS = frozenset({Takes.STRING, Takes.INTEGER, Takes.DECIMAL, Takes.BOOLEAN})


@dataclass(frozen=True, slots=True)
class Example:
    """`{name: parameters}` on `given` gives `gives`, or is a mismatch with code `refuses`.

    `matches` is a regular expression for the text (`str`) of results that depend on a key.
    """

    given: Any
    gives: Any = None
    parameters: Any = None
    refuses: str = ""
    matches: str = ""

    def holds(self, result: Any) -> bool:
        return bool(re.fullmatch(self.matches, str(result))) if self.matches else result == self.gives


class CurrentRecord:
    """What randomness may depend on besides the value: set by the pipeline before each record, read by actions.

    `coordinates` is `topic NUL partition NUL offset` as bytes, so that a redelivered record draws the same again;
    `subject` is the canonical text of the policy's subject in the raw record, None when it has none.
    """

    __slots__ = ("coordinates", "subject")

    def __init__(self) -> None:
        self.coordinates: bytes = b""
        self.subject: str | None = None


@dataclass(frozen=True, slots=True)
class BuildContext:
    """What a scrubber may know when it builds its action: no clock, no dice, no environment.

    `key` is the secret of the record's realm and epoch, 32 bytes, empty when no scrubber of the policy asked for one;
    `selector` is the rule's selector as text; `tables` holds the rows of lookup tables by name.
    """

    realm: str = ""
    key: bytes = field(default=b"", repr=False)
    selector: str = ""
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    record: CurrentRecord = field(default_factory=CurrentRecord, repr=False)


class Scrubber(ABC):
    """Base of all scrubbers. Every class variable without a default must be set; `tests/scrubbers` checks it."""

    name: ClassVar[str]
    family: ClassVar[Family]
    takes: ClassVar[frozenset[Takes]]
    leaves_open: ClassVar[str]
    """One honest sentence: what an attacker still gets."""
    source: ClassVar[str] = ""
    """Paper, RFC or standard, when there is an algorithm."""
    needs_key: ClassVar[bool] = False
    """True when `build` reads `BuildContext.key`: the record's epoch then decides which action runs."""
    needs_record: ClassVar[bool] = False
    """True when the action reads `BuildContext.record`: the pipeline then fills it in before each record."""
    extra: ClassVar[str] = ""
    """The extra of this package that `build` needs installed."""
    worth_remembering: ClassVar[bool] = False
    """True when the action costs more than a look-up, gives no mutable value, and its strings tend to come again.
    Ignored when `needs_record` is true."""
    examples: ClassVar[tuple[Example, ...]]

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    """An unknown parameter is an error when a policy is loaded."""

    @property
    def passes_text(self) -> bool:
        """True when every string comes back as it is, so that a backend need not call the action for one."""
        return False

    @property
    def takes_containers(self) -> bool:
        """True when an object or array is handed to the action as a whole."""
        return bool(self.takes & {Takes.OBJECT, Takes.ARRAY})

    @abstractmethod
    def build(self, context: BuildContext) -> Action:
        """Decide once; the returned action runs per value and does neither checking of parameters nor choosing."""

    def tighter_than(self, other: Scrubber) -> bool | None:
        """Does this hide all that `other` hides? True: at least that (equal counts); False: strictly less of
        it; None: neither. A partial order inside one scrubber, by its parameters; across scrubbers None."""
        if self == other:
            return True
        return self.compare(other) if type(other) is type(self) else None

    def compare(self, other: Any) -> bool | None:
        """`tighter_than` for an unequal scrubber of the same class. Those with an order say it here."""
        return None


def verdict(*signs: int | None) -> bool | None:
    """One answer of `compare` from one sign a parameter: 1 tighter, 0 equal, -1 looser, None incomparable."""
    if None in signs:
        return None
    known = [sign for sign in signs if sign is not None]
    if min(known) >= 0:
        return True
    return False if max(known) <= 0 else None


def less_is_tighter(mine: Any, theirs: Any) -> int:
    """Sign for a parameter of which less is tighter; swap the two for one of which more is."""
    return int(mine < theirs) - int(mine > theirs)


def nested(mine: Any, theirs: Any) -> int | None:
    """Sign for bins from one anchor: a multiple of the other's width hides all that the other hides."""
    if mine == theirs:
        return 0
    if mine % theirs == 0:
        return 1
    return -1 if theirs % mine == 0 else None


def same(mine: Any, theirs: Any) -> int | None:
    """Sign for a parameter that makes two scrubbers incomparable unless it is equal."""
    return 0 if mine == theirs else None
