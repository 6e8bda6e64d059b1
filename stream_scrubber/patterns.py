"""Regular expressions that people write: in rules, in masks, as topic names. They run on RE2, and only here.

RE2 takes time linear in the text whatever the pattern, so that neither a policy nor an event can stall a worker.
"""

from __future__ import annotations

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
