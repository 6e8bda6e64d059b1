"""Every word of everything released, so that a canary is sought everywhere at the price of a few look-ups.

What is found: a canary that stands between separators, also percent-, hex- or base64-encoded, also as a word
of a hex- or base64-encoded text, and the first bits of an unkeyed digest of it; one with blanks if it is a
whole JSON string, or has a digit and at most `MOST_WORDS` words. What is not: a canary grown together with
its neighbours. That is left to the search in the record's own output, which finds any part of the text.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from stream_scrubber.verify.forms import DIGEST_BYTES, SHORTEST, Needles, views

MOST_WORDS = 5
LONGEST = 256  # a longer token is a document, whose words count

_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"')
_WORD = re.compile(rb"""[^\s"',;<>(){}\[\]]+""")
_PART = re.compile(rb"[\w.@+-]+")
_HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){6,}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{8,}={0,2}")
_DIGIT = re.compile(rb"\d")
_PUNCTUATION = b".:!?"


class TokenIndex:
    """Words → the first place they were seen at."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._words: dict[bytes, str] = {}
        self._digests: dict[bytes, str] = {}

    def add(self, text: bytes, place: str) -> None:
        """Everything of this text was released at `place`."""
        for view in views(text):
            self._add(view, place, encoded=True)

    def find(self, needles: Needles) -> tuple[str, str] | None:
        """`(place, form)` of a canary, or None. Short ones are not sought: they would be found by chance."""
        if not needles.digests:
            return None
        place = self._words.get(needles.plain)
        if place is not None:
            return place, "plain"
        for name, digest in needles.digests:
            place = self._digests.get(digest)
            if place is not None:
                return place, name
        return None

    def _add(self, text: bytes, place: str, *, encoded: bool) -> None:
        found = {text, *_QUOTED.findall(text), *_WORD.findall(text), *_PART.findall(text), *_packed(text)}
        for token in found - self._seen:
            if not SHORTEST <= len(token) <= LONGEST:
                continue
            self._seen.add(token)
            for word in (token, token.strip(_PUNCTUATION)):
                small = word.lower()
                # one object for set and dictionary where nothing changed: there are millions
                self._words.setdefault(token if small == token else small, place)
            if b" " in token:
                for run in _runs_of_words(token):
                    self._words.setdefault(run.lower(), place)
            elif encoded:
                self._add_decoded(token, place)

    def _add_decoded(self, token: bytes, place: str) -> None:
        for content in _decoded(token):
            self._digests.setdefault(content[:DIGEST_BYTES], place)
            if content.isascii() and content.decode().isprintable():
                self._add(content, place, encoded=False)


def _packed(text: bytes) -> Iterator[bytes]:
    """What may be base64. A slash belongs to its alphabet or parts it from a path: both are tried."""
    for run in _BASE64.findall(text):
        yield run
        for slash in re.finditer(b"/", run):
            yield run[slash.end() :]


def _runs_of_words(text: bytes) -> Iterator[bytes]:
    """Neighbouring words with a digit among them, without punctuation around: phone numbers, user agents."""
    if not _DIGIT.search(text):
        return
    words = text.split()
    for size in range(2, min(MOST_WORDS, len(words)) + 1):
        for start in range(len(words) - size + 1):
            run = b" ".join(words[start : start + size])
            if _DIGIT.search(run):
                yield run.strip(_PUNCTUATION)


def _decoded(token: bytes) -> Iterator[bytes]:
    """The token as hex and as base64, if it can be either."""
    if _HEX.fullmatch(token):
        yield bytes.fromhex(token.decode())
    if _BASE64.fullmatch(token):
        bare = token.rstrip(b"=")
        if len(bare) % 4 != 1:  # one character too many for any base64
            yield base64.urlsafe_b64decode(bare.replace(b"+", b"-").replace(b"/", b"_") + b"==")
