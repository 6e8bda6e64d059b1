"""Believable events of a shopping app: a few thousand people of six cities over some simulated days.

People are sticky: home, work, device and network stay, activity is uneven, a few travel, a few devices are rare.
Everything is invented and reproducible from a seed: e-mail addresses end in ``.example``, card numbers are test
numbers, telephone numbers lie in ranges kept for fiction.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any

from stream_scrubber.codec.json import encode
from stream_scrubber.record import Record

TOPIC = "raw.shop.app"
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class City:
    latitude: float
    longitude: float
    zone: str
    locales: tuple[str, ...]
    networks: tuple[str, ...]
    """First two parts of the addresses that its people get."""


CITIES = (
    City(52.520, 13.405, "Europe/Berlin", ("de-DE", "de-DE", "de-DE", "en-GB"), ("81.12", "92.77")),
    City(48.857, 2.352, "Europe/Paris", ("fr-FR", "fr-FR", "fr-FR", "en-GB"), ("90.24", "176.131")),
    City(40.713, -74.006, "America/New_York", ("en-US", "en-US", "es-US"), ("68.132", "100.2")),
    City(-33.869, 151.209, "Australia/Sydney", ("en-AU",), ("101.160", "203.51")),
    City(35.690, 139.692, "Asia/Tokyo", ("ja-JP",), ("126.72", "153.142")),
    City(-23.551, -46.633, "America/Sao_Paulo", ("pt-BR", "pt-BR", "es-AR"), ("177.32", "189.46")),
)
DEVICES = (
    ("Apple", "iPhone15,2", "iOS", "18.1", 1179, 2556, 30),
    ("Apple", "iPhone16,1", "iOS", "18.2", 1179, 2556, 24),
    ("Samsung", "SM-S921B", "Android", "14", 1080, 2340, 22),
    ("Google", "Pixel 8", "Android", "15", 1080, 2400, 14),
    ("Xiaomi", "2312DRA50G", "Android", "13", 1220, 2712, 9),
    ("Fairphone", "FP5", "Android", "13", 1224, 2770, 1),
)
ACTIVITY = (2, 1, 1, 1, 1, 2, 5, 9, 11, 10, 9, 10, 12, 10, 9, 9, 10, 12, 14, 16, 17, 14, 9, 4)
"""How active people are, by hour of their day."""

EVENTS = ("Product Viewed", "Product Viewed", "Product Added", "Cart Viewed", "Order Completed", "Search")
CATEGORIES = ("groceries", "electronics", "books", "toys", "garden", "clothing")
WORDS = tuple(
    "the parcel came late but it was fine would order again thanks box colour small large very nice".split()  # noqa: SIM905
)
CARD = "4111 1111 1111 1111"


class Person:
    """One invented person with everything that gives people away."""

    def __init__(self, number: int, dice: random.Random) -> None:
        self.id = f"cust-{number:05d}-{dice.getrandbits(24):06x}"
        self.email = f"{dice.choice(WORDS)}.{dice.choice(WORDS)}{number}@mail.example"
        self.phone = f"+1 202-555-{dice.randrange(100, 200):04d}"
        self.city = dice.choices(CITIES, (26, 20, 22, 10, 12, 10))[0]
        self.away = dice.choice(CITIES) if dice.random() < 0.01 else self.city
        self.maker, self.model, self.os, self.os_version, self.width, self.height, _ = dice.choices(
            DEVICES, [device[-1] for device in DEVICES]
        )[0]
        self.locale = dice.choice(self.city.locales)
        self.address = f"{dice.choice(self.city.networks)}.{dice.randrange(256)}.{dice.randrange(1, 255)}"
        self.home = self._near(dice, 0.12)
        self.work = self._near(dice, 0.05)
        self.anonymous, self.device, self.ad = (f"{dice.getrandbits(128):032x}" for _ in range(3))
        self.canvas = f"{dice.getrandbits(64):016x}"
        self.bssid = ":".join(f"{dice.randrange(256):02x}" for _ in range(6))

    def _near(self, dice: random.Random, spread: float) -> tuple[float, float]:
        return self.city.latitude + dice.gauss(0, spread), self.city.longitude + dice.gauss(0, spread)

    def place(self, hour: int, dice: random.Random) -> tuple[float, float]:
        if self.away is not self.city and dice.random() < 0.3:
            return self.away.latitude, self.away.longitude
        latitude, longitude = self.work if 9 <= hour < 17 else self.home
        return round(latitude + dice.gauss(0, 0.0004), 6), round(longitude + dice.gauss(0, 0.0004), 6)


def records(
    start: int, *, people: int = 4_000, days: float = 4.0, total: int = 40_000, seed: int = 7
) -> Iterator[Record]:
    """`total` records from `start` (ms since 1970) over so many simulated days, in order of time."""
    dice = random.Random(seed)  # noqa: S311  reproducible fiction, not secrets
    crowd = [Person(number, dice) for number in range(people)]
    weights = list(accumulate((number + 40) ** -0.5 for number in range(people)))
    step = days * 24 * HOUR_MS / total
    clock = float(start)
    for offset in range(total):
        hour = int(clock // HOUR_MS) % 24
        clock += dice.expovariate(1) * step * 9 / ACTIVITY[hour]
        person = dice.choices(crowd, cum_weights=weights)[0]
        value = encode(_event(person, int(clock), hour, dice))
        headers = [("traceparent", f"00-{dice.getrandbits(128):032x}-{dice.getrandbits(64):016x}-01".encode())]
        yield Record(value, person.id.encode(), [*headers], int(clock) + dice.randrange(40, 900), TOPIC, 0, offset)


def _event(person: Person, moment: int, hour: int, dice: random.Random) -> dict[str, Any]:
    latitude, longitude = person.place(hour, dice)
    cents = [dice.randrange(100, 25_000) for _ in range(dice.choice((0, 1, 1, 2, 3)))]
    total = sum(cents)
    items = [
        {"sku": f"SKU-{dice.randrange(50_000):05d}", "category": dice.choice(CATEGORIES), "price": price / 100}
        for price in cents
    ]
    return {
        "event": dice.choice(EVENTS),
        "messageId": f"{dice.getrandbits(128):032x}",
        "timestamp": _iso(moment),
        "sentAt": _iso(moment + 40),
        "userId": person.id,
        "anonymousId": person.anonymous,
        "context": {
            "ip": person.address,
            "locale": person.locale,
            "timezone": person.city.zone,
            "userAgent": f"Shop/4.2 ({person.model}; {person.os} {person.os_version})",
            "app": {"name": "Shop", "version": "4.2.1"},
            "device": {"id": person.device, "advertisingId": person.ad, "manufacturer": person.maker,
                       "model": person.model, "type": "phone"},
            "os": {"name": person.os, "version": person.os_version},
            "screen": {"width": person.width, "height": person.height, "density": 3},
            "network": {"carrier": "Example Mobile", "bssid": person.bssid},
            "location": {"latitude": latitude, "longitude": longitude, "accuracy": dice.randrange(30, 400) / 10},
            "fingerprint": {"canvas": person.canvas, "fonts": 30 + dice.randrange(9)},
        },
        "properties": {
            "comment": _comment(person, dice),
            "total": total / 100,
            "currency": "EUR",
            "items": items,
        },
    }  # fmt: skip


def _comment(person: Person, dice: random.Random) -> str:
    if dice.random() > 0.3:
        return ""
    words = dice.choices(WORDS, k=dice.randrange(5, 13))
    if dice.random() < 0.2:
        words.insert(dice.randrange(len(words)), dice.choice((person.email, person.phone, CARD)))
    return " ".join(words)


def _iso(moment: int) -> str:
    seconds, fraction = divmod(moment, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{fraction:03d}Z"
