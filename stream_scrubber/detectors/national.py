"""Numbers that states give to people. Where a check digit exists it is checked.

Rule: a form that many other numbers have too (nine or ten digits in a row) counts only where a word
nearby names it; a form of its own (letters, canonical grouping with a check digit) counts anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from stream_scrubber.detectors.base import Detector, Find, Span, standing_alone
from stream_scrubber.detectors.context import near

_FIRST = re.compile(r"(\[[^\]]+\])(?:\{([0-9]+)\})?(.*)", re.DOTALL)


def _numbers(
    entity: str, pattern: str, holds: Callable[[str], bool], names: str, alone: str = "", called: str = ""
) -> Find:
    """Finds `pattern` where it is `called` so close by; or where its letters and digits hold, and one of
    `names` stands nearby or the form is one that can stand `alone`."""
    first, times, rest = _FIRST.fullmatch(pattern).groups()  # type: ignore[union-attr]  # patterns below fit
    again = f"{first}{{{int(times) - 1}}}" if times else ""
    search = (
        re.compile(  # the look behind comes after the first class, which makes the search five times as fast
            rf"{first}(?<![0-9A-Za-z+].)(?<![0-9][.\-/].){again}{rest}(?![0-9A-Za-z])(?![.\-/][0-9])",
            re.DOTALL,
        )
    )
    stands_alone = re.compile(alone or r"(?!)")
    named = near(names, behind=True)
    surely = near(called or "(?!)", reach=32)

    def find(text: str) -> list[Span]:
        return [
            Span(m.start(), m.end(), entity)
            for m in search.finditer(text)
            if (
                holds("".join(filter(str.isalnum, m[0])).upper())
                and (stands_alone.fullmatch(m[0]) or named(text, m.start(), m.end()))
            )
            or surely(text, m.start(), m.end())
        ]

    return find


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


_NINE = r"[0-9]{3}[ .\-]?[0-9]{3}[ .\-]?[0-9]{3}"
_DIGITS9 = r"[0-9]{2}(?:[ .\-]?[0-9]){7}"


def _ssn(digits: str) -> bool:
    return (
        digits[:3] not in ("000", "666") and digits[0] != "9" and digits[3:5] != "00" and digits[5:] != "0000"
    )


@dataclass(frozen=True, slots=True)
class UsSsn(Detector):
    """Social security numbers of the United States: `AAA-GG-SSSS`, or nine digits named as such."""

    name: ClassVar[str] = "us_ssn"
    pattern: ClassVar[str] = r"[0-8][0-9]{2}([ .\-]?)[0-9]{2}\1[0-9]{4}"
    trigger: ClassVar[str] = standing_alone(pattern)
    source: ClassVar[str] = "SSA, randomized numbering of 2011"
    finds: ClassVar[tuple[str, ...]] = (
        "536-90-4399",
        "536 90 4399",
        "my SSN: «536904399»",
        "social security «078.05.1120»",
    )
    leaves: ClassVar[tuple[str, ...]] = ("000-12-3456", "666-12-3456", "536904399", "order 536904399")

    def build(self) -> Find:
        return _numbers(
            "us_ssn",
            self.pattern,
            _ssn,
            r"ssn|social|soc\b|ss ?#|ss number",
            r"[0-9]{3}([ \-])[0-9]{2}\1[0-9]{4}",
            called=r"ssn|social security (?:n|#|is)",
        )


@dataclass(frozen=True, slots=True)
class UsItin(Detector):
    """Individual taxpayer numbers of the United States: 9XX with a group of 50–65, 70–88, 90–92 or 94–99."""

    name: ClassVar[str] = "us_itin"
    pattern: ClassVar[str] = r"[9][0-9]{2}([ \-]?)(?:5[0-9]|6[0-5]|7[0-9]|8[0-8]|9[0-24-9])\1[0-9]{4}"
    trigger: ClassVar[str] = standing_alone(pattern)
    source: ClassVar[str] = "IRS, Internal Revenue Manual 3.13.5"
    finds: ClassVar[tuple[str, ...]] = ("912-78-1234", "ITIN «912781234»")
    leaves: ClassVar[tuple[str, ...]] = ("912-48-1234", "912781234")

    def build(self) -> Find:
        return _numbers(
            "us_itin",
            self.pattern,
            lambda _: True,
            r"itin|taxpayer|tax id|individual tax|irs",
            r"[0-9]{3}([ \-])[0-9]{2}\1[0-9]{4}",
            called=r"itin",
        )


def _nhs(digits: str) -> bool:
    check = 11 - _weighted(digits, (10, 9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return check != 10 and check % 11 == int(digits[9])


@dataclass(frozen=True, slots=True)
class UkNhs(Detector):
    """Numbers of the British National Health Service: ten digits with a check digit, named as such."""

    name: ClassVar[str] = "uk_nhs"
    pattern: ClassVar[str] = r"[0-9]{3}([ \-]?)[0-9]{3}\1[0-9]{4}"
    trigger: ClassVar[str] = standing_alone(pattern)
    source: ClassVar[str] = "NHS Data Dictionary, NHS NUMBER (modulus 11)"
    finds: ClassVar[tuple[str, ...]] = (
        "NHS number «943 476 5919»",
        "patient «9434765919»",
        "nhs no. «943-476-5919»",
    )
    leaves: ClassVar[tuple[str, ...]] = ("patient 943 476 5918", "943 476 5919")

    def build(self) -> Find:
        return _numbers(
            "uk_nhs",
            self.pattern,
            _nhs,
            r"nhs|patient|health|hospital|gp\b",
            called=r"nhs (?:n|#)",
        )


@dataclass(frozen=True, slots=True)
class UkNino(Detector):
    """National insurance numbers of the United Kingdom: two letters, six digits, a letter A to D."""

    name: ClassVar[str] = "uk_nino"
    pattern: ClassVar[str] = (
        r"[A-CEGHJ-PR-TW-Za-ceghj-pr-tw-z][A-CEGHJ-NPR-TW-Za-ceghj-npr-tw-z](?<!(?i:BG|GB|NK|KN|TN|NT|ZZ))"
        r"( ?)[0-9]{2}\1[0-9]{2}\1[0-9]{2}\1[A-Da-d]"
    )
    trigger: ClassVar[str] = standing_alone(pattern)
    source: ClassVar[str] = "HMRC, National Insurance Manual NIM39110"
    finds: ClassVar[tuple[str, ...]] = ("AB123456C", "AB 12 34 56 C", "ni number «ab123456c»")
    leaves: ClassVar[tuple[str, ...]] = ("DA123456C", "AB123456E", "GB123456A")

    def build(self) -> Find:
        return _numbers(
            "uk_nino",
            self.pattern,
            lambda _: True,
            r"ni\b|nino|national insurance|insurance",
            r"[A-Z]{2}( ?)[0-9]{2}\1[0-9]{2}\1[0-9]{2}\1[A-D]",
            called=r"nino|national insurance (?:n|#)",
        )


def _mod_11_10(digits: str) -> bool:
    product = 10
    for digit in digits[:-1]:
        product = (((int(digit) + product) % 10 or 10) * 2) % 11
    return (11 - product) % 10 == int(digits[-1])


def _tax_id(digits: str) -> bool:
    counts = sorted(digits[:10].count(digit) for digit in set(digits[:10]))
    return digits[0] != "0" and counts[-1] in (2, 3) and _mod_11_10(digits)


@dataclass(frozen=True, slots=True)
class DeTaxId(Detector):
    """German tax identification numbers: eleven digits with a check digit, grouped 2-3-3-3 or named."""

    name: ClassVar[str] = "de_tax_id"
    pattern: ClassVar[str] = r"[1-9][0-9]([ /]?)[0-9]{3}\1[0-9]{3}\1[0-9]{3}"
    trigger: ClassVar[str] = standing_alone(pattern)
    source: ClassVar[str] = "Abgabenordnung § 139b; ISO/IEC 7064 MOD 11,10"
    finds: ClassVar[tuple[str, ...]] = ("86 095 742 719", "Steuer-ID «86095742719»", "IdNr. «86 095 742 719»")
    leaves: ClassVar[tuple[str, ...]] = ("Steuer 86095742718", "86095742719", "01234567890")

    def build(self) -> Find:
        return _numbers(
            "de_tax_id",
            self.pattern,
            _tax_id,
            r"steuer|st\.?-?id|id-?nr|identifikation|tin\b|tax",
            r"[0-9]{2}( )[0-9]{3}\1[0-9]{3}\1[0-9]{3}",
            called=r"steuer-?id|identifikationsnummer|id-?nr",
        )


def _nir(written: str) -> bool:
    body = written[:13].replace("2A", "19", 1).replace("2B", "18", 1)
    return body.isdigit() and 97 - int(body) % 97 == int(written[13:15])


@dataclass(frozen=True, slots=True)
class FrNir(Detector):
    """French social security numbers (NIR): 13 characters and a key modulo 97."""

    name: ClassVar[str] = "fr_nir"
    pattern: ClassVar[str] = (
        r"[1-478]([ .\-]?)[0-9]{2}\1(?:0[1-9]|1[0-2]|[2-9][0-9])\1(?:[0-9]{2}"
        r"|2[ABab])\1[0-9]{3}\1[0-9]{3}[ .\-]?[0-9]{2}"
    )
    trigger: ClassVar[str] = standing_alone(pattern)
    source: ClassVar[str] = "INSEE, numéro d'inscription au répertoire"
    finds: ClassVar[tuple[str, ...]] = ("2 55 08 14 168 025 38", "255081416802538", "1 51 02 46 102 043 25")
    leaves: ClassVar[tuple[str, ...]] = ("2 55 08 14 168 025 37", "255081416802537")

    def build(self) -> Find:
        return _numbers(
            "fr_nir",
            self.pattern,
            _nir,
            r"nir|s[ée]cu|insee|social",
            r"[0-9ABab .\-]+",
            called=r"num[ée]ro de s[ée]cu|n° s[ée]cu",
        )


_NIF = "TRWAGMYFPDXBNJZSQVHLCKE"


def _nif(written: str) -> bool:
    number = written[:-1].replace("X", "0").replace("Y", "1").replace("Z", "2")
    return number.isdigit() and _NIF[int(number) % 23] == written[-1]


@dataclass(frozen=True, slots=True)
class EsNif(Detector):
    """Spanish DNI and NIE: eight digits, or X, Y, Z and seven digits, and a check letter."""

    name: ClassVar[str] = "es_nif"
    pattern: ClassVar[str] = r"[0-9XYZxyz][ \-]?[0-9]\.?[0-9]{3}\.?[0-9]{3}[ \-]?[A-HJ-NP-TV-Za-hj-np-tv-z]"
    trigger: ClassVar[str] = standing_alone(pattern)
    source: ClassVar[str] = "Real Decreto 1553/2005; Orden INT/2058/2008"
    finds: ClassVar[tuple[str, ...]] = ("12345678Z", "12345678-Z", "12.345.678-Z", "X1234567L", "x-1234567-l")
    leaves: ClassVar[tuple[str, ...]] = ("12345678A", "X1234567A", "12345678")

    def build(self) -> Find:
        return _numbers(
            "es_nif",
            self.pattern,
            _nif,
            r"dni|nie|nif",
            r"\S+",
            called=r"dni\b|nie\b|nif\b",
        )


_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8,
         12, 14, 16, 10, 22, 25, 24, 23),
        strict=True,
    )
)  # fmt: skip


def _codice(written: str) -> bool:
    odd = sum(_ODD[char] for char in written[0:15:2])
    even = sum(int(char) if char.isdigit() else ord(char) - ord("A") for char in written[1:15:2])
    return chr(ord("A") + (odd + even) % 26) == written[15]


@dataclass(frozen=True, slots=True)
class ItCodiceFiscale(Detector):
    """Italian tax codes of persons: 16 characters with a check letter, in any case, with or without
    spaces."""

    name: ClassVar[str] = "it_codice_fiscale"
    pattern: ClassVar[str] = (
        r"[A-Za-z]{3} ?[A-Za-z]{3} ?[0-9LMNPQRSTUVlmnpqrstuv]{2}[A-EHLMPR-Ta-ehlmpr-t][0-9LMNPQRSTUVlmnpqrstuv]{2}"
        r" ?[A-Za-z][0-9LMNPQRSTUVlmnpqrstuv]{3}[A-Za-z]"
    )
    trigger: ClassVar[str] = standing_alone(pattern)
    source: ClassVar[str] = "Decreto ministeriale 23 dicembre 1976"
    finds: ClassVar[tuple[str, ...]] = ("RSSMRA85T10A562S", "RSS MRA 85T10 A562S", "rssmra85t10a562s")
    leaves: ClassVar[tuple[str, ...]] = ("RSSMRA85T10A562T", "RSSMRA85T10")

    def build(self) -> Find:
        return _numbers(
            "it_codice_fiscale",
            self.pattern,
            _codice,
            r"codice|fiscale|c\.?f\.?",
            r".+",
            called=r"codice fiscale",
        )


def _pesel(digits: str) -> bool:
    month = int(digits[2:4])
    century = {0: 1900, 1: 2000, 2: 2100, 3: 2200, 4: 1800}[month // 20]
    return _is_date(century + int(digits[:2]), month % 20, int(digits[4:6])) and (
        10 - _weighted(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10
    ) % 10 == int(digits[10])


@dataclass(frozen=True, slots=True)
class PlPesel(Detector):
    """Polish PESEL numbers: eleven digits that begin with a date of birth and end with a check digit."""

    name: ClassVar[str] = "pl_pesel"
    pattern: ClassVar[str] = r"[0-9]{11}"
    trigger: ClassVar[str] = standing_alone(pattern)
    source: ClassVar[str] = "Ustawa o ewidencji ludności, art. 15"
    finds: ClassVar[tuple[str, ...]] = ("PESEL «44051401359»", "nr pesel: «02070803628»", "44051401359")
    leaves: ClassVar[tuple[str, ...]] = ("44051401358", "44139901359")

    def build(self) -> Find:
        return _numbers("pl_pesel", self.pattern, _pesel, r"pesel", r"[0-9]{11}", called=r"pesel")


_D5 = ("0123456789", "1234067895", "2340178956", "3401289567", "4012395678", "5987604321", "6598710432",
       "7659821043",       "8765932104", "9876543210")  # fmt: skip
_P8 = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)


def verhoeff(digits: str) -> bool:
    """True if the last of ASCII `digits` is Verhoeff's check digit of the others."""
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = int(_D5[check][int(_P8[place % 8][int(digit)])])
    return check == 0


