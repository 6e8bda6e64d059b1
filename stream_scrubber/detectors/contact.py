"""How a person can be reached: email addresses and phone numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from stream_scrubber.detectors.base import MANY_DIGITS, Detector, Find, Span

_LOCAL_BACKWARDS = re.compile(r"[\w.%+'\-]+")
_DOMAIN = re.compile(
    r"(?:[^\W_][\w\-]{0,62}+\.)+(?:[^\W\d_]{2,24}|xn--[a-z0-9\-]{2,59})(?![\w\-]*@)", re.IGNORECASE
)
_QUOTES = ".'%-+"


@dataclass(frozen=True, slots=True)
class Email(Detector):
    """Email addresses, international ones too: everything that reads as `local@label.tld`."""

    name: ClassVar[str] = "email"
    trigger: ClassVar[tuple[str, ...]] = ("@",)
    digits: ClassVar[bool] = False
    source: ClassVar[str] = "RFC 5322, RFC 6531 (without quoted local parts and comments)"
    finds: ClassVar[tuple[str, ...]] = (
        "jane.doe@mail1.example",
        "fine.late12@mail12.example",
        "o'neil+tag@sub.mail-server.co.uk",
        "JOSÉ@exämple.org",
    )
    leaves: ClassVar[tuple[str, ...]] = (
        "meet @ noon",
        "see @jane",
        "2 kg @ 3.50",
        "root@localhost",
        "@media.print",
    )

    def build(self) -> Find:
        return _emails


def _emails(text: str) -> list[Span]:
    """From every @, the domain to its right and the local part to its left; linear, as neither has an @."""
    found: list[Span] = []
    before = 0
    at = text.find("@")
    while at >= 0:
        domain = _DOMAIN.match(text, at + 1)
        local = _LOCAL_BACKWARDS.match(text[before:at][::-1])
        if domain and local:
            start = at - local.end()
            while start < at and text[start] in _QUOTES:
                start += 1
            if start < at:
                found.append(Span(start, domain.end(), "email"))
        before = at + 1
        at = text.find("@", before)
    return found


_INTERNATIONAL = re.compile(r"(?<![\w+])(?:\+|00)[ (]{0,2}[1-9](?:[ ./()\-]{0,3}[0-9]){6,14}(?![0-9])")


@dataclass(frozen=True, slots=True)
class Phone(Detector):
    """Phone numbers in international form."""

    name: ClassVar[str] = "phone"
    trigger: ClassVar[str] = MANY_DIGITS
    source: ClassVar[str] = "ITU-T E.164"
    finds: ClassVar[tuple[str, ...]] = ("+49 30 123 4567", "+1 (212) 555-0123", "0049 30 1234567")
    leaves: ClassVar[tuple[str, ...]] = ("1+1 2", "the year 2026", "+12 points")

    def build(self) -> Find:
        return _phones


def _phones(text: str) -> list[Span]:
    return [Span(m.start(), m.end(), "phone") for m in _INTERNATIONAL.finditer(text)]
