"""What a detector is: it finds spans of one entity in text, and does nothing with them."""

from __future__ import annotations

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
    """What every text with a find contains: a regular expression, or several strings of which one stands
    in the lower-cased text. Where it is missing, the function that `build` gives is not called.
    Detectors with the same trigger share one search; expressions that begin with a small class of
    characters are searched fastest."""
    digits: ClassVar[bool] = True
    """True if every text with a find has an ASCII digit: most text has none, and is done after one search."""
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


MANY_DIGITS = r"[0-9](?:[^0-9]{0,3}[0-9]){6}"
"""Trigger of everything that has seven digits or more, however they are grouped."""
PUNCTUATED = r"[:.\-](?::|[0-9A-Fa-f]{0,4}[:.\-][0-9A-Fa-f])"
"""Trigger of addresses and identifiers in hexadecimal groups."""

LONG_WORD = r"\A(?:[0-9A-Za-z_\-]{0,14}+[^0-9A-Za-z_\-])*+[0-9A-Za-z_\-]{15}"
"""Trigger of what machines draw at random: fifteen such characters in a row. Goes from word to word."""
