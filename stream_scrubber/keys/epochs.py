"""Epochs cut time into equal pieces that all policies of a realm share.

An epoch belongs to a record by the record's Kafka timestamp, never by the clock of processing, so that a redo after
an abort gives the same token.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONDAY_MS = 4 * DAY_MS
"""1970-01-05T00:00:00Z was a Monday."""


class Epoch(NamedTuple):
    """A span of time in ms since 1970 (UTC), its end exclusive; `name` is its key's name in a keystore."""

    start: int
    end: int
    name: str


FOREVER = Epoch(-(2**62), 2**62, "forever")
"""The one epoch of a policy without `epoch:`. Its pseudonyms never turn."""


@dataclass(frozen=True, slots=True)
class EpochRule:
    """How a policy cuts time. `length` and `overlap` are ms; a length of 0 means one epoch forever.

    `anchor` is the UTC weekday on which an epoch may begin; it matters for lengths of more than a day.
    """

    length: int = 0
    anchor: str = "monday"
    overlap: int = 0

    @property
    def origin(self) -> int:
        return _MONDAY_MS + WEEKDAYS.index(self.anchor) * DAY_MS

    def start_of(self, timestamp: int) -> int:
        """The start of the epoch of a timestamp: the cheap form of `of`, for a cache key per record."""
        if not self.length:
            return FOREVER.start
        return timestamp - (timestamp - self.origin) % self.length

    def of(self, timestamp: int) -> Epoch:
        """Raises `OverflowError` outside the years 1 to 9999."""
        if not self.length:
            return FOREVER
        start = self.start_of(timestamp)
        return Epoch(start, start + self.length, f"{_utc(start)}+{_spell(self.length)}")

    def parse(self, name: str) -> Epoch | None:
        """The epoch of this rule with that name; None for names of other rules, such as a longer epoch's."""
        try:
            moment = datetime.fromisoformat(name.partition("+")[0])
        except ValueError:
            return None
        if moment.tzinfo is None:
            return None
        epoch = self.of((moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1))
        return epoch if epoch.name == name else None


def _utc(milliseconds: int) -> str:
    """As fine as it must be: two epochs with one name would share a key."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    fine = "milliseconds" if milliseconds % 60_000 else "minutes"
    return moment.isoformat(timespec=fine).replace("+00:00", "Z")


def _spell(length: int) -> str:
    for unit, size in (("d", DAY_MS), ("h", HOUR_MS), ("m", 60_000)):
        if length % size == 0:
            return f"{length // size}{unit}"
    return f"{length}ms"
