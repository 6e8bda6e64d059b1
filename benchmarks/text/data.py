#!/usr/bin/env python3
"""Labelled text for the evaluation: generated, or read from a file in presidio-research's JSON form.

Generated text comes from templates with slots; the values are Faker's, of several locales, in the
spellings that people use. Templates for tuning and templates for the test are different sentences: look
at failures of `tuning` only. A label is (start, end, type) in characters.
"""

from __future__ import annotations

import json
import random
import string
from pathlib import Path
from typing import Any, NamedTuple

from faker import Faker

LOCALES = [
    "en_US",
    "en_GB",
    "de_DE",
    "fr_FR",
    "es_ES",
    "it_IT",
    "pl_PL",
    "pt_BR",
    "sv_SE",
    "fi_FI",
    "en_AU",
    "en_IN",
    "nl_NL",
    "ja_JP",
]


LATIN = [locale for locale in LOCALES if locale != "ja_JP"]
PLATES = ["en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "pl_PL", "sv_SE", "nl_NL"]


class Text(NamedTuple):
    text: str
    labels: tuple[tuple[int, int, str], ...]
    template: str


TEMPLATES = {
    "tuning": [
        "Please call me at {phone} or write to {email}.",
        "my number is {phone}, thanks",
        "Hi, I was charged twice on card {card}, can you refund?",
        "Transfer it to {iban} until Friday",
        "Login failed from {ip} at 12:30",
        "the router {mac} got {ip} again",
        "session {uuid} expired",
        "My SSN is {us_ssn}",
        "NHS number {uk_nhs}, appointment on Monday",
        "Meine Steuer-ID lautet {de_tax_id}.",
        "numéro de sécurité sociale : {fr_nir}",
        "mi DNI es {es_nif}",
        "Codice fiscale: {it_codice_fiscale}",
        "PESEL {pl_pesel}",
        "my aadhaar is {in_aadhaar}",
        "CPF {br_cpf} cadastrado",
        "personnummer {se_personnummer}",
        "hetu {fi_hetu}",
        "TFN: {au_tfn}",
        "He was born on {birth_date} in Rome.",
        "DOB {birth_date}; phone {phone}",
        "send BTC to {wallet}",
        "We meet at {coordinates}",
        "token={token}",
        "Authorization: Bearer {token}",
        "password: {secret}",
        "IMEI {imei} was stolen",
        "reach me {phone} / {email}",
        "Kontakt: {email}, Tel. {phone}",
        "fax {phone}",
        "Reset here: {url}",
        "thanks to {handle} for the hint",
    ],
    "test": [
        "Could you ring {phone} tomorrow? Otherwise {email} works too.",
        "You can text me on {phone} after six",
        "The payment with {card} did not go through yesterday",
        "IBAN {iban}, please use the order number as reference",
        "request from {ip} blocked by rule 7",
        "device {mac} left the network",
        "trace {uuid} has no parent",
        "social security number: {us_ssn}",
        "patient with NHS no. {uk_nhs} arrived",
        "steuerliche Identifikationsnummer {de_tax_id} fehlt im Formular",
        "N° sécu {fr_nir} bien reçu",
        "Adjunto mi NIF {es_nif} para la factura",
        "il mio C.F. {it_codice_fiscale} grazie",
        "mój numer PESEL to {pl_pesel}",
        "Aadhaar no {in_aadhaar} is linked",
        "meu CPF: {br_cpf}",
        "mitt personnummer är {se_personnummer}",
        "henkilötunnus {fi_hetu} on väärin",
        "tax file number {au_tfn} please update",
        "date of birth: {birth_date}",
        "Née le {birth_date}, dossier complet",
        "refund in crypto: {wallet} thanks",
        "parcel dropped at {coordinates} behind the gate",
        "I pasted {token} by mistake",
        "the pwd is {secret}",
        "handset IMEI: {imei}",
        "Phone: {phone}",
        "{phone}",
        "{email}",
        "My e-mail address: {email}\nMy mobile: {phone}",
        "Bitte rufen Sie mich unter {phone} zurück, Karte {card}.",
        "old link {url} still works",
        "cc {handle} please",
    ],
    "final": [
        "if anything is unclear: {phone} or {email}",
        "Tel.: {phone}",
        "WhatsApp {phone}",
        "Mein Handy {phone}, bitte erst ab 18 Uhr",
        "mon portable : {phone}",
        "mi móvil es el {phone}",
        "il mio cellulare è {phone}",
        "mój telefon {phone}",
        "{email} is my new address, the old one bounced",
        "charge my visa {card} instead, exp 11/27",
        "Bankverbindung: {iban}",
        "my account is {iban} at the local bank",
        "last seen at {ip}, port 443",
        "wifi adapter {mac} not recognized",
        "correlation id {uuid}",
        "ssn {us_ssn} on the form",
        "her NHS number is {uk_nhs}",
        "Steuernummer bzw. Steuer-ID: {de_tax_id}",
        "NIR {fr_nir}",
        "NIE/DNI {es_nif}",
        "CF {it_codice_fiscale}",
        "PESEL: {pl_pesel}",
        "here is my aadhaar card number {in_aadhaar}",
        "CPF nº {br_cpf}",
        "Personnummer: {se_personnummer}",
        "Henkilötunnus: {fi_hetu}",
        "his TFN is {au_tfn}",
        "birthday: {birth_date}",
        "geb. {birth_date}",
        "wallet address {wallet}",
        "GPS {coordinates}",
        "export API_KEY={token}",
        "my password is {secret}",
        "IMEI no. {imei} blocked",
        "click {url}",
        "ask {handle}",
    ],
    "people-tuning": [
        "My name is {name} and I live in {place}.",
        "{name} called, please ring back under {phone}",
        "Regards,\n{name}",
        "Dear {name}, your parcel was sent to {address}.",
        "we met {name} from {organization} in {place}",
        "{organization} refused to pay, said {name}",
        "Deliver to {name}, {address}",
        "is there a shop in {place}?",
        "Mrs. {name} asked for a refund to {iban}",
        "license plate {plate}, parked since Monday",
        "spoke to {name} at {organization}",
        "{address} is my new address",
    ],
    "people-test": [
        "I am {name}, the order never came",
        "please forward this to {name} ({email})",
        "{name} wrote: the driver was rude",
        "I moved from {place} to {place} last year",
        "ship it to {address} instead",
        "Invoice for {organization}, attention {name}",
        "can {name} pick it up? phone {phone}",
        "my neighbour {name} took the parcel",
        "the branch in {place} was closed",
        "I work for {organization} and live at {address}",
        "the car with the number plate {plate} hit mine",
        "Thanks\n{name}\n{organization}",
        "asked {name} and {name} about it, no answer",
        "the package for {name} went to {place}",
    ],
    "people-final": [
        "Kind regards\n{name}\n{address}",
        "{name} is not happy with the service in {place}",
        "why was {name} charged again? card {card}",
        "Send the replacement to {name}, {address}, thanks",
        "our contract with {organization} ended",
        "I spoke with {name} yesterday and she promised a refund",
        "flight from {place} to {place} cancelled",
        "the courier left it with {name} next door",
        "registration number {plate} was seen at the depot",
        "my manager {name} at {organization} approved it",
    ],
    "clean": [
        "The parcel came {n} days late but it was fine, would order again.",
        "Order {long} of {year}-11-21 at 20:07 is still open, {n} of {n} items missing.",
        "paid {price} EUR instead of {price}, that is {n}% more",
        "Size {n} is too small, {n} x {n} cm would fit; article {sku}",
        "version {n}.{n}.{n} crashes since the update to build {long}",
        "meet me at noon, bring {n} boxes and the key for room {n}{n}",
        "see https://shop.example/help/article-{n} and page {n}",
        "It was {year} when we bought the first one, model {sku}",
        "invoice {long} dated {n}.{n}.{year} is wrong",
        "forgot my password, the reset mail never came",
        "the token economy is a bubble, my friend",
        "tracking number {long}, delivered on the {n}th",
        "opening hours 09:00-18:00, Sat 10-14, tel line closed",
        "Reference {sku}-{long}, weight {n}.{n} kg, {n} pieces",
        "super Qualität, schnelle Lieferung, gerne wieder! 5/5",
        "très bien, je recommande, livraison en {n} jours",
        "muy bueno, llegó en {n} días, gracias",
        "row {n} col {n}: expected {long} got {long}",
        "call stack overflow in thread {n}, pid {long}",
        "{n} + {n} = {n}, isn't it? ({year})",
    ],
}


def _hex(rng: random.Random, size: int) -> str:
    return f"{rng.getrandbits(4 * size):0{size}x}"


def _base58check(rng: random.Random) -> str:
    import hashlib

    raw = b"\0" + rng.randbytes(20)
    raw += hashlib.sha256(hashlib.sha256(raw).digest()).digest()[:4]
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number, text = int.from_bytes(raw, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = alphabet[rest] + text
    return "1" + text


def _luhn(body: str) -> str:
    total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(reversed(body)))
    return body + str(-total % 10)


def _grouped(text: str, size: int, between: str) -> str:
    return between.join(text[i : i + size] for i in range(0, len(text), size))


class Values:
    """Values of every type, drawn by `rng` and by Faker seeded from it."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.fakers = {locale: Faker(locale) for locale in LOCALES}
        for faker in self.fakers.values():
            faker.seed_instance(seed)

    def of(self, kind: str) -> str:
        return str(getattr(self, kind)())

    def any(self) -> Faker:
        return self.fakers[self.rng.choice(LOCALES)]

    def phone(self) -> str:
        return self.any().phone_number()

    def email(self) -> str:
        return self.rng.choice((self.any().email, self.any().ascii_company_email, self.any().free_email))()

    def card(self) -> str:
        number = self.fakers["en_US"].credit_card_number()
        return self.rng.choice((number, number, _grouped(number, 4, " "), _grouped(number, 4, "-")))

    def iban(self) -> str:
        number = self.fakers[
            self.rng.choice(["de_DE", "fr_FR", "en_GB", "es_ES", "it_IT", "pl_PL", "nl_NL", "fi_FI"])
        ].iban()
        return self.rng.choice((number, _grouped(number, 4, " ")))

    def ip(self) -> str:
        faker = self.fakers["en_US"]
        return self.rng.choice((faker.ipv4, faker.ipv4_public, faker.ipv6))()

    def mac(self) -> str:
        mac = self.fakers["en_US"].mac_address()
        return self.rng.choice((mac, mac.upper(), mac.replace(":", "-")))

    def uuid(self) -> str:
        return self.fakers["en_US"].uuid4()

    def us_ssn(self) -> str:
        return self.fakers["en_US"].ssn()

    def uk_nhs(self) -> str:
        while True:
            body = f"{self.rng.randrange(10**9):09d}"
            check = 11 - sum(int(d) * (10 - i) for i, d in enumerate(body)) % 11
            if check != 10:
                number = body + str(check % 11)
                return self.rng.choice((number, f"{number[:3]} {number[3:6]} {number[6:]}"))

    def de_tax_id(self) -> str:
        digits = list("0123456789")
        while True:
            self.rng.shuffle(digits)
            body = digits[:]
            body[self.rng.randrange(1, 10)] = body[0]
            if body[0] == "0" or max(map(body.count, body)) > 2:
                continue
            product = 10
            for digit in body:
                product = (((int(digit) + product) % 10 or 10) * 2) % 11
            return "".join(body) + str((11 - product) % 10)

    def fr_nir(self) -> str:
        return self.fakers["fr_FR"].ssn()

    def es_nif(self) -> str:
        return self.rng.choice((self.fakers["es_ES"].nif, self.fakers["es_ES"].nie))()

    def it_codice_fiscale(self) -> str:
        return self.fakers["it_IT"].ssn()

    def pl_pesel(self) -> str:
        return self.fakers["pl_PL"].pesel()

    def in_aadhaar(self) -> str:
        number = self.fakers["en_IN"].aadhaar_id()
        return self.rng.choice((number, _grouped(number, 4, " ")))

    def br_cpf(self) -> str:
        return self.fakers["pt_BR"].cpf()

    def se_personnummer(self) -> str:
        return self.fakers["sv_SE"].ssn()

    def fi_hetu(self) -> str:
        return self.fakers["fi_FI"].ssn()

    def au_tfn(self) -> str:
        while True:
            number = f"{self.rng.randrange(10**9):09d}"
            if sum(int(d) * w for d, w in zip(number, (1, 4, 3, 7, 5, 8, 6, 9, 10), strict=True)) % 11 == 0:
                return self.rng.choice((number, _grouped(number, 3, " ")))

    def birth_date(self) -> str:
        date = self.fakers["en_US"].date_of_birth(minimum_age=12, maximum_age=90)
        form = self.rng.choice(("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%y", "%d.%m.%Y", "%B %d, %Y", "%d %b %Y"))
        return date.strftime(form)

    def wallet(self) -> str:
        return self.rng.choice((_base58check(self.rng), "0x" + _hex(self.rng, 40)))

    def coordinates(self) -> str:
        return f"{self.rng.uniform(-85, 85):.5f}, {self.rng.uniform(-179, 179):.5f}"

    def token(self) -> str:
        letters = string.ascii_letters + string.digits
        draw = lambda size: "".join(self.rng.choices(letters, k=size))  # noqa: E731
        return self.rng.choice(
            (
                "eyJhbGciOiJIUzI1NiJ9.eyJ" + draw(30) + "." + draw(43),
                "ghp_" + draw(36),
                "sk_live_" + draw(24),
                "AKIA" + "".join(self.rng.choices("ABCDEFGHJKLMNPQRSTUVWXYZ234567", k=16)),
            )
        )

    def secret(self) -> str:
        return self.fakers["en_US"].password(length=self.rng.randrange(8, 16), special_chars=False)

    def imei(self) -> str:
        return _luhn("35" + f"{self.rng.randrange(10**12):012d}")

    def url(self) -> str:
        return f"https://{self.fakers['en_US'].domain_name()}/reset?token={_hex(self.rng, 24)}"

    def handle(self) -> str:
        return "@" + self.fakers["en_US"].user_name()

    def person(self) -> Faker:
        return self.fakers[self.rng.choice(LATIN)]

    def name(self) -> str:
        faker = self.person()
        return self.rng.choice((faker.name, faker.name, faker.first_name))()

    def place(self) -> str:
        return self.rng.choice((self.person().city, self.fakers["en_US"].country))()

    def organization(self) -> str:
        return self.person().company()

    def address(self) -> str:
        return self.person().address().replace("\n", ", ")

    def plate(self) -> str:
        return self.fakers[self.rng.choice(PLATES)].license_plate()

    def n(self) -> str:
        return str(self.rng.randrange(1, 100))

    def long(self) -> str:
        return str(self.rng.randrange(10**5, 10 ** self.rng.randrange(6, 11)))

    def year(self) -> str:
        return str(self.rng.randrange(1990, 2027))

    def price(self) -> str:
        return f"{self.rng.uniform(1, 2000):.2f}"

    def sku(self) -> str:
        return f"{self.rng.choice('ABCXYZ')}{self.rng.choice('KLMN')}-{self.rng.randrange(10**5):05d}"


FILLERS = {"n", "long", "year", "price", "sku"}


def fill(template: str, values: Values) -> Text:
    """A text from a template, with labels where its slots were."""
    text, labels = "", []
    for literal, name, _, _ in string.Formatter().parse(template):
        text += literal
        if name:
            value = values.of(name)
            if name not in FILLERS:
                labels.append((len(text), len(text) + len(value), name))
            text += value
    return Text(text, tuple(labels), template)


def generated(part: str, size: int, seed: int) -> list[Text]:
    """`size` texts of a part (`tuning`, `test`, `clean`): the same ones for the same seed and Faker."""
    values = Values(seed)
    return [fill(TEMPLATES[part][i % len(TEMPLATES[part])], values) for i in range(size)]


RESEARCH_TYPES = {
    "EMAIL_ADDRESS": "email", "EMAIL": "email", "PHONE_NUMBER": "phone", "CREDIT_CARD": "card",
    "IBAN_CODE": "iban", "IBAN": "iban",
    "IP_ADDRESS": "ip", "US_SSN": "us_ssn", "SSN": "us_ssn", "MAC_ADDRESS": "mac", "CRYPTO": "wallet",
    "URL": "url",
    "UK_NHS": "uk_nhs", "US_ITIN": "us_itin",
}  # fmt: skip
SOFT_TYPES = {
    "PERSON": "name", "LOCATION": "place", "GPE": "place", "LOC": "place", "FAC": "place",
    "ORGANIZATION": "organization", "ORG": "organization",
    "NRP": "group", "NORP": "group", "STREET_ADDRESS": "address", "ADDRESS": "address", "ZIP_CODE": "address",
}  # fmt: skip
"""Types that need lists or a model: asked for with `--people` or `--ner`."""


def research_file(path: Path) -> list[Text]:
    """Labelled texts in presidio-research's JSON form: a list of `full_text` with `spans`.

    Types that no detector of ours stands for keep their own name, and count for records with any
    residual only when they are asked for.
    """
    texts = []
    for sample in json.loads(path.read_text(encoding="utf-8")):
        labels = tuple(
            (
                span["start_position"],
                span["end_position"],
                (RESEARCH_TYPES | SOFT_TYPES).get(span["entity_type"], span["entity_type"]),
            )
            for span in sample["spans"]
        )
        texts.append(Text(sample["full_text"], labels, str(sample.get("template_id", ""))))
    return texts


def _spaced(value: str) -> str:
    return " ".join(value)


FULL_WIDTH = str.maketrans({chr(i): chr(i + 0xFEE0) for i in range(0x21, 0x7F)})
HOMOGLYPHS = str.maketrans("aceopxyABCEHKMOPTX", "асеорхуАВСЕНКМОРТХ")
DISGUISES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "full width": (lambda v: v.translate(FULL_WIDTH), ("email", "phone", "card", "iban", "ip", "us_ssn")),
    "zero width": ("\u200b".join, ("email", "phone", "card", "iban", "ip", "us_ssn", "uuid")),
    "soft hyphen": (lambda v: v[: len(v) // 2] + "\u00ad" + v[len(v) // 2 :], ("email", "phone", "card",
    "iban", "ip", "us_ssn", "uuid", "token")),
    "spaced digits": (_spaced, ("card", "phone")),
    "look-alikes": (lambda v: v.translate(HOMOGLYPHS), ("email", "iban", "token")),
    "percent codes": (lambda v: "".join(c if c.isalnum() else f"%{ord(c):02X}" for c in v), ("email",
    "phone", "card", "iban", "us_ssn")),
    "all percent codes": (lambda v: "".join(f"%{ord(c):02X}" for c in v), ("email", "card", "iban",
    "us_ssn")),
    "character references": (lambda v: "".join(c if c.isalnum() else f"&#{ord(c)};" for c in v), ("email",
    "phone", "card", "iban", "us_ssn")),
    "arabic digits": (lambda v: v.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")), ("phone", "card",
    "us_ssn", "ip")),
    "no-break spaces and dashes": (lambda v: v.replace(" ", "\u00a0").replace("-", "\u2011"), ("phone",
    "card", "iban", "us_ssn", "uuid")),
    "styled": (lambda v: "".join(chr(0x1D7CE + int(c)) if c.isdigit() else c for c in v), ("phone",
    "card", "us_ssn")),
    "at and dot": (lambda v: v.replace("@", " at ").replace(".", " dot "), ("email",)),
    "brackets": (lambda v: v.replace("@", "[at]").replace(".", "[dot]"), ("email",)),
    "upper case": (str.upper, ("email", "iban")),
}  # fmt: skip
SENTENCES = {"email": "mail {} now", "phone": "call me: {} now", "card": "my card {} now",
             "iban": "IBAN {} now", "ip": "from {} now",
             "us_ssn": "my SSN {} now", "uuid": "id {} now", "token": "use {} now"}  # fmt: skip


def adversarial(per_case: int, seed: int) -> list[Text]:
    """Every disguise on every type that it can hide; `template` names the disguise."""
    values = Values(seed)
    texts = []
    for disguise, (hide, kinds) in DISGUISES.items():
        for kind in kinds:
            for _ in range(per_case):
                hidden = hide(values.of(kind))
                before, after = SENTENCES[kind].split("{}")
                texts.append(
                    Text(before + hidden + after, ((len(before), len(before) + len(hidden), kind),), disguise)
                )
    return texts