@dataclass(frozen=True, slots=True)
class InAadhaar(Detector):
    """Indian Aadhaar numbers: twelve digits with Verhoeff's check digit, grouped in fours or named."""

    name: ClassVar[str] = "in_aadhaar"
    pattern: ClassVar[str] = r"[0-9][0-9]{3}([ \-]?)[0-9]{4}\1[0-9]{4}"
    trigger: ClassVar[str] = standing_alone(pattern)
    source: ClassVar[str] = "UIDAI; J. Verhoeff, Error Detecting Decimal Codes, 1969"
    finds: ClassVar[tuple[str, ...]] = ("2341 2341 2346", "Aadhaar «234123412346»", "2341-2341-2346")
    leaves: ClassVar[tuple[str, ...]] = ("2341 2341 2345", "234123412346", "1341 2341 2346")

    def build(self) -> Find:
        return _numbers(
            "in_aadhaar",
            self.pattern,
            lambda digits: digits[0] > "1" and verhoeff(digits),
            r"a{1,2}dha{1,2}r|uid\b|uidai",
            r"[0-9]{4}([ \-])[0-9]{4}\1[0-9]{4}",
            called=r"a{1,2}dha{1,2}r",
        )


@dataclass(frozen=True, slots=True)
class InPan(Detector):
    """Indian permanent account numbers: five letters, of which the fourth tells the holder's kind, and
    so on."""

    name: ClassVar[str] = "in_pan"
    pattern: ClassVar[str] = r"[A-Za-z]{3}[ABCFGHLJPTKabcfghljptk][A-Za-z][0-9]{4}[A-Za-z]"
    trigger: ClassVar[str] = standing_alone(pattern)
    source: ClassVar[str] = "Income Tax Department of India, structure of PAN"
    finds: ClassVar[tuple[str, ...]] = ("ABCPE1234F", "my PAN is «abcpe1234f»")
    leaves: ClassVar[tuple[str, ...]] = ("ABCDE1234F", "ABCPE12345")

    def build(self) -> Find:
        return _numbers(
            "in_pan",
            self.pattern,
            lambda _: True,
            r"pan\b|permanent account|income tax",
            r"[A-Z]{5}[0-9]{4}[A-Z]",
        )


