"""Regular expressions that people write: in rules, in masks, as topic names. They run on RE2, and only here.

RE2 takes time linear in the text whatever the pattern, so that neither a policy nor an event can stall a worker.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import re2


class BadPatternError(ValueError):
    """A pattern that RE2 does not take. Its text is RE2's and quotes nothing but the pattern."""


@lru_cache(maxsize=256)
def linear(pattern: str) -> Any:
    """`pattern` in RE2. Raises `BadPatternError`."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        why = error.args[0] if error.args else b""
        raise BadPatternError(why.decode(errors="replace") if isinstance(why, bytes) else "refused") from None


@lru_cache(maxsize=256)
def whole(pattern: str) -> Any:
    """Says whether a whole text matches. A set of one pattern: it makes no match objects, which cost more than
    matching does. Raises `BadPatternError`."""
    linear(pattern)
    options = re2.Options()
    options.log_errors = False
    patterns = re2.Set.FullMatchSet(options)
    patterns.Add(pattern)
    patterns.Compile()
    return patterns.Match


_SURROGATE = re.compile("[\ud800-\udfff]")
_MEMORY = 64 << 20
"""Bytes for the automaton of a set. RE2 begins anew when it is full; far less than this it could not begin at all."""


def without_surrogates(text: str) -> str:
    """RE2 takes UTF-8, which lone surrogates have no place in: any other single character stands for them."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def which(patterns: Sequence[str]) -> Callable[[str], Sequence[int]]:
    """A function that says which of `patterns` occur in a text, by position, after one pass over it."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    together = re2.Set.SearchSet(options)
    for pattern in patterns:
        together.Add(pattern)
    together.Compile()
    match = together.Match

    def found(text: str) -> Sequence[int]:
        return match(text if text.isascii() else without_surrogates(text)) or ()

    return found
