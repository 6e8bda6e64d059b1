"""Figures field by field, from a sample of the records: entropy, joins with raw identifiers, loss, drift.

They are kept for one day at a time. Small sketches on purpose: a policy has dozens of fields, and their figures are
for finding the one that gives too much away, not for its third decimal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from stream_scrubber.leakage.drift import Drift, FieldWatch, drift
from stream_scrubber.leakage.joinability import Join, Joinability
from stream_scrubber.leakage.khll import TupleSketch
from stream_scrubber.leakage.observe import MISSING, REMEMBERED, getter, hasher
from stream_scrubber.leakage.utility import FieldLoss
from stream_scrubber.selectors import Selector

K, ROOM = 256, 3_072
"""Values of a field in its sample, and in memory until the sample shrinks: 12 KiB packed, 0.6 MB as it lies."""


@dataclass(frozen=True, slots=True)
class FieldFigures:
    """One field in one day. Entropies are None without a value."""

    field: str
    raw_entropy_log2: float | None
    clean_entropy_log2: float | None
    loss: float | None
    drift: Drift | None


class Fields:
    """One day of sampled records. `before` is the day before under the same secret, for drift."""

    def __init__(
        self, fields: Sequence[Selector], identifiers: Sequence[Selector], secret: bytes, before: Fields | None = None
    ) -> None:
        self.records = 0
        self._hashed = hasher(secret)
        self._before: dict[str, FieldWatch] = {} if before is None else before.watches
        self.watches: dict[str, FieldWatch] = {str(field): FieldWatch() for field in fields}
        self._fields = [(str(field), getter(field), _Field()) for field in fields]
        self._references = [(str(field), getter(field), set[str]()) for field in identifiers]
        self._joins = Joinability([str(field) for field in fields], [name for name, *_ in self._references], secret)

    def add(self, raw: dict[str, Any], clean: dict[str, Any]) -> None:
        self.records += 1
        hashed = self._hashed
        for name, get, joined in self._references:
            value = get(raw)
            if type(value) is str and value in joined:
                continue
            if value is not MISSING:
                self._joins.add_raw(name, value)
                if type(value) is str:
                    _remember(joined, value)
        for name, get, field in self._fields:
            before, after = get(raw), get(clean)
            told = None
            if after is not MISSING and after is not None:
                told = hashed([after])
                field.clean.add(told, 0)
                if told not in field.joined:
                    self._joins.add_clean(name, after)
                    _remember(field.joined, told)
            if before is not MISSING and before is not None:
                was = hashed([before])
                field.raw.add(was, 0)
                field.loss.add(was, told)
                self.watches[name].add(before, was)

    def figures(self) -> tuple[FieldFigures, ...]:
        out = []
        for name, _, field in self._fields:
            raw, clean, loss = field.raw.spread(1, (2,)), field.clean.spread(1, (2,)), field.loss.figure()
            moved = drift(self.watches[name], self._before[name]) if self._before else None
            out.append(
                FieldFigures(
                    name,
                    None if raw is None else raw.entropy_log2,
                    None if clean is None else clean.entropy_log2,
                    None if loss is None else loss.loss,
                    moved,
                )
            )
        return tuple(out)

    def joins(self) -> tuple[Join, ...]:
        return self._joins.figures()


class _Field:
    __slots__ = ("clean", "joined", "loss", "raw")

    def __init__(self) -> None:
        self.raw, self.clean = _sketch(), _sketch()
        self.loss = FieldLoss()
        self.joined: set[int] = set()
        """Values that went into the joins: the same again changes nothing there, and costs most."""


T = TypeVar("T")


def _remember(seen: set[T], value: T) -> None:
    if len(seen) >= REMEMBERED:
        seen.clear()
    seen.add(value)


def _sketch() -> TupleSketch:
    sketch = TupleSketch(K)
    sketch.limit = ROOM
    return sketch