def _cpf(digits: str) -> bool:
    first = _weighted(digits, tuple(range(10, 1, -1))) * 10 % 11 % 10
    second = _weighted(digits, tuple(range(11, 1, -1))) * 10 % 11 % 10
    return len(set(digits)) > 1 and digits[9:] == f"{first}{second}"


@dataclass(frozen=True, slots=True)
class BrCpf(Detector):
    """Brazilian CPF numbers: eleven digits, the last two of them check digits."""

    name: ClassVar[str] = "br_cpf"
    pattern: ClassVar[str] = r"[0-9]{3}([ .]?)[0-9]{3}\1[0-9]{3}[ \-]?[0-9]{2}"
    trigger: ClassVar[str] = standing_alone(pattern)
    source: ClassVar[str] = "Receita Federal, Cadastro de Pessoas Físicas"
    finds: ClassVar[tuple[str, ...]] = ("111.444.777-35", "CPF «11144477735»")
    leaves: ClassVar[tuple[str, ...]] = ("111.444.777-36", "111.111.111-11", "11144477736")

    def build(self) -> Find:
        return _numbers(
            "br_cpf",
            self.pattern,
            _cpf,
            r"cpf",
            r"[0-9]+[ .].+",
            called=r"cpf\b",
        )


def _personnummer(written: str) -> bool:
    from stream_scrubber.detectors.payment import luhn

    digits = written[-10:]
    month, day = int(digits[2:4]), int(digits[4:6])
    return _is_date(2000 + int(digits[:2]), month, day - 60 if day > 60 else day) and luhn(digits)


