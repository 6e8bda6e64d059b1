"""Numbers of devices and subscribers, cut to the part that many share. For tokens of them: `pseudonym` with
`form`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from stream_scrubber.errors import Mismatch
from stream_scrubber.scrubbers import forms
from stream_scrubber.scrubbers.base import (
    TEXT,
    Action,
    BuildContext,
    Example,
    Family,
    Scrubber,
    Takes,
    less_is_tighter,
    same,
    verdict,
)
from stream_scrubber.scrubbers.nobody import NOBODY, Nobody, nobody_set

_NUMBER_OR_TEXT = frozenset({Takes.STRING, Takes.INTEGER})


def on_form(form: str, listed: tuple[str, ...], cut: Callable[[str], str | None], *, numbers: bool) -> Action:
    """Applies `cut` to the canonical text of an identifier; nobody becomes None."""
    nobody = nobody_set(listed + forms.FORM_NOBODY[form])
    canonical = forms.FORMS[form]

    def shortened(value: Any) -> str | None:
        if numbers and type(value) is int and -1 <= value < 10**16:
            value = str(value)
        if type(value) is not str:
            raise Mismatch("type")
        if value.strip().lower() in nobody:
            return None
        text = canonical(value)
        return None if text in nobody else cut(text)

    return shortened


@dataclass(frozen=True)
class Mac(Scrubber):
    """The vendor's prefix of a MAC address or BSSID, as `aa:bb:cc`; for a random address of a phone, `local`.

    Colons, hyphens, dots or none, in any case; what Android answers without permission (`02:00:00:00:00:00`),
    the empty string and `nobody` values become null; anything else is the mismatch `bad_form`. For a token
    that can be joined: `pseudonym: { domain: ap, form: mac }`."""

    to: Literal["vendor"] = "vendor"
    nobody: Nobody = NOBODY

    name: ClassVar[str] = "mac"
    family: ClassVar[Family] = Family.GENERALIZATION
    takes: ClassVar[frozenset[Takes]] = TEXT
    leaves_open: ClassVar[str] = "The maker of the network card; a rare maker singles a device out."
    source: ClassVar[str] = "IEEE 802, clause 8.2 (local bit)"
    examples: ClassVar[tuple[Example, ...]] = (
        Example("3C-22-FB-0D-EE-FF", "3c:22:fb"),
        Example("3c22.fb0d.eeff", "3c:22:fb"),
        Example("da:a1:19:0d:ee:ff", "local"),
        Example("02:00:00:00:00:00", None),
        Example("", None),
        Example("3c:22:fb", refuses="bad_form"),
        Example("3c:22:fb:0d:ee:fg", refuses="bad_form"),
        Example("jane", refuses="bad_form"),
        Example(112233445566, refuses="type"),
    )

    def build(self, context: BuildContext) -> Action:
        return on_form("mac", self.nobody, _vendor, numbers=False)


def _vendor(digits: str) -> str:
    return "local" if int(digits[1], 16) & 2 else f"{digits[:2]}:{digits[2:4]}:{digits[4:6]}"


@dataclass(frozen=True)
class Imei(Scrubber):
    """The model of a phone: the first 8 digits (TAC) of its IMEI or IMEISV.

    Digits with the usual separators; a wrong check digit is the mismatch `bad_form`. For a token:
    `pseudonym: { domain: phone, form: imei }`.
    """

    to: Literal["model"] = "model"
    nobody: Nobody = NOBODY

    name: ClassVar[str] = "imei"
    family: ClassVar[Family] = Family.GENERALIZATION
    takes: ClassVar[frozenset[Takes]] = _NUMBER_OR_TEXT
    leaves_open: ClassVar[str] = "The model of the phone; a rare model singles its owner out."
    source: ClassVar[str] = "3GPP TS 23.003, clause 6.2"
    examples: ClassVar[tuple[Example, ...]] = (
        Example("490154203237518", "49015420"),
        Example("49-015420-323751-8", "49015420"),
        Example("4901542032375101", "49015420"),
        Example(490154203237518, "49015420"),
        Example("000000000000000", None),
        Example("490154203237517", refuses="bad_form"),
        Example("49015420", refuses="bad_form"),
        Example(4.9, refuses="type"),
        Example(10**40, refuses="type"),
    )

    def build(self, context: BuildContext) -> Action:
        return on_form("imei", self.nobody, lambda digits: digits[:8], numbers=True)


@dataclass(frozen=True)
class Imsi(Scrubber):
    """The `network` (first 5 digits: country and network, of which some countries use one digit more) or the
    `country` (3 digits) of a subscriber's IMSI. For a token: `pseudonym: { domain: subscriber, form: imsi }`.
    """

    to: Literal["network", "country"] = "network"
    nobody: Nobody = NOBODY

    name: ClassVar[str] = "imsi"
    family: ClassVar[Family] = Family.GENERALIZATION
    takes: ClassVar[frozenset[Takes]] = _NUMBER_OR_TEXT
    leaves_open: ClassVar[str] = "The home network; abroad, the few customers of a small one stand out."
    source: ClassVar[str] = "ITU-T E.212"
    examples: ClassVar[tuple[Example, ...]] = (
        Example("262011234567890", "26201"),
        Example(262011234567890, "262", "country"),
        Example("000000000000000", None),
        Example("26201", refuses="bad_form"),
        Example("26201123456789x", refuses="bad_form"),
        Example(given=True, refuses="type"),
    )

    def build(self, context: BuildContext) -> Action:
        size = {"network": 5, "country": 3}[self.to]
        return on_form("imsi", self.nobody, lambda digits: digits[:size], numbers=True)

    def compare(self, other: Imsi) -> bool | None:
        return verdict(less_is_tighter(self.to, other.to), same(self.nobody, other.nobody))


@dataclass(frozen=True)
class Msisdn(Scrubber):
    """The country's code of a telephone number, as `+49`.

    E.164: `+`, `00` or neither before the country's code, usual separators, 7 to 15 digits. A number with a
    national leading zero is the mismatch `bad_form`. For a token: `pseudonym: { domain: party, form: msisdn
    }`."""

    to: Literal["country"] = "country"
    nobody: Nobody = NOBODY

    name: ClassVar[str] = "msisdn"
    family: ClassVar[Family] = Family.GENERALIZATION
    takes: ClassVar[frozenset[Takes]] = _NUMBER_OR_TEXT
    leaves_open: ClassVar[str] = "The country: calls to a rare one stand out."
    source: ClassVar[str] = "ITU-T E.164"
    examples: ClassVar[tuple[Example, ...]] = (
        Example("+49 30 1234567", "+49"),
        Example("0049301234567", "+49"),
        Example("353-1-2345678", "+353"),
        Example(12025550123, "+1"),
        Example("anonymous", None),
        Example("", None),
        Example("030 1234567", refuses="bad_form"),
        Example("12", refuses="bad_form"),
        Example("+49 30 12345x", refuses="bad_form"),
        Example(["+49301234567"], refuses="type"),
    )

    def build(self, context: BuildContext) -> Action:
        return on_form("msisdn", self.nobody, lambda digits: f"+{forms.calling_code(digits)}", numbers=True)
