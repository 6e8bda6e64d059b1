"""Detectors for the residual scan, built in another way than those that scrub.

A blind spot of a scrubbing detector must not be one of its check. These do not look for a pattern: they cut
the text into pieces and ask of each piece whether it adds up, by checksum or by its parts. They find fewer
kinds, and rather too little than too much: on clean records they stay silent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TypeAlias

Finds: TypeAlias = Callable[[str], bool]

_OUTSIDE = str.maketrans(dict.fromkeys("<>()[]{}\"'`,;|\t\r\n=", " "))
_DIGITS = frozenset("0123456789")
_RUN = re.compile(r"(?<![0-9A-Za-z])[0-9](?:[ \-.()/]{0,2}+[0-9])*+(?![0-9A-Za-z])")
"""Possessive, so that it takes time linear in the text, and a run never ends before its last digit."""


def email(text: str) -> bool:
    """Something on both sides of an @, and a name with a letter after the last dot."""
    if "@" not in text:
        return False
    for piece in text.translate(_OUTSIDE).split():
        name, at, domain = piece.rpartition("@")
        labels = domain.rstrip(".:!?").split(".")
        if at and name and len(labels) > 1 and all(labels) and len(labels[-1]) > 1 and labels[-1][0].isalpha():
            return True
    return False


def card(text: str) -> bool:
    """13 to 19 digits that pass the checksum of ISO/IEC 7812 (Luhn) and begin as cards do."""
    return any(
        len(run) in range(13, 20) and run[0] in "3456" and len(set(run)) > 1 and luhn(run) for run in _runs(text)
    )


def phone(text: str) -> bool:
    """A plus sign and then 8 to 15 digits (ITU-T E.164)."""
    at = text.find("+")
    while at >= 0:
        digits = next(_runs(text[at + 1 : at + 30]), "")
        if 8 <= len(digits) <= 15 and digits[0] != "0" and text[at + 1 : at + 2] in _DIGITS:
            return True
        at = text.find("+", at + 1)
    return False


def ip(text: str) -> bool:
    """Four numbers up to 255. An address whose last two are 0 is that of a network, and names nobody."""
    if text.count(".") < 3:
        return False
    for piece in text.translate(_OUTSIDE).replace(":", " ").replace("/", " ").split():
        parts = piece.strip(".").split(".")
        if len(parts) == 4 and all(map(_is_octet, parts)) and parts[2:] != ["0", "0"]:
            return True
    return False


def iban(text: str) -> bool:
    """Two letters, then digits and letters that pass the checksum of ISO 13616 (mod 97)."""
    return any(_is_iban(piece.strip(".:!?")) for piece in text.translate(_OUTSIDE).replace("-", "").split())


def mac(text: str) -> bool:
    """Six pairs of hexadecimal digits between colons or dashes."""
    for piece in text.translate(_OUTSIDE).split():
        for mark in ":-":
            pairs = piece.split(mark)
            if len(pairs) == 6 and all(len(pair) == 2 and _is_hex(pair) for pair in pairs):
                return True
    return False


DETECTORS: Mapping[str, Finds] = MappingProxyType(
    {"email": email, "card": card, "phone": phone, "ip": ip, "iban": iban, "mac": mac}
)
"""By entity. The name of this set of detectors in metrics is `independent`."""


def luhn(digits: str) -> bool:
    total = sum(map(int, digits[-1::-2]))
    return (total + sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])) % 10 == 0


def _runs(text: str) -> Iterator[str]:
    """Digits that belong together: at most two separators between two of them, and no letter at either
    end."""
    for found in _RUN.finditer(text):
        yield "".join(filter(_DIGITS.__contains__, found[0]))


def _is_hex(text: str) -> bool:
    return all(character in "0123456789abcdefABCDEF" for character in text)


def _is_octet(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 4 and int(text) < 256


def _is_iban(piece: str) -> bool:
    if not (15 <= len(piece) <= 34 and piece.isascii() and piece.isalnum()):
        return False
    if not (piece[:2].isalpha() and piece[:2].isupper() and piece[2:4].isdigit()):
        return False
    return int("".join(str(int(character, 36)) for character in piece[4:] + piece[:4])) % 97 == 1
