"""What money moves by: payment cards."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from stream_scrubber.detectors.base import Detector, Find, Span, windows

_RUN = re.compile(r"(?<![0-9])[0-9](?:[ .\-]?[0-9]){11,}")
_ISSUERS = re.compile(
    r"4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})"  # Visa
    r"|(?:5[1-5][0-9]{2}|222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}"  # Mastercard
    r"|3[47][0-9]{13}"  # American Express
    r"|3(?:0[0-59]|[689][0-9])[0-9]{11,16}"  # Diners Club
    r"|(?:2131|1800)[0-9]{11}|35(?:2[89]|[3-8][0-9])[0-9]{12,15}"  # JCB
    r"|(?:6011|64[4-9][0-9]|65[0-9]{2}|62[0-9]{2}|81[0-9]{2})[0-9]{12,15}"  # Discover, UnionPay
    r"|(?:50|5[6-9]|6[0-9])[0-9]{10,17}"  # Maestro, RuPay, national schemes
    r"|220[0-4][0-9]{12,15}|9792[0-9]{12}"  # Mir, Troy
)
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def luhn(digits: str) -> bool:
    """True if the last of ASCII `digits` is the check digit of the others (ISO/IEC 7812-1 annex B)."""
    odd = sum(map(int, digits[-1::-2]))
    even = sum(_DOUBLED[int(digit)] for digit in digits[-2::-2])
    return (odd + even) % 10 == 0


@dataclass(frozen=True, slots=True)
class Card(Detector):
    """Payment card numbers of 12 to 19 digits, grouped in any way, by issuer range and Luhn check digit."""

    name: ClassVar[str] = "card"
    trigger: ClassVar[str] = r"[0-9](?:[ .\-]?[0-9]){11}"
    source: ClassVar[str] = "ISO/IEC 7812-1"
    finds: ClassVar[tuple[str, ...]] = (
        "4111111111111111",
        "4111 1111 1111 1111",
        "3782-822463-10005",
        "5500.0000.0000.0004",
        "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
    )
    leaves: ClassVar[tuple[str, ...]] = ("4111111111111112", "1234567890123", "0000000000000000")

    def build(self) -> Find:
        return _cards


def _cards(text: str) -> list[Span]:
    found: list[Span] = []
    for run in _RUN.finditer(text):
        after = run.start()
        for start, end, digits in windows(text, run.start(), run.end(), 12, 19):
            if start >= after and _ISSUERS.fullmatch(digits) and luhn(digits):
                found.append(Span(start, end, "card"))
                after = end
    return found
