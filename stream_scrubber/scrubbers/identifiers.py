"""Identifiers: tokens that are equal for equal values inside one realm, domain and epoch, and nowhere
else."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Literal

from stream_scrubber.codec.json import LARGEST_INTEGER, SMALLEST_INTEGER
from stream_scrubber.errors import Mismatch
from stream_scrubber.scrubbers.base import (
    Action,
    BuildContext,
    Example,
    Family,
    Scrubber,
    Takes,
    same,
    verdict,
)
from stream_scrubber.scrubbers.forms import FORM_NOBODY, FORMS
from stream_scrubber.scrubbers.nobody import NOBODY, Nobody, nobody_set
from stream_scrubber.scrubbers.units import Name

VERSION = b"\x01"
"""Version of the input's form. Changing what `canonical` or the prefix does changes it, and with it all
tokens."""

DIGEST_SIZE = 15
"""Bytes kept: 120 bits, which are 24 characters of base32 without padding."""

Form = Literal["text", "mac", "imei", "imsi", "msisdn", "email", "ssid"]

_UUID_SIZES = (32, 36)
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


def canonical_text(value: str) -> str:
    """One text for the spellings of one id: Unicode NFC; UUIDs in lower case without hyphens."""
    if not value.isascii():
        return unicodedata.normalize("NFC", value)
    if len(value) not in _UUID_SIZES:
        return value
    try:
        data = bytes.fromhex(value.replace("-", ""))
    except ValueError:
        return value
    return data.hex() if len(data) == 16 else value  # 32 digits; the rest was hyphens or white space


def length_prefixed(*parts: str) -> bytes:
    """The parts as UTF-8, each behind its length in two bytes, so that no two lists of parts are the same
    bytes."""
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(2, "big") + part for part in encoded)


def require_key(context: BuildContext) -> bytes:
    """The epoch's key. A keyed function under an empty key would be an unkeyed hash: that is never built."""
    if len(context.key) < 16:
        raise ValueError("a keyed scrubber needs the epoch's key")
    return context.key


@cache
def base32_pairs() -> tuple[str, ...]:
    """Two characters for each 10 bits: twelve look-ups spell a token. Larger groups would need fewer look-ups
    in a table that no processor's cache holds."""
    return tuple(a + b for a in _ALPHABET for b in _ALPHABET)


