"""The written forms of network and device identifiers, each with one canonical text. What does not fit is a
mismatch: a value that nobody expected must not pass as if it were known."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from stream_scrubber.errors import Mismatch

_SEPARATORS = re.compile(r"[ .()/-]+")
_MAC = re.compile(
    r"[0-9a-f]{2}(?::[0-9a-f]{1,2}){5}|[0-9a-f]{2}(?:-[0-9a-f]{2}){5}|[0-9a-f]{4}(?:\.[0-9a-f]{4}){2}|[0-9a-f]{12}"
)
_EMAIL = re.compile(r"[^\s@\x00-\x1f]{1,64}@[^\s@\x00-\x1f]{1,255}")
_TWO_DIGITS = frozenset(
    [
        "20",
        "27",
        "30",
        "31",
        "32",
        "33",
        "34",
        "36",
        "39",
        "40",
        "41",
        "43",
        "44",
        "45",
        "46",
        "47",
        "48",
        "49",
        "51",
        "52",
        "53",
        "54",
        "55",
        "56",
        "57",
        "58",
        "60",
        "61",
        "62",
        "63",
        "64",
        "65",
        "66",
        "81",
        "82",
        "84",
        "86",
        "90",
        "91",
        "92",
        "93",
        "94",
        "95",
        "98",
    ]
)


def digits_of(text: str, least: int, most: int) -> str:
    """The digits of a number written with the usual separators."""
    digits = _SEPARATORS.sub("", text)
    if not (digits.isascii() and digits.isdigit() and least <= len(digits) <= most):
        raise Mismatch("bad_form")
    return digits


def mac(text: str) -> str:
    """12 hexadecimal digits, lower-case."""
    lowered = text.lower()
    if not _MAC.fullmatch(lowered):
        raise Mismatch("bad_form")
    if ":" in lowered:
        return "".join(part.rjust(2, "0") for part in lowered.split(":"))
    return lowered.replace("-", "").replace(".", "")


def luhn_valid(digits: str) -> bool:
    """The last digit is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) << (place & 1)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def imei(text: str) -> str:
    """The 14 digits that name the device: of an IMEI (15, the last a check digit) or an IMEISV (16)."""
    digits = digits_of(text, 14, 16)
    if len(digits) == 15 and digits[14] != "0" and not luhn_valid(digits):
        raise Mismatch("bad_form")
    return digits[:14]


def imsi(text: str) -> str:
    """14 or 15 digits: country, network, subscriber (ITU-T E.212)."""
    return digits_of(text, 14, 15)


def msisdn(text: str) -> str:
    """7 to 15 digits beginning with the country's code (ITU-T E.164), without `+` or `00`."""
    text = text.strip()
    text = text[1:] if text.startswith("+") else text.removeprefix("00")
    digits = digits_of(text, 7, 15)
    if digits[0] == "0":
        raise Mismatch("bad_form")
    return digits


def calling_code(digits: str) -> str:
    """The country's code at the start of an E.164 number."""
    if digits[0] in "17":
        return digits[0]
    return digits[:2] if digits[:2] in _TWO_DIGITS else digits[:3]


def email(text: str) -> str:
    """The address in lower case."""
    lowered = text.strip().lower()
    if not _EMAIL.fullmatch(lowered):
        raise Mismatch("bad_form")
    return lowered


def ssid(text: str) -> str:
    """The network's name, without the quotes that Android puts around it and without `_nomap`."""
    if len(text) >= 2 and text[0] == text[-1] == '"':
        text = text[1:-1]
    text = text.removesuffix("_nomap")
    if len(text.encode("utf-8", "surrogatepass")) > 32:
        raise Mismatch("bad_form")
    return text


FORMS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {"mac": mac, "imei": imei, "imsi": imsi, "msisdn": msisdn, "email": email, "ssid": ssid}
)
"""Forms by the name that `pseudonym: {form: …}` takes."""

FORM_NOBODY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "mac": ("000000000000", "020000000000", "ffffffffffff"),
        "imei": ("0" * 14, "0" * 15, "0" * 16, "004999010640000"),
        "imsi": ("0" * 14, "0" * 15),
        "msisdn": ("0000000", "anonymous", "restricted", "unavailable"),
        "email": (),
        "ssid": ("<unknown ssid>", "__any__"),
    }
)
"""What stands for nobody in each form, in its canonical text: what phones answer to apps without
permission."""
