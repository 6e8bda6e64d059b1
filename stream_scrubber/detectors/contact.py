"""How a person can be reached: email addresses and phone numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import ClassVar

from stream_scrubber.detectors.base import Detector, Find, Span
from stream_scrubber.detectors.context import near

_LOCAL_BACKWARDS = re.compile(r"[\w.%+'\-]+")
_DOMAIN = re.compile(
    r"(?:[^\W_][\w\-]{0,62}+\.)+(?:[^\W\d_]{2,24}|xn--[a-z0-9\-]{2,59})(?![\w\-]*@)", re.IGNORECASE
)
_QUOTES = ".'%-+"


@dataclass(frozen=True, slots=True)
class Email(Detector):
    """Email addresses, international ones too: everything that reads as `local@label.tld`, also with
    spaces around the @, or with "at" and "dot" spelled out."""

    name: ClassVar[str] = "email"
    trigger: ClassVar[tuple[str, ...]] = ("@", " dot ", "(dot", "[dot", "(at", "[at")
    source: ClassVar[str] = "RFC 5322, RFC 6531 (without quoted local parts and comments)"
    finds: ClassVar[tuple[str, ...]] = (
        "jane.doe@mail1.example",
        "fine.late12@mail12.example",
        "o'neil+tag@sub.mail-server.co.uk",
        "JOSÉ@exämple.org",
        "jane at mail dot example",
        "jane.doe (at) mail.example",
        "jane[at]mail[dot]co[dot]uk",
        "jane @ mail.example",
    )
    leaves: ClassVar[tuple[str, ...]] = (
        "meet @ noon",
        "see @jane",
        "2 kg @ 3.50",
        "root@localhost",
        "@media.print",
        "look at example.com",
        "meet me at noon dot the i",
    )

    def build(self) -> Find:
        return _emails


_SPELLED = re.compile(r"[(\[{<]\s?(?:at|dot)|\sdot\s|\s@|@\s", re.IGNORECASE).search
_OBFUSCATED = re.compile(
    r"[A-Za-z0-9](?<![\w.%+\-].)[\w.%+\-]{0,63}(?:"
    r"\s?(?:[(\[{<]\s?at\s?[)\]}>]|_at_|\s@|@\s)\s?[A-Za-z0-9][A-Za-z0-9\-]{0,62}"
    r"(?:\s?(?:\.|[(\[{<]\s?(?:dot|\.)\s?[)\]}>]|\sdot\s)\s?[A-Za-z0-9][A-Za-z0-9\-]{0,62}){0,3}"
    r"\s?(?:\.|[(\[{<]\s?(?:dot|\.)\s?[)\]}>]|\sdot\s)\s?[A-Za-z]{2,24}"
    r"|\sat\s[A-Za-z0-9][A-Za-z0-9\-]{0,62}"
    r"(?:(?:\s?[(\[{<]\s?dot\s?[)\]}>]\s?|\sdot\s)[A-Za-z0-9][A-Za-z0-9\-]{0,62}){0,3}"
    r"(?:\s?[(\[{<]\s?dot\s?[)\]}>]\s?|\sdot\s)(?:com|net|org|edu|gov|info|biz|example|test|io|app|dev|me|co|eu|[a-z]{2}(?<!in|is|it|he|we|or|to|of|if|an|by|on|so|up))"
    r")(?![A-Za-z0-9])",
    re.IGNORECASE,
)


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
    if _SPELLED(text):
        found += [Span(m.start(), m.end(), "email") for m in _OBFUSCATED.finditer(text)]
    return found


_CANDIDATE = re.compile(
    r"[+(0-9](?<![\w+.@#/\-].)(?<![0-9],.)(?<![0-9][ (].)(?<![:=]/.)"  # begins no later than its digits do
    r"(?:(?<=\() ?\+? ?[0-9]|(?<=\+)[ (]{0,2}[0-9]|(?<=[0-9]))"
    r"(?:[ .\-/()]{0,5}[0-9]){5,16}"
    r"(?:,? ?(?:ext?|x|extension|durchwahl|poste|anexo|#)[ .:]{0,2}[0-9](?: ?[0-9]){0,5})?"
    r"(?![0-9A-Za-z@])(?![.,:/\-][0-9])",
    re.IGNORECASE,
)
_SHAPES = re.compile(
    r"\(0?[0-9]{1,5}\) ?[0-9]{2,5}(?:[ .\-/]?[0-9]{2,5}){0,3}"  # (030) 123456
    r"|(?:00?1[ .\-]?|1[ .\-])?\(?[2-9][0-9]{2}\)?[ .\-]{0,2}[2-9][0-9]{2}[ .\-][0-9]{4}"  # 212-555-0123
    r"|0(?=(?:[^0-9]*[0-9]){8})[0-9]{1,4}(?:[ .\-/]{1,3}[0-9]{2,8}){1,4}"  # 030 1234567, 01 23 45 67 89
    r"|\(0[0-9]{1,4}\)[ .\-/]?[0-9]{3,8}(?:[ \-][0-9]{1,5}){0,3}"
    r"|\(?[1-9][0-9]\)?[ \-]9?[0-9]{4}-[0-9]{4}"  # 11 91234-5678
    r"|9[0-9]{4}[ \-][0-9]{5}|0[0-9]{4}[ \-][0-9]{5,6}"  # 98765 43210
)
_DATE = re.compile(
    r"(?:[0-3]?[0-9]([.\-/ ])[01]?[0-9]\1(?:19|20)?[0-9]{2}|(?:19"
    r"|20)[0-9]{2}([.\-/ ])[01]?[0-9]\2[0-3]?[0-9])"
    r"(?:[ T]{1,2}[0-9]{1,2})?"
)
_WHOLE = re.compile(
    r"(?![0-9]{1,2}(?: [0-9]{3}){2,}\Z)(?:[0-9]{9,13}|(?=.*[^0-9])[(0-9](?:[ .\-/()]{0,3}[0-9]){7,12})"
)
"""What is a phone number when it is all of a text: nothing else says what it could be. Not 1 000 000 000."""
_EXTENSION = re.compile(
    r",? ?(?:ext?|x|extension|durchwahl|poste|anexo|#)[ .:]{0,2}[0-9](?: ?[0-9]){0,5}\Z", re.IGNORECASE
)
_CALLED = (
    r"phone|telephone|tele?f?\b|tel[.:]|telefo|t[ée]l\b|t[ée]l[ée]phone|mobil|m[óo]vil|handy|cell"
    r"|celular|portable|whats ?app"
    r"|signal\b|telegram|sms\b|fax|call|dial|ring\b|text (?:me|us|him|her|them)|reach|contact|hotline"
    r"|rufnummer|ruf(?:en|st|t|e)?\b|[aA]nruf"
    r"|num[ée]ro|n[úu]mero|puhelin|puh\b|telefon|tlf|m[óo]wi|kom[óo]rk|cellulare|ligue|llam|appel|chiam"
    r"|zadzwo|rappel|number is"
    r"|answer|messages?\b|registeroffice\b|desk\b|my number|his number|her number|ph\b|ph[.:]|mob\b|mob[.:]"
)
_NOT_CALLED = (
    r"order|invoice|ticket|ref(?:erence)?\b|tracking|parcel|isbn|ean|sku|article|item|serial|account|acct|konto|customer|kunden"
    r"|booking|batch|version|id\b|iban|bic|card|bestell|rechnung|commande|facture|pedido|amount|price|total|pid\b|thread|row\b|line\b|build|code\b|port\b|\$|€|£"
)


@dataclass(frozen=True, slots=True)
class Phone(Detector):
    """Phone numbers of the whole world: international ones by calling code and length, national ones by their
    grouping, and bare digits where a word calls them a phone number or a numbering plan takes them as
    mobile."""

    name: ClassVar[str] = "phone"
    trigger: ClassVar[str] = r"[0-9](?:[ .\-/()]{0,5}[0-9]){5}"
    source: ClassVar[str] = "ITU-T E.164; numbering plans as libphonenumber gives them"
    finds: ClassVar[tuple[str, ...]] = (
        "+49 30 123 4567",
        "+1 (212) 555-0123",
        "0049 30 1234567",
        "(212) 555-0123",
        "212-555-0123 x123",
        "030 1234567",
        "01 23 45 67 89",
        "+91 98765 43210",
        "call me: «612 34 56 78»",
        "mein Handy ist «01711234567»",
    )
    leaves: ClassVar[tuple[str, ...]] = (
        "1+1 2",
        "the year 2026",
        "+12 points",
        "order 1234567890",
        "on 2026-11-21 20",
        "01.02.2026",
        "pi is 3.14159265",
        "4111111111111112",
        "1 000 000 000",
    )

    def build(self) -> Find:
        """Raises ImportError if `phonenumberslite` is not installed."""
        lengths, mobiles = _plans()
        called, not_called = near(_CALLED, behind=True, reach=32), near(_NOT_CALLED, reach=24)

        def phones(text: str) -> list[Span]:
            found: list[Span] = []
            for match in _CANDIDATE.finditer(text):
                start, end = match.span()
                written = match[0]
                if written.startswith("(") and written.count("(") > written.count(")"):
                    start, written = start + 1, written[1:]
                number = _EXTENSION.sub("", written)
                digits = "".join(_DIGITS.findall(number))
                if _DATE.fullmatch(number):
                    continue
                plus = "+" in number[:4]
                if (
                    (plus and _international(digits, lengths))
                    or (digits.startswith("00") and _international(digits[2:], lengths))
                    or (
                        _SHAPES.fullmatch(number)
                        and 7 <= len(digits) <= 15
                        and not not_called(text, start, start)
                    )
                    or (
                        7 <= len(digits) <= 15
                        and (plus or called(text, start, end))
                        and not not_called(text, start, start)
                    )
                    or (start == 0 and end == len(text) and _WHOLE.fullmatch(number))
                    or (number == digits and mobiles(digits) and not not_called(text, start, start))
                ):
                    found.append(Span(start, end, "phone"))
            return found

        return phones


_DIGITS = re.compile("[0-9]+")


def _international(digits: str, lengths: Mapping[str, frozenset[int]]) -> bool:
    """True if `digits` are a calling code and a national number of a possible length, with or without a
    trunk 0."""
    for width in (1, 2, 3):
        if possible := lengths.get(digits[:width]):
            left = len(digits) - width
            return left in possible or (left - 1 in possible and digits[width] == "0")
    return False


@cache
def _plans() -> tuple[Mapping[str, frozenset[int]], Callable[[str], object]]:
    """Possible lengths of national numbers by calling code, and a test for mobile numbers with a trunk
    0, or of countries that have none and a mobile range of their own (China),
    as libphonenumber knows them."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

    lengths: dict[str, frozenset[int]] = {}
    for code, regions in COUNTRY_CODE_TO_REGION_CODE.items():
        plans = [
            PhoneMetadata.metadata_for_nongeo_region(code)
            if region == "001"
            else PhoneMetadata.metadata_for_region(region)
            for region in regions
        ]
        lengths[str(code)] = frozenset(
            length
            for plan in plans
            if plan and plan.general_desc
            for length in plan.general_desc.possible_length
            if length + len(str(code)) >= 7
        )
    trunk = [
        PhoneMetadata.metadata_for_region(region)
        for region in (
            "GB",
            "DE",
            "FR",
            "AU",
            "NL",
            "BE",
            "SE",
            "FI",
            "CH",
            "AT",
            "IL",
            "JP",
            "KR",
            "TR",
            "ZA",
            "ID",
        )
    ]
    patterns = [f"0(?:{plan.mobile.national_number_pattern})" for plan in trunk if plan and plan.mobile]
    china = PhoneMetadata.metadata_for_region("CN")
    patterns += [f"{china.mobile.national_number_pattern}"] if china and china.mobile else []
    return MappingProxyType(lengths), re.compile("|".join(patterns)).fullmatch
