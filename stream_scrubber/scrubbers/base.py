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

    `matches` is a regular expression for results that depend on a key.
    """

    given: Any
    gives: Any = None
    parameters: Any = None
    refuses: str = ""
    matches: str = ""

    def holds(self, result: Any) -> bool:
        return bool(re.fullmatch(self.matches, result)) if self.matches else result == self.gives


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
    examples: ClassVar[tuple[Example, ...]]

    @abstractmethod
    def build(self, context: BuildContext) -> Action:
        """Decide once; the returned action runs per value and does neither checking of parameters nor choosing."""
