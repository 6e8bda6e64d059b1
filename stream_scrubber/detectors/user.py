"""Patterns that a policy author writes. They run on RE2, which is linear in the text whatever the pattern."""

from __future__ import annotations

from typing import Any

from stream_scrubber.detectors.base import Find, Span
from stream_scrubber.patterns import BadPatternError, linear, without_surrogates


def compiled(name: str, pattern: str) -> Any:
    """The pattern in RE2. Raises ValueError, naming the pattern, if RE2 refuses it or it matches empty text."""
    try:
        expression = linear(pattern)
    except BadPatternError as error:
        raise ValueError(f'pattern "{name}": {error}') from None
    if expression.fullmatch(""):
        raise ValueError(f'pattern "{name}" matches the empty text')
    return expression


def pattern_find(name: str, pattern: str) -> Find:
    """Finds `pattern` in folded text, under the entity `name`."""
    finditer = compiled(name, pattern).finditer

    def find(text: str) -> list[Span]:
        return [Span(match.start(), match.end(), name) for match in finditer(without_surrogates(text)) if match.end() > match.start()]

    return find
