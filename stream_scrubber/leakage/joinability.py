"""Whether a clean field can be joined with raw identifiers: |A ∩ B| / |A|, A the field's values, B the
identifiers.

P. H. Chia et al., "KHyperLogLog", IEEE S&P 2019, §4: a forgotten or unkeyed identifier in a clean field shows
as a containment near 1. Values are compared in canonical form, under one secret. Small integers and other
small domains always meet; so the same is measured for a disguised copy of the field, in which every letter
and digit is replaced by another one of its kind, and only the excess over it counts.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from stream_scrubber.leakage.distinct import Containment, DistinctSketch, containment
from stream_scrubber.leakage.mix import mix

FEWEST_VALUES = 1_000
"""A field with fewer distinct values is never alarmed for."""


@dataclass(frozen=True, slots=True)
class Join:
    """How far the values of `field` are found among `reference`, and among it by chance."""

    field: str
    reference: str
    found: Containment
    by_chance: Containment
    values: float
    """Distinct values of the field."""

    @property
    def excess(self) -> float | None:
        """The figure to publish; None for a small domain."""
        if self.values <= FEWEST_VALUES or self.found.share is None:
            return None
        return max(0.0, self.found.share - (self.by_chance.share or 0.0))

    @property
    def sure_excess(self) -> float | None:
        """The figure to alarm on: what is left of the excess when both shares err against it, each at 95
        %."""
        if self.excess is None:
            return None
        chance = self.by_chance.interval.high if self.by_chance.common else 0.0
        return max(0.0, self.found.interval.low - chance)


def canonical_form(value: Any) -> str | None:
    """How an identifier is compared: as text, without case, outer white space and separators of phone numbers
    and the like. None for what is no identifier: null, true, false, objects, arrays, the empty text."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = value if isinstance(value, str) else repr(value)
    return text.translate(_IGNORED).casefold() or None


_IGNORED = {ord(character): None for character in " \t\r\n-_.:/()+"}


class Joinability:
    """Values of clean fields against values of raw identifiers, in one window."""

    def __init__(self, fields: Sequence[str], references: Sequence[str], secret: bytes) -> None:
        self._hashed = _hasher(secret)
        self._disguise = _disguise(secret)
        self._references = {name: DistinctSketch() for name in references}
        self._fields = {name: (DistinctSketch(), DistinctSketch()) for name in fields}

    def add_raw(self, reference: str, value: Any) -> None:
        if (text := canonical_form(value)) is not None:
            self._references[reference].add(self._hashed(text))

    def add_clean(self, field: str, value: Any) -> None:
        if (text := canonical_form(value)) is not None:
            plain, disguised = self._fields[field]
            plain.add(self._hashed(text))
            disguised.add(self._hashed(text.translate(self._disguise)))

    def merge(self, other: Joinability) -> None:
        for name, sketch in other._references.items():
            self._references[name].merge(sketch)
        for name, sketches in other._fields.items():
            for mine, theirs in zip(self._fields[name], sketches, strict=True):
                mine.merge(theirs)

    def figures(self) -> tuple[Join, ...]:
        """Every field with every identifier."""
        return tuple(
            Join(field, name, containment(plain, known), containment(disguised, known), plain.count())
            for field, (plain, disguised) in self._fields.items()
            for name, known in self._references.items()
        )


def _hasher(secret: bytes) -> Callable[[str], int]:
    keyed = blake2b(digest_size=8, key=secret)

    def hashed(text: str) -> int:
        state = keyed.copy()
        state.update(text.encode("utf-8", "surrogatepass"))
        return int.from_bytes(state.digest(), "big")

    return hashed


def _disguise(secret: bytes) -> dict[int, int]:
    """A keyed permutation of the digits but 0, of a to f, and of the other letters; none of these stays what
    it is.

    Hexadecimal texts stay hexadecimal, and numbers get no leading 0: the disguise has the form of what it
    stands for.
    """
    seed = int.from_bytes(blake2b(b"disguise", digest_size=8, key=secret).digest(), "big")
    table: dict[int, int] = {}
    for kind in (string.digits[1:], "abcdef", string.ascii_lowercase[6:]):
        ring = sorted(kind, key=lambda character: mix(ord(character), seed))
        table.update(zip(map(ord, ring), map(ord, ring[1:] + ring[:1]), strict=True))
    return table
