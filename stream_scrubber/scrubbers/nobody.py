"""Values that mean "nobody": they become null, never a pseudonym and never a mismatch.

One id that a million devices share (the all-zero advertising id of a limited-tracking phone) would otherwise
become one subject with a million records, and would hide real small crowds behind it."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import Field, StrictStr

NOBODY = (
    "unknown",
    "undefined",
    "null",
    "none",
    "nil",
    "n/a",
    "na",
    "-",
    "-1",
    "00000000-0000-0000-0000-000000000000",
)
"""The default of the parameter `nobody`. The empty string counts always."""

Nobody = Annotated[tuple[StrictStr, ...], Field(max_length=1000)]
"""Texts that become null, in any letter case; UUIDs with or without hyphens."""


def nobody_set(texts: tuple[str, ...]) -> frozenset[str]:
    """What a lower-case text is looked up in. UUIDs are listed with and without their hyphens."""
    lowered = {unicodedata.normalize("NFC", text).lower() for text in texts} | {""}
    return frozenset(lowered | {text.replace("-", "") for text in lowered if len(text) == 36})
