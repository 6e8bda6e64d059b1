"""What a detector is: it finds spans of one entity in text, and does nothing with them."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, NamedTuple, TypeAlias


class Span(NamedTuple):
    """`text[start:end]` is an `entity`. The text itself is never carried along."""

    start: int
    end: int
    entity: str


Find: TypeAlias = Callable[[str], list[Span]]


class Detector(ABC):
    """Base of all detectors. A frozen dataclass whose fields are its parameters, named in `detectors.ALL`."""

    name: ClassVar[str]
    """The word a policy author writes under `mask_text: {find: [...]}`, and the entity of its spans."""
    trigger: ClassVar[str | tuple[str, ...]]
    """What every text with a find contains: an expression of RE2 without assertions that only Python has, or
    several strings of which one stands in the text, in any case. Where it is missing, the function that
    `build` gives is not called. The triggers of all detectors are searched for in one pass (`patterns.which`)."""
    finds: ClassVar[tuple[str, ...]]
    """Texts that are one span as a whole; with context around it, the span stands between « and »."""
    leaves: ClassVar[tuple[str, ...]]
    """Texts in which nothing may be found."""
    entities: ClassVar[tuple[str, ...]] = ()
    """The entities of its spans, where they are others than its name."""
    extra: ClassVar[str] = ""
    """The extra of this package that `build` needs installed."""
    source: ClassVar[str] = ""
    """Standard or register that defines the form and its check digits."""

    @abstractmethod
    def build(self) -> Find:
        """Decide once; the returned function runs per text, in time linear in its length.

        It sees folded text (`detectors.folding`): digits and Latin letters are ASCII.
        """


_LOOKING_AROUND = re.compile(r"\(\?<?[!=](?:[^()]|\([^()]*\))*\)")
_FIRST_GROUP = re.compile(r"(?<!\\)\((?!\?)((?:[^()])*)\)")


def standing_alone(pattern: str) -> str:
    """The trigger of a `pattern` that neither follows nor precedes a letter or digit: what it looks around for
    is left out, and what its first group found may differ where it comes again."""
    shape = _LOOKING_AROUND.sub("", pattern)
    if group := _FIRST_GROUP.search(shape):
        shape = shape.replace(r"\1", f"(?:{group[1]})").replace(group[0], f"(?:{group[1]})")
    return f"(?:^|[^0-9A-Za-z])(?:{shape})(?:[^0-9A-Za-z]|$)"


LONG_WORD = r"[0-9A-Za-z_\-]{15}"
"""Trigger of what machines draw at random: fifteen such characters in a row."""
