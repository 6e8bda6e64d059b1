"""Base64 in text: a word that decodes to text in which something is found is found as a whole.

Rule: one layer. What is decoded is scanned, and its own base64 is not decoded again.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode

from stream_scrubber.detectors.base import Find, Span

TRIGGER = r"[0-9A-Za-z+/_\-]{16}"
_WORD = re.compile(r"(?<![0-9A-Za-z+/_\-])[0-9A-Za-z+/_\-]{16,}={0,2}(?![0-9A-Za-z=])")
_STANDARD = str.maketrans("-_", "+/")


def encoded(scan: Find) -> Find:
    """Finds words of base64, plain or URL-safe, in whose text `scan` finds something, under its first entity."""

    def words(text: str) -> list[Span]:
        found: list[Span] = []
        for match in _WORD.finditer(text):
            inner = _decoded(match[0])
            if inner and (spans := scan(inner)):
                found.append(Span(match.start(), match.end(), spans[0].entity))
        return found

    return words


def _decoded(word: str) -> str:
    """The text that `word` is base64 of, or nothing if it is of none that can be read."""
    plain = word.rstrip("=").translate(_STANDARD)
    if len(plain) % 4 == 1:
        return ""
    try:
        text = b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return text if all(char.isprintable() or char in "\r\n\t" for char in text) else ""