@dataclass(frozen=True, slots=True)
class SePersonnummer(Detector):
    """Swedish personal identity and coordination numbers: a date, a serial, a Luhn check digit."""

    name: ClassVar[str] = "se_personnummer"
    pattern: ClassVar[str] = r"[0-9]{2}(?:(?<=18|19|20)[0-9]{2})?[01][0-9][0-9]{2}[+\-]?[0-9]{4}"
    trigger: ClassVar[str] = standing_alone(pattern)
    source: ClassVar[str] = "Skatteverket SKV 704"
    finds: ClassVar[tuple[str, ...]] = (
        "811218-9876",
        "19811218-9876",
        "personnummer «8112189876»",
        "811278-9873",
    )
    leaves: ClassVar[tuple[str, ...]] = ("811218-9875", "811318-9876", "8112189876")

    def build(self) -> Find:
        return _numbers(
            "se_personnummer",
            self.pattern,
            _personnummer,
            r"person|pnr|samordning|swedish",
            r"[0-9]{6,8}[+\-][0-9]{4}|(?:19|20)[0-9]{10}",
            called=r"personnummer",
        )


_HETU = "0123456789ABCDEFHJKLMNPRSTUVWXY"


def _hetu(written: str) -> bool:
    return (
        _is_date(2000 + int(written[4:6]), int(written[2:4]), int(written[:2]))
        and _HETU[int(written[:6] + written[-4:-1]) % 31] == written[-1]
    )