@dataclass(frozen=True)
class Pseudonym(Scrubber):
    """A token of 24 characters (120 bits, lower-case base32): a keyed BLAKE2b of the value.

    Equal values give equal tokens inside one realm, `domain` and epoch; across any of the three nothing links
    them without the key. Strings are taken in Unicode NFC, UUIDs in any case and with or without hyphens,
    integers as their decimal text. The empty string and the `nobody` values become null. Decimals, booleans,
    objects and arrays are a mismatch.

    `form` declares what the value is, so that all its spellings have one token and anything else is the
    mismatch `bad_form`: `mac` (also a BSSID), `ssid`, `imei` (without check digit or software version),
    `imsi`, `msisdn` (E.164, with `+`, `00` or neither), `email` (lower case)."""

    domain: Name
    nobody: Nobody = NOBODY
    form: Form = "text"

    name: ClassVar[str] = "pseudonym"
    family: ClassVar[Family] = Family.PSEUDONYMIZATION
    takes: ClassVar[frozenset[Takes]] = frozenset({Takes.STRING, Takes.INTEGER})
    needs_key: ClassVar[bool] = True
    worth_remembering: ClassVar[bool] = True
    leaves_open: ClassVar[str] = (
        "All records of one subject and epoch stay linked; what they show together can single it out."
    )
    source: ClassVar[str] = "BLAKE2 (RFC 7693), keyed mode; base32 of RFC 4648"
    examples: ClassVar[tuple[Example, ...]] = (
        Example("u-42", parameters="user", matches="[a-z2-7]{24}"),
        Example(42, parameters={"domain": "user"}, matches="[a-z2-7]{24}"),
        Example("5F0C1C1E-9A58-4B5E-A0DE-3A9E4F6B1C11", parameters="message", matches="[a-z2-7]{24}"),
        Example("", None, "user"),
        Example("00000000-0000-0000-0000-000000000000", None, "ad"),
        Example("00000000000000000000000000000000", None, "ad"),
        Example("Unknown", None, "user"),
        Example(-1, None, "user"),
        Example("guest", None, {"domain": "user", "nobody": ["guest"]}),
        Example("AA-BB-CC-0D-EE-FF", parameters={"domain": "ap", "form": "mac"}, matches="[a-z2-7]{24}"),
        Example("02:00:00:00:00:00", None, {"domain": "ap", "form": "mac"}),
        Example(
            '"Home Sweet Home_nomap"', parameters={"domain": "wifi", "form": "ssid"}, matches="[a-z2-7]{24}"
        ),
        Example("49015420323751", parameters={"domain": "phone", "form": "imei"}, matches="[a-z2-7]{24}"),
        Example("0049 30 1234567", parameters={"domain": "phone", "form": "msisdn"}, matches="[a-z2-7]{24}"),
        Example("not a mac", refuses="bad_form", parameters={"domain": "ap", "form": "mac"}),
        Example("jane", refuses="bad_form", parameters={"domain": "user", "form": "email"}),
        Example(10**40, refuses="number_range", parameters="user"),
        Example(4.2, refuses="type", parameters="user"),
        Example(given=True, refuses="type", parameters="user"),
        Example(["u-42"], refuses="type", parameters="user"),
        Example("\ud800", refuses="bad_text", parameters="user"),
    )

    def build(self, context: BuildContext) -> Action:
        nobody = nobody_set(self.nobody + FORM_NOBODY.get(self.form, ()))
        require_key(context)
        prefix = VERSION + length_prefixed(context.realm, self.domain)
        fresh = hashlib.blake2b(prefix, digest_size=DIGEST_SIZE, key=context.key).copy
        two, lengths = base32_pairs(), frozenset(map(len, nobody))
        number = int.from_bytes

        def pseudonym(value: Any) -> str | None:
            if type(value) is str:
                if len(value) in _UUID_SIZES or not value.isascii():
                    text = canonical_text(value)
                    if text.lower() in nobody:
                        return None
                else:
                    text = value
                    if len(text) in lengths and text.lower() in nobody:
                        return None
            elif type(value) is int:
                if not SMALLEST_INTEGER <= value <= LARGEST_INTEGER:
                    raise Mismatch("number_range")
                text = str(value)
                if text in nobody:
                    return None
            else:
                raise Mismatch("type")
            state = fresh()
            try:
                state.update(text.encode())
            except UnicodeEncodeError:
                raise Mismatch("bad_text") from None
            n = number(state.digest(), "big")
            a, b, c, d = n >> 90, n >> 60 & 0x3FFFFFFF, n >> 30 & 0x3FFFFFFF, n & 0x3FFFFFFF
            return (
                f"{two[a >> 20]}{two[a >> 10 & 1023]}{two[a & 1023]}{two[b >> 20]}{two[b >> 10 & 1023]}"
                f"{two[b & 1023]}{two[c >> 20]}{two[c >> 10 & 1023]}{two[c & 1023]}{two[d >> 20]}"
                f"{two[d >> 10 & 1023]}{two[d & 1023]}"
            )

        return pseudonym if self.form == "text" else _formed(pseudonym, FORMS[self.form], nobody)

    def compare(self, other: Pseudonym) -> bool | None:
        more, less = nobody_set(self.nobody), nobody_set(other.nobody)
        nobodies = 0 if more == less else 1 if more > less else -1 if more < less else None
        return verdict(same(self.domain, other.domain), same(self.form, other.form), nobodies)


def _formed(pseudonym: Action, form: Callable[[str], str], nobody: frozenset[str]) -> Action:
    def pseudonym_of_form(value: Any) -> Any:
        if type(value) is not str:
            return pseudonym(form(str(value)) if type(value) is int and 0 < value < 10**16 else value)
        if value.strip().lower() in nobody:
            return None
        return pseudonym(form(value))

    return pseudonym_of_form
