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
    finds: ClassVar[tuple[str, ...]]
    """Texts that are one span as a whole."""
    leaves: ClassVar[tuple[str, ...]]
    """Texts in which nothing may be found."""

    @abstractmethod
    def build(self) -> Find:
        """Decide once; the returned function runs per text."""
