"""2,000 people of a week: where they live, what they use, and when they do something. Seeded; the same every time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

PEOPLE = 2_000
DAYS = 7
START = datetime(2026, 11, 16, tzinfo=UTC)
"""A Monday: the week is one epoch of seven days."""

COUNTRIES = {"DE": 40, "FR": 25, "US": 20, "GB": 15}
LANGUAGES = {"DE": "de-DE", "FR": "fr-FR", "US": "en-US", "GB": "en-GB"}
PLACES = {"DE": (51.0, 10.0), "FR": (47.0, 2.5), "US": (40.0, -95.0), "GB": (52.5, -1.5)}
REGIONS = 6
HOURS = (1, 1, 1, 1, 1, 2, 4, 7, 8, 8, 8, 8, 9, 9, 8, 8, 8, 9, 10, 11, 12, 11, 7, 3)
"""How busy people are, by hour of the day."""


class Device(NamedTuple):
    kind: str
    os: str
    browser: str
    model: str
    width: int
    height: int


DEVICES = (
    (Device("mobile", "Android", "Chrome", "SM-S921B", 1080, 2340), 22),
    (Device("mobile", "Android", "Chrome", "Pixel 8", 1080, 2400), 12),
    (Device("mobile", "Android", "Firefox", "FP5", 1224, 2700), 3),
    (Device("mobile", "iOS", "Safari", "iPhone15,4", 1179, 2556), 24),
    (Device("mobile", "iOS", "Chrome", "iPhone14,5", 1170, 2532), 4),
    (Device("desktop", "Windows", "Chrome", "PC", 1920, 1080), 16),
    (Device("desktop", "Windows", "Edge", "PC", 2560, 1440), 7),
    (Device("desktop", "macOS", "Safari", "MacBookPro18,1", 1728, 1117), 8),
    (Device("tablet", "iOS", "Safari", "iPad13,1", 1640, 2360), 4),
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who does not exist."""

    number: int
    name: str
    ad: str
    country: str
    region: str
    language: str
    ip: str
    lat: float
    lon: float
    device: Device
    phone: str
    active: int
    """Events in the week."""


class Moment(NamedTuple):
    """One event of one person. `dice` is a source of its own for everything else in the event."""

    person: Person
    at: datetime
    number: int
    dice: Random

    @property
    def iso(self) -> str:
        return self.at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:23] + "Z"

    @property
    def ms(self) -> int:
        return int(self.at.timestamp() * 1000)

    def pick(self, *options: str) -> str:
        """The first options are more frequent."""
        return self.dice.choices(options, [1 / (at + 1) for at in range(len(options))])[0]


def people(count: int = PEOPLE, seed: int = 1) -> list[Person]:
    """The same people for the same seed."""
    dice = Random(seed)
    return [_person(number, dice) for number in range(count)]


def week(population: list[Person], seed: int = 2) -> Iterator[Moment]:
    """Everybody's events, by person. Each event's dice are seeded by person and number."""
    for person in population:
        dice = Random(seed * 1_000_003 + person.number)
        habit = dice.choices(range(24), HOURS, k=3)
        for number in range(person.active):
            hour = dice.choice(habit) if dice.random() < 0.5 else dice.choices(range(24), HOURS)[0]
            at = START + timedelta(days=dice.randrange(DAYS), hours=hour, seconds=dice.random() * 3600)
            yield Moment(person, at, number, dice)


def _person(number: int, dice: Random) -> Person:
    country = dice.choices(list(COUNTRIES), list(COUNTRIES.values()))[0]
    lat, lon = PLACES[country]
    region = dice.randrange(REGIONS)
    ad = f"{dice.getrandbits(128):032x}"
    language = "en-GB" if dice.random() < 0.1 else LANGUAGES[country]
    network = f"{20 + list(COUNTRIES).index(country)}.{dice.choice((16, 77, 130))}"
    return Person(
        number,
        f"u-{number:06d}",
        ad,
        country,
        f"{country}-{region}",
        language,
        f"{network}.{dice.randrange(256)}.{dice.randrange(1, 255)}",
        round(lat + region * 0.8 + dice.gauss(0, 0.1), 5),
        round(lon + region * 0.8 + dice.gauss(0, 0.1), 5),
        dice.choices([device for device, _ in DEVICES], [weight for _, weight in DEVICES])[0],
        f"+49151{number:07d}",
        max(1, round(dice.gauss(8, 3))),
    )
