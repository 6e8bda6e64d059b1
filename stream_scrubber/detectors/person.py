"""What is said of a person: dates of birth, exact places, handles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from stream_scrubber.detectors.base import Detector, Find, Span
from stream_scrubber.detectors.context import near

_MONTH = (
    r"(?:jan(?:uary|uar|vier|eiro)?|feb(?:ruary|ruar|rero)?|f[ée]vr(?:ier)?|m(?:ar(?:ch|s|zo)?|ärz|rz)|apr(?:il)?|avril|abril|ma[iyo]|mayo"
    r"|jun[ei]?|juin|junio|jul[iy]?|juil(?:let)?|julio|aug(?:ust)?|ao[uû]t|agosto|sep(?:t(?:ember|embre|iembre)?)?"
    r"|o[ck]t(?:ober|obre|ubre)?|nov(?:ember|embre|iembre)?|de[cz](?:ember|embre|iembre)?|d[ée]c(?:embre)?|dic(?:iembre)?|enero)\.?"
)
_DATE = re.compile(
    r"(?<![0-9A-Za-z])(?:(?:19|20)[0-9]{2}(?P<a>[-/.])[01]?[0-9](?P=a)[0-3]?[0-9]"
    r"|[0-3]?[0-9](?P<b>[-/.]) ?[0-3]?[0-9](?P=b) ?(?:(?:18|19|20)[0-9]{2}|[0-9]{2})"
    rf"|[0-3]?[0-9](?:st|nd|rd|th|\.|er|º)?(?: |-|/| de | of )(?:the )?{_MONTH}(?: |-|/|, "
    rf"| de )?(?:(?:19|20)[0-9]{{2}}|'?[0-9]{{2}})"
    rf"|{_MONTH}[ \-][0-3]?[0-9](?:st|nd|rd|th)?,?[ \-](?:19|20)[0-9]{{2}})(?![0-9A-Za-z])",
    re.IGNORECASE,
)


_BIRTH = (
    "born", "birth", "bday", "b-day", "dob", "d.o.b", "geb", "naci", "naiss", "née ", "né ", "nee ",
    "nato", "nata",
    "nasc", "ur.", "urod", "född", "syntyn",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BirthDate(Detector):
    """Dates that a word nearby calls a date of birth. Other dates stay."""

    name: ClassVar[str] = "birth_date"
    trigger: ClassVar[tuple[str, ...]] = _BIRTH
    finds: ClassVar[tuple[str, ...]] = (
        "born on «1990-02-01»",
        "DOB: «02/01/1990»",
        "date of birth «1 February 1990»",
        "geboren am «01.02.1990»",
        "née le «1er février 1990»",
        "her birthday is «Feb 1, 1990»",
    )
    leaves: ClassVar[tuple[str, ...]] = ("delivered on 2026-02-01", "born in Rome", "a birthday cake for 12")

    def build(self) -> Find:
        named = near(
            r"born|birth|bday|b-day|d\.?o\.?b|geb\b|geb\.|geboren|geburt|naci|naiss|n[ée]e? |nato|nata"
            r"|nasc|ur\.|urod|född"
            r"|syntyn"
        )

        def birth_dates(text: str) -> list[Span]:
            return [
                Span(m.start(), m.end(), "birth_date") for m in _DATE.finditer(text) if named(text, *m.span())
            ]

        return birth_dates


_DEGREES = r"[+\-]?(?:[1-9]?[0-9]|1[0-7][0-9])\.[0-9]{4,}"
_COORDINATES = re.compile(
    rf"(?<![\w.])(?:{_DEGREES}(?:°? ?[NSns]\b|°)?\s?[,;/ ]\s?{_DEGREES}(?:°? ?[EWew]\b|°)?"
    r"|[0-9]{1,2}[°º] ?[0-9]{1,2}['′] ?(?:[0-9]{1,2}(?:[.,][0-9]+)?(?:\"|″|'') ?)?[NSns][,; ]{0,2}"
    r"[0-9]{1,3}[°º] ?[0-9]{1,2}['′] ?(?:[0-9]{1,2}(?:[.,][0-9]+)?(?:\"|″|'') ?)?[EWOewo]"
    r")(?![\w.][0-9])"
)
_ONE = re.compile(
    rf"(?<![A-Za-z])(?:latitude|longitude|lat|lng|lon|long)[\"']?\s{{0,2}}[:=]?\s{{0,2}}({_DEGREES})(?![0-9])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Coordinates(Detector):
    """Pairs of latitude and longitude with four decimals or more, or in degrees and minutes; named
    single ones."""

    name: ClassVar[str] = "coordinates"
    trigger: ClassVar[str] = r"[.°º][0-9]{4}|[°º] ?[0-9NSns]"
    source: ClassVar[str] = "ISO 6709"
    finds: ClassVar[tuple[str, ...]] = (
        "52.5234, 13.4114",
        "-33.8688,151.2093",
        "40.7128° N, 74.0060° W",
        "52°31'12\"N 13°24'18\"E",
        "lat=«52.52341»",
    )
    leaves: ClassVar[tuple[str, ...]] = (
        "1.5, 2.5",
        "pi is 3.14159",
        "prices 10.99, 12.99",
        "it was 30° outside",
    )

    def build(self) -> Find:
        return _coordinates


def _coordinates(text: str) -> list[Span]:
    found = [Span(m.start(), m.end(), "coordinates") for m in _COORDINATES.finditer(text)]
    found += [Span(m.start(1), m.end(1), "coordinates") for m in _ONE.finditer(text)]
    return found


_HANDLE = re.compile(r"(?<![\w.@/+\-])@[A-Za-z_][A-Za-z0-9_]{1,29}(?:\.[A-Za-z0-9_]{2,30}){0,4}(?![\w@])")
_NOT_HANDLES = re.compile(
    r"@(?:media|import|charset|font|keyframes|param|return|returns|throws|override|deprecated|see|home|work|noon|example\.com)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Handle(Detector):
    """Names of accounts behind an @, as on social networks."""

    name: ClassVar[str] = "handle"
    trigger: ClassVar[tuple[str, ...]] = ("@",)
    finds: ClassVar[tuple[str, ...]] = ("@jane_doe", "@jane.bsky.social", "@jd1990")
    leaves: ClassVar[tuple[str, ...]] = ("jane@mail.example", "2 @ 3", "@media print", "@5pm")

    def build(self) -> Find:
        return _handles


def _handles(text: str) -> list[Span]:
    return [
        Span(m.start(), m.end(), "handle") for m in _HANDLE.finditer(text) if not _NOT_HANDLES.match(m[0])
    ]
