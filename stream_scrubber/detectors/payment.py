"""What money moves by: payment cards."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import ClassVar

from stream_scrubber.detectors.base import LONG_WORD, Detector, Find, Span
from stream_scrubber.detectors.context import Near, near

_RUN = re.compile(r"(?<![0-9])[0-9](?:[ .\-]{0,3}[0-9]){11,}")
_ISSUERS = re.compile(
    r"(?P<a>4)"  # Visa
    r"|(?P<b>5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720|9792)"  # Mastercard, Troy
    r"|(?P<c>3[47]|2131|1800)"  # American Express, old JCB
    r"|(?P<d>3(?:0[0-59]|[689]))"  # Diners Club
    r"|(?P<e>35|6011|64[4-9]|65|62|81|220[0-4])"  # JCB, Discover, UnionPay, Mir
    r"|(?P<f>50|5[6-9]|6|0604)"  # Maestro, RuPay, national schemes
)
_LENGTHS = {
    "a": (19, 16, 13), "b": (16,), "c": (15,), "d": (19, 18, 17, 16, 14), "e": (19, 18, 17, 16),
    "f": (19, 18, 17, 16, 15, 14, 13, 12),
}  # fmt: skip
_ODD = re.compile(r"(?:[0-9]{2,3}|[0-9]{5}|[0-9]{7,11})(?![0-9])")
"""How no card number begins: a first group that is neither one digit, nor four, nor six, nor the whole."""
_DIGIT = re.compile("[0-9]")
_DOUBLED = bytes.maketrans(b"0123456789", b"0246813579")
_ZEROS = 48  # the code of an ASCII 0, which each summand carries


def luhn(digits: str) -> bool:
    """True if the last of ASCII `digits` is the check digit of the others (ISO/IEC 7812-1 annex B)."""
    codes = digits.encode()
    return (sum(codes[-1::-2]) + sum(codes[-2::-2].translate(_DOUBLED)) - _ZEROS * len(codes)) % 10 == 0


@dataclass(frozen=True, slots=True)
class Card(Detector):
    """Payment card numbers of 12 to 19 digits, grouped in any way, by issuer range and Luhn check digit."""

    name: ClassVar[str] = "card"
    trigger: ClassVar[str] = r"[0-9](?:[ .\-]{0,3}[0-9]){11}"
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
        named = near(_NAMES, reach=32)
        return lambda text: _cards(text, named)


_CARD_FORM = re.compile(
    r"[0-9]{12,19}|(?:[0-9]{4}[ .\-]{1,3}){2,4}[0-9]{1,4}|[0-9]{4}[ .\-][0-9]{6}[ .\-][0-9]{4,5}"
)
_NAMES = (
    r"(?:credit|debit|bank|my|the|payment|on|with|visa|master)[ \-]?card|card (?:number|no|nr|#)|visa"
    r"|master ?card|amex|maestro"
    r"|american express|kredit|carte|tarjeta|cart[aã]o|carta di|karta|kortnummer|cc\b|ccn|pan\b|karte\b|card:"
)


def _cards(text: str, named: Near) -> list[Span]:
    """From the start of every group of digits, every length that its issuer has and that ends with a group.

    A run that is written like a card number and called one is one, though its check digit be wrong.
    """
    found: list[Span] = []
    for run in _RUN.finditer(text):
        places = [match.start() for match in _DIGIT.finditer(text, run.start(), run.end())]
        digits = "".join([text[place] for place in places])
        size = len(places)
        if size <= 19 and _CARD_FORM.fullmatch(run[0]) and named(text, *run.span()):
            found.append(Span(*run.span(), "card"))
            continue
        whole = [following - place > 1 for place, following in pairwise(places)] + [True]  # a group ends here
        after = 0
        for first in range(size - 11):
            if (
                first < after
                or (first and not whole[first - 1])
                or not (issuer := _ISSUERS.match(digits, first))
            ):
                continue
            for length in _LENGTHS[issuer.lastgroup or "f"]:
                end = first + length
                if (
                    end <= size
                    and whole[end - 1]
                    and luhn(digits[first:end])
                    and (length >= 15 or not _ODD.match(text, places[first]))
                ):
                    found.append(Span(places[first], places[end - 1] + 1, "card"))
                    after = end
                    break
    return found


_IBAN = re.compile(r"(?<![0-9A-Za-z])[A-Za-z]{2}[ \-]?[0-9]{2}(?:[ \-]?[0-9A-Za-z]){11,30}")
_IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO", 16: "BE", 18: "DK FK FI FO GL NL SD", 19: "MK SI", 20: "AT BA EE KZ LT LU MN XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM SO TL",
        24: "AD CZ DZ ES MD PK RO SA SE SK TN VG TN", 25: "AO CV LY MZ PT ST GW", 26: "IR IS TR",
        27: "BF BI BJ CF CG CI CM DJ EG FR GA GF GP GQ IT KM MC MG ML MQ MR NC NE PF PM RE SM SN TD TF TG "
            "WF YT",
        28: "AL AZ BY CY DO GT HN HU LB MA NI PL SV", 29: "BR PS QA UA", 30: "JO KW MU YE",
        31: "MT SC", 32: "LC",
        33: "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip
"""Length of an IBAN by country code, from the IBAN registry and the lists of partial IBANs."""


_ALL_DIGITS = frozenset(["AT", "BA", "BE", "CZ", "DE", "DK", "EE", "ES", "FI", "HR", "HU", "IL", "IS", "LT", "ME", "NO", "PL", "PT", "RS", "SE", "SI", "SK", "TN", "XK"])
"""Countries whose account numbers have no letters."""
_AS_NUMBERS = {ord(char): str(int(char, 36)) for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_SEPARATORS = {ord(char): None for char in " -"}


def iban_length(text: str) -> int:
    """The length of the IBAN that the letters and digits of `text`, in upper case, begin with; 0 if
    there is none."""
    length = _IBAN_LENGTHS.get(text[:2], 0)
    if not length or len(text) < length or (text[:2] in _ALL_DIGITS and not text[4:length].isdigit()):
        return 0
    return length if int((text[4:length] + text[:4]).translate(_AS_NUMBERS)) % 97 == 1 else 0


@dataclass(frozen=True, slots=True)
class Iban(Detector):
    """International bank account numbers, grouped in any way, by country length and check digits modulo
    97."""

    name: ClassVar[str] = "iban"
    trigger: ClassVar[str] = r"[A-Za-z]{2}[ \-]?[0-9]{2}(?:[ \-]?[0-9A-Za-z]){11}"
    source: ClassVar[str] = "ISO 13616, ISO/IEC 7064 MOD 97-10"
    finds: ClassVar[tuple[str, ...]] = (
        "DE89370400440532013000",
        "DE89 3704 0044 0532 0130 00",
        "gb29nwbk60161331926819",
        "FR14 2004 1010 0505 0001 3M02 606",
        "NO93 8601 1117 947",
    )
    leaves: ClassVar[tuple[str, ...]] = (
        "drops you off at 266 Lagoa Maria Lima St.",
        "DE89370400440532013001",
        "DE89 3704",
        "ZZ89370400440532013000",
    )

    def build(self) -> Find:
        return _ibans


def _ibans(text: str) -> list[Span]:
    """A candidate may run on into the next words, so the search goes on right behind what was found, or
    its start."""
    found: list[Span] = []
    match = _IBAN.search(text)
    while match:
        after = match.start() + 2
        if length := iban_length(match[0].translate(_SEPARATORS).upper()):
            places = [place for place in range(match.start(), match.end()) if text[place].isalnum()]
            after = places[length - 1] + 1
            found.append(Span(match.start(), after, "iban"))
        match = _IBAN.search(text, after)
    return found


_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_WALLET = re.compile(
    r"(?<![0-9A-Za-z])(?:(?P<base58>[13LMDX9T][1-9A-HJ-NP-Za-km-z]{25,34})"
    r"|(?P<bech32>(?:bc1|tb1|ltc1|BC1|TB1|LTC1)[0-9A-Za-z]{8,87})"
    r"|(?P<hex>0[xX][0-9A-Fa-f]{40})|(?P<monero>[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}))(?![0-9A-Za-z])"
)
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def base58check(text: str) -> bool:
    """True if base 58 `text` is a payload and the first four bytes of its double SHA-256."""
    number = 0
    for char in text:
        number = number * 58 + _BASE58.index(char)
    if number >= 256**25:
        return False
    raw = number.to_bytes(25, "big")
    return sha256(sha256(raw[:-4]).digest()).digest()[:4] == raw[-4:]


def bech32(text: str) -> bool:
    """True if lower-case `text` is a bech32 or bech32m string (BIP 173, BIP 350)."""
    human, _, data = text.rpartition("1")
    if len(data) < 6 or any(char not in _BECH32 for char in data):
        return False
    check = 1
    values = [ord(char) >> 5 for char in human] + [0] + [ord(char) & 31 for char in human]
    for value in values + [_BECH32.index(char) for char in data]:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> place & 1 else 0
    return check in (1, 0x2BC830A3)


@dataclass(frozen=True, slots=True)
class Wallet(Detector):
    """Addresses of crypto wallets: Bitcoin and its kin and Tron by checksum, Ethereum and Monero by form."""

    name: ClassVar[str] = "wallet"
    trigger: ClassVar[str] = LONG_WORD
    source: ClassVar[str] = "Base58Check, BIP 173, BIP 350, EIP-55 (form only)"
    finds: ClassVar[tuple[str, ...]] = (
        "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
        "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        "0xde0B295669a9FD93d5F28D9Ec85E40f4cb697BAe",
    )
    leaves: ClassVar[tuple[str, ...]] = (
        "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
    )

    def build(self) -> Find:
        return _wallets


def _wallets(text: str) -> list[Span]:
    return [
        Span(m.start(), m.end(), "wallet")
        for m in _WALLET.finditer(text)
        if m["hex"]
        or m["monero"]
        or (m["base58"] and base58check(m[0]))
        or (m["bech32"] and bech32(m[0].lower()))
    ]