@dataclass(frozen=True, slots=True)
class FiHetu(Detector):
    """Finnish personal identity codes: a date, a sign of the century, a serial, a check character."""

    name: ClassVar[str] = "fi_hetu"
    pattern: ClassVar[str] = r"[0-3][0-9](?:0[1-9]|1[0-2])[0-9]{2}[+\-A-FU-Ya-fu-y][0-9]{3}[0-9A-FHJ-NPR-Ya-fhj-npr-y]"
    trigger: ClassVar[str] = standing_alone(pattern)
    source: ClassVar[str] = "Digital and Population Data Services Agency, reform of 2023"
    finds: ClassVar[tuple[str, ...]] = ("131052-308T", "131052A308T", "hetu «131052-308t»")
    leaves: ClassVar[tuple[str, ...]] = ("131052-308U", "131352-308T")

    def build(self) -> Find:
        return _numbers(
            "fi_hetu",
            self.pattern,
            _hetu,
            r"hetu|henkil",
            r"\S+",
            called=r"hetu|henkilötunnus",
        )


def _tfn(digits: str) -> bool:
    return _weighted(digits, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0


@dataclass(frozen=True, slots=True)
class AuTfn(Detector):
    """Australian tax file numbers: nine digits with a check modulo 11, named as such."""

    name: ClassVar[str] = "au_tfn"
    pattern: ClassVar[str] = r"[0-9]{3}([ \-]?)[0-9]{3}\1[0-9]{3}"
    trigger: ClassVar[str] = standing_alone(pattern)
    source: ClassVar[str] = "Australian Taxation Office, TFN algorithm"
    finds: ClassVar[tuple[str, ...]] = ("TFN «123 456 782»", "tax file number: «123456782»")
    leaves: ClassVar[tuple[str, ...]] = ("tax 123 456 783", "123 456 782")

    def build(self) -> Find:
        return _numbers(
            "au_tfn", self.pattern, _tfn, r"tfn|tax", called=r"tfn\b|tax file n"
        )


def _medicare(digits: str) -> bool:
    return _weighted(digits, (1, 3, 7, 9, 1, 3, 7, 9)) % 10 == int(digits[8])


@dataclass(frozen=True, slots=True)
class AuMedicare(Detector):
    """Australian Medicare numbers: ten digits grouped 4-5-1, or named; the ninth is a check digit."""

    name: ClassVar[str] = "au_medicare"
    pattern: ClassVar[str] = r"[2-6][0-9]{3}([ \-]?)[0-9]{5}\1[0-9](?:[ /\-]?[1-9])?"
    trigger: ClassVar[str] = standing_alone(pattern)
    source: ClassVar[str] = "Services Australia, Medicare card number"
    finds: ClassVar[tuple[str, ...]] = ("2123 45670 1", "Medicare «2123456701»")
    leaves: ClassVar[tuple[str, ...]] = ("2123 45671 1", "2123456701")

    def build(self) -> Find:
        return _numbers(
            "au_medicare",
            self.pattern,
            _medicare,
            r"medicare",
            r"[0-9]{4}([ \-])[0-9]{5}\1[0-9](?:[ /\-][1-9])?",
            called=r"medicare (?:n|c|is|:)",
        )


NATIONAL: tuple[type[Detector], ...] = (
    ItCodiceFiscale, FrNir, EsNif, FiHetu, UkNino, InPan, BrCpf, DeTaxId, PlPesel, InAadhaar,
    SePersonnummer, UsSsn, UsItin, UkNhs, AuTfn, AuMedicare,
)  # fmt: skip
