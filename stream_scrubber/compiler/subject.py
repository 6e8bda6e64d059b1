"""Whose record it is: the canonical text of the policy's subject, for randomness that must be one per subject."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from stream_scrubber.codec.numbers import exact, spell
from stream_scrubber.scrubbers.identifiers import canonical_text
from stream_scrubber.scrubbers.nobody import NOBODY, nobody_set
from stream_scrubber.selectors import Kind, Selector


def compile_subject(selector: Selector | None) -> Callable[[dict[str, Any]], str | None]:
    """`raw object → text`. None when the field is missing, null, nobody, or no text and no number."""
    if selector is None:
        return lambda _raw: None
    steps: list[Any] = [step.name if step.kind is Kind.NAME else step.index for step in selector.steps]
    nobody = nobody_set(NOBODY)

    def run(raw: dict[str, Any]) -> str | None:
        value: Any = raw
        for step in steps:
            if type(value) is not (dict if type(step) is str else list):
                return None
            try:
                value = value[step]
            except (KeyError, IndexError):
                return None
        text = _text(value)
        return None if text is None or text.lower() in nobody else text

    return run


def _text(value: Any) -> str | None:
    kind = type(value)
    if kind is str:
        return canonical_text(value)
    return spell(exact(value)) if kind is int or kind is float or kind is Decimal else None
