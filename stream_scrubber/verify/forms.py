"""The forms in which a canary may hide, and the text in which it is sought.

Rules:

- What can be undone is undone once in the haystack, not redone for every canary: letter case, percent
  encoding, JSON escapes, hex (from either nibble), base64 (both alphabets, from each of four characters: that
  covers the three alignments and text grown together with it).
- What cannot be undone is a needle: MD5, SHA-1 and SHA-256 without a key, of the canary as it stands and
  lower-cased. The first 64 bits are sought, so a digest that was cut short is found, too.
- A canary of fewer than six bytes is sought as it stands only: encoded, it would be found by chance.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from itertools import chain
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from stream_scrubber.record import Record

SHORTEST = 6
DIGEST_BYTES = 8
DIGESTS = {"md5": hashlib.md5, "sha1": hashlib.sha1, "sha256": hashlib.sha256}

_HEX = re.compile(rb"[0-9a-fA-F]{12,}")
_LONG_HEX = re.compile(rb"[0-9a-fA-F]{32,}")  # never the base64 of a text, and keyed pseudonyms are often hex
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{8,}")
_FIRST_ALPHABET = bytes.maketrans(b"-_", b"+/")
_REPEATED = 1 << 14  # canaries of a person come again and again, those of an event never


class Needles(NamedTuple):
    """What a canary looks like where everything that can be undone is undone."""

    plain: bytes
    """lower-cased"""
    digests: tuple[tuple[str, bytes], ...]
    """`(name, first bytes)` of each"""


class Haystack(NamedTuple):
    """Some texts, ready to be searched: lower-cased as they stand, lower-cased decoded, and decoded."""

    plain: bytes
    encoded: bytes
    binary: bytes

    @classmethod
    def of(cls, *texts: bytes) -> Haystack:
        everything = b"\n".join(view for text in texts for view in views(text))
        binary = decoded(everything)
        return cls(everything.lower(), binary.lower(), binary)

    def find(self, needles: Needles) -> str:
        """How the canary is there: `plain`, `encoded`, the name of a digest, or '' for not at all."""
        if needles.plain in self.plain:
            return "plain"
        if not needles.digests:
            return ""
        if needles.plain in self.encoded:
            return "encoded"
        for name, digest in needles.digests:
            if digest in self.binary:
                return name
        return ""


@lru_cache(_REPEATED)
def needles_of(canary: str) -> Needles:
    """All needles of one canary."""
    plain = canary.encode()
    small = plain.lower()
    if len(plain) < SHORTEST:
        return Needles(small, ())
    variants = (plain,) if small == plain else (plain, small)
    return Needles(
        small,
        tuple(
            (name, digest(text, usedforsecurity=False).digest()[:DIGEST_BYTES])
            for name, digest in DIGESTS.items()
            for text in variants
        ),
    )


def texts_of(record: Record) -> tuple[bytes, ...]:
    """All that a reader sees of a record, but its topic."""
    headers = (text for name, value in record.headers or () for text in (name.encode(), value or b""))
    return record.value or b"", record.key or b"", str(record.timestamp).encode(), *headers


def views(text: bytes) -> list[bytes]:
    """The text as it stands, and without percent encoding and JSON escapes if it has any."""
    seen = [text]
    if b"%" in text:
        seen.append(unquote_to_bytes(text))
        seen.append(unquote_to_bytes(text.replace(b"+", b" ")))
    if b"\\" in text:
        with suppress(ValueError, RecursionError):  # no JSON: then a backslash is a backslash
            seen.append("\n".join(_strings(json.loads(text))).encode(errors="replace"))
    return seen


def decoded(text: bytes) -> bytes:
    """Every run of hex and base64 in the text, decoded from every place at which it may begin."""
    hexes = _HEX.findall(text)
    packed = _BASE64.findall(_LONG_HEX.sub(b" ", text).translate(_FIRST_ALPHABET))
    return b"\n".join(
        chain((_unhex(hexes, skip) for skip in (0, 1)), (_unpack(packed, skip) for skip in range(4)))
    )


def _unhex(runs: Iterable[bytes], skip: int) -> bytes:
    return bytes.fromhex("0a".join(run[skip : len(run) - (len(run) - skip) % 2].decode() for run in runs))


def _unpack(runs: Iterable[bytes], skip: int) -> bytes:
    # what a run lacks to a multiple of four is made up: the bytes before are right all the same
    return base64.b64decode(b"CgoK".join(run[skip:] + b"AAA"[: (skip - len(run)) % 4] for run in runs))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from chain(value, *map(_strings, value.values()))
    elif isinstance(value, list):
        yield from chain.from_iterable(map(_strings, value))
