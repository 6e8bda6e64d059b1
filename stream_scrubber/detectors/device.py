"""Identifiers of devices and of things: UUID and IMEI."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from stream_scrubber.detectors.base import Detector, Find, Span, standing_alone
from stream_scrubber.detectors.context import near
from stream_scrubber.detectors.payment import luhn

_UUID = re.compile(
    r"(?<![0-9A-Za-z])[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}(?![0-9A-Za-z])"
)


@dataclass(frozen=True, slots=True)
class Uuid(Detector):
    """UUIDs with hyphens, of any version: advertising ids, device ids, session ids."""

    name: ClassVar[str] = "uuid"
    trigger: ClassVar[str] = standing_alone(_UUID.pattern)
    source: ClassVar[str] = "RFC 9562"
    finds: ClassVar[tuple[str, ...]] = (
        "5f0c1c1e-9a58-4b5e-a0de-3a9e4f6b1c11",
        "5F0C1C1E-9A58-4B5E-A0DE-3A9E4F6B1C11",
    )
    leaves: ClassVar[tuple[str, ...]] = ("5f0c1c1e-9a58-4b5e-a0de", "12345678-1234-1234")

    def build(self) -> Find:
        return _uuids


def _uuids(text: str) -> list[Span]:
    return [Span(m.start(), m.end(), "uuid") for m in _UUID.finditer(text)]


_IMEI = re.compile(r"(?<![0-9])(?<![0-9][ \-])[0-9]{2}[ \-/]?[0-9]{6}[ \-/]?[0-9]{6}[ \-/]?[0-9](?![0-9])")
_IMEI_FORM = re.compile(r"[0-9]{2}([ \-/])[0-9]{6}\1[0-9]{6}\1[0-9]")


@dataclass(frozen=True, slots=True)
class Imei(Detector):
    """IMEIs of phones: 15 digits with a Luhn check digit, grouped 2-6-6-1 or named as such."""

    name: ClassVar[str] = "imei"
    trigger: ClassVar[str] = r"[0-9]{2}[ \-/]?[0-9]{6}[ \-/]?[0-9]{6}[ \-/]?[0-9](?:[^0-9]|$)"
    source: ClassVar[str] = "3GPP TS 23.003"
    finds: ClassVar[tuple[str, ...]] = (
        "49-015420-323751-8",
        "IMEI «490154203237518»",
        "device imei is «490154203237518»",
    )
    leaves: ClassVar[tuple[str, ...]] = ("IMEI 490154203237517", "490154203237518")

    def build(self) -> Find:
        named = near(r"imei|device|handset|serial|telefon|phone|ger[aä]t")

        def imeis(text: str) -> list[Span]:
            return [
                Span(m.start(), m.end(), "imei")
                for m in _IMEI.finditer(text)
                if luhn("".join(filter(str.isdigit, m[0])))
                and (_IMEI_FORM.fullmatch(m[0]) or named(text, m.start(), m.end()))
            ]

        return imeis
