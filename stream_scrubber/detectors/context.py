"""Words near a find that tell what it is, where the form alone does not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

Near: TypeAlias = Callable[[str, int, int], bool]
"""Takes a text and a range in it: True if a word that speaks for the find stands close by."""

BEFORE = 48
"""How many characters before a find its context may begin."""
AFTER = 24
"""How many characters behind a find its context may end."""


def near(words: str, *, behind: bool = False, reach: int = BEFORE) -> Near:
    """A search for `words`, alternatives of a regular expression, within `reach` before, or also
    `behind`, a find.

    Words count at the start of a word only, and not inside a placeholder such as `<phone>`.
    """
    search = re.compile(rf"(?<![^\W_])(?<!<)(?:{words})", re.IGNORECASE).search

    def found_before(text: str, start: int, end: int) -> bool:
        return search(text, max(0, start - reach), start) is not None

    def found_around(text: str, start: int, end: int) -> bool:
        return found_before(text, start, end) or search(text, end, end + AFTER) is not None

    return found_around if behind else found_before
