"""Points in time: coarser, shifted, or noisy. All of them read the same forms and give them back."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import Field

from stream_scrubber.codec.json import LARGEST_INTEGER, SMALLEST_INTEGER
from stream_scrubber.errors import Mismatch
from stream_scrubber.scrubbers.base import (
    Action,
    BuildContext,
    Example,
    Family,
    Scrubber,
    Takes,
    less_is_tighter,
    nested,
    same,
    verdict,
)
from stream_scrubber.scrubbers.draws import drawing, who
from stream_scrubber.scrubbers.nobody import NOBODY, Nobody, nobody_set
from stream_scrubber.scrubbers.units import Duration, plain

Unit = Literal["auto", "s", "ms", "us", "ns"]
Accept = Literal["refuse", "utc"]

PER_SECOND: Final = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}

AUTO_RANGE = 10**9, 10**10
"""Seconds (2001-09-09 to 2286-11-20) within which the unit of an epoch number is read off its magnitude.
Outside, the same digits are a plausible time in two units, and guessing the larger one would release a finer
time than declared."""

DAY, WEEK = 86_400_000, 604_800_000
MONDAY = 4 * DAY
"""1970-01-05, the first Monday: the anchor of bins that are whole weeks."""

FIRST, LAST = -62_135_596_800_000, 253_402_300_799_999
"""The years 1 to 9999 in milliseconds since 1970."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_ISO = re.compile(
    r"(?P<year>[0-9]{4})(?P<dash>-?)(?P<month>[0-9]{2})(?P=dash)(?P<day>[0-9]{2})"
    r"(?:[Tt ](?P<hour>[0-9]{2})(?P<colon>:?)(?P<minute>[0-9]{2})(?:(?P=colon)(?P<second>[0-9]{2})"
    r"(?:[.,](?P<fraction>[0-9]{1,18}))?)?(?P<zone>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_USUAL = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}"
    r"(?:\.[0-9]{1,6})?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
"""What nearly all texts look like, and what every Python's `fromisoformat` reads in the same way."""

_MAIL = re.compile(
    r"(?:(?P<weekday>Mon|Tue|Wed|Thu|Fri|Sat|Sun), *)?(?P<day>[0-9]{1,2}) +"
    r"(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +(?P<year>[0-9]{4}) +"
    r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))? +"
    r"(?P<zone>[+-][0-9]{4}|GMT|UTC?|Z|EST|EDT|CST|CDT|MST|MDT|PST|PDT)",
    re.IGNORECASE,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ZONES = {"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7}
_DIGITS = re.compile(r"-?[0-9]{1,19}")
_CACHED = 8192
"""Minutes that a floor remembers before it forgets all of them: about 1.5 MB."""


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms of time that a rule takes besides the full ones."""

    unit: Unit
    naive: Accept
    dates: Accept

    def milliseconds(self, text: str) -> int:
        """Milliseconds since 1970 of an ISO 8601 or RFC 2822 text, fractions of one cut off towards the
        past."""
        try:
            if _USUAL.fullmatch(text):
                moment = datetime.fromisoformat(text)
            else:
                found = _ISO.fullmatch(text)
                moment = self._iso(found) if found else _mail(text)
            since = (moment - _EPOCH) // _MILLISECOND
        except (ValueError, OverflowError):
            raise Mismatch("bad_time") from None
        if not FIRST <= since <= LAST:
            raise Mismatch("bad_time")
        return since

    def _iso(self, found: re.Match[str]) -> datetime:
        year, month, day = int(found["year"]), int(found["month"]), int(found["day"])
        if found["hour"] is None:
            if self.dates != "utc":
                raise ValueError
            return datetime(year, month, day, tzinfo=UTC)
        zone = found["zone"]
        if (zone is None and self.naive != "utc") or bool(found["dash"]) != bool(found["colon"]):
            raise ValueError
        micro = int((found["fraction"] or "0")[:6].ljust(6, "0"))
        hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
        return datetime(year, month, day, hour, minute, second, micro, _offset(zone or "z"))

    def ticks(self, number: float | Decimal) -> int:
        """How many of the epoch number's unit a second has."""
        if self.unit != "auto":
            return PER_SECOND[self.unit]
        low, high = AUTO_RANGE
        for ticks in PER_SECOND.values():
            if low * ticks <= number < high * ticks:
                return ticks
        raise Mismatch("bad_time")


def _offset(zone: str) -> timezone:
    zone = zone.lower()
    if zone in ("z", "gmt", "ut", "utc"):
        return UTC
    if zone in _ZONES:
        return timezone(timedelta(hours=_ZONES[zone]))
    hours, minutes = int(zone[1:3]), int(zone[-2:]) if len(zone) > 3 else 0
    if hours > 23 or minutes > 59:
        raise ValueError
    away = timedelta(hours=hours, minutes=minutes)
    return timezone(-away if zone[0] == "-" else away)


def _mail(text: str) -> datetime:
    found = _MAIL.fullmatch(text)
    if found is None:
        raise ValueError
    month = _MONTHS.index(found["month"].lower()) + 1
    moment = datetime(
        int(found["year"]),
        month,
        int(found["day"]),
        int(found["hour"]),
        int(found["minute"]),
        int(found["second"] or 0),
        tzinfo=_offset(found["zone"]),
    )
    if found["weekday"] and _WEEKDAYS[moment.weekday()] != found["weekday"].lower():
        raise ValueError
    return moment


def spell_time(milliseconds: int) -> str:
    """`YYYY-MM-DDTHH:MM:SSZ`, a fraction of a second cut off."""
    days, rest = divmod(milliseconds, DAY)
    try:
        day = date.fromordinal(719_163 + days).isoformat()
    except (ValueError, OverflowError):
        raise Mismatch("bad_time") from None
    seconds = rest // 1000
    return f"{day}T{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}Z"


def spell_date(milliseconds: int) -> str:
    """`YYYY-MM-DD`, the form of a date that came without a time."""
    return spell_time(milliseconds)[:10]


def anchor_of(width: int) -> int:
    """Where bins of this width start: 1970, or its first Monday when they are whole weeks."""
    return MONDAY if width % WEEK == 0 else 0


def floor_to(milliseconds: int, width: int, anchor: int) -> int:
    """The start of the bin."""
    return (milliseconds - anchor) // width * width + anchor


Move = Callable[[int], int]
"""Milliseconds since 1970 to milliseconds since 1970."""


def on_text(forms: Forms, move: Move, nobody: frozenset[str]) -> Callable[[str], str | None]:
    """Applies `move` to a time in any text form; nobody becomes None."""

    def moved(text: str) -> str | None:
        if text.lower() in nobody:
            return None
        if forms.unit != "auto" and _DIGITS.fullmatch(text):
            return str(_moved_number(int(text), PER_SECOND[forms.unit], move))
        since = move(forms.milliseconds(text))
        return spell_date(since) if len(text) <= 10 else spell_time(since)

    return moved


def _moved_number(number: int, ticks: int, move: Move) -> int:
    """An epoch number moved in its own unit. What is finer than a millisecond is cut off towards the past."""
    since = number * 1000 // ticks
    if not FIRST <= since <= LAST:
        raise Mismatch("bad_time")
    after = move(since)
    if not FIRST <= after <= LAST:
        raise Mismatch("bad_time")
    result = after * ticks // 1000
    if not SMALLEST_INTEGER <= result <= LARGEST_INTEGER:
        raise Mismatch("bad_time")
    return result


def on_number(forms: Forms, move: Move, nobody: frozenset[str]) -> Callable[[Any], Any]:
    """Applies `move` to an epoch number; it keeps its unit and its JSON type."""

    def moved(number: Any) -> Any:
        if type(number) is int:
            if number < 0 and str(number) in nobody:
                return None
            return _moved_number(number, forms.ticks(number), move)
        digits = number if type(number) is Decimal else Decimal(repr(number))
        if not digits.is_finite() or (digits and not -40 < digits.adjusted() < 40):
            raise Mismatch("bad_time")
        if str(digits) in nobody:
            return None
        ticks = forms.ticks(digits)
        top, bottom = digits.as_integer_ratio()
        since = top * 1000 // (ticks * bottom)
        after = move(since) if FIRST <= since <= LAST else LAST + 1
        if not FIRST <= after <= LAST:
            raise Mismatch("bad_time")
        return plain(Decimal(after * ticks) / 1000)

    return moved


def on_times(forms: Forms, move: Move, nobody: frozenset[str]) -> Action:
    """Applies `move` to a time in any form; what is no string and no number is a mismatch."""
    text, number = on_text(forms, move, nobody), on_number(forms, move, nobody)

    def moved(value: Any) -> Any:
        kind = type(value)
        if kind is str:
            return text(value)
        if kind is int or kind is float or kind is Decimal:
            return number(value)
        raise Mismatch("type")

    return moved


@dataclass(frozen=True)
class Floor(Scrubber):
    """The start of the bin in which a point in time lies: never rounded, so no event moves into the future.

    Bins of width `to` are anchored in UTC at 1970-01-01T00:00:00Z; bins of whole weeks at the Monday after.
    ISO 8601 (`Z`, offsets, fractions, basic or extended) and RFC 2822 texts come out as
    `YYYY-MM-DDTHH:MM:SSZ`; epoch numbers keep their unit and type. Their unit is declared with `unit` (`s`,
    `ms`, `us`, `ns`), which also admits numbers in strings; `auto` reads it off the magnitude, for times from
    2001-09-09 to 2286-11-20 only. Texts without a zone, and dates without a time, are taken with `naive: utc`
    and `dates: utc`. Leap seconds (`:60`), `24:00`, week dates, and years outside 1–9999 are the mismatch
    `bad_time`. The empty string and `nobody` values become null."""

    to: Duration
    unit: Unit = "auto"
    naive: Accept = "refuse"
    dates: Accept = "refuse"
    nobody: Nobody = NOBODY

    name: ClassVar[str] = "floor"
    family: ClassVar[Family] = Family.GENERALIZATION
    takes: ClassVar[frozenset[Takes]] = frozenset({Takes.STRING, Takes.INTEGER, Takes.DECIMAL})
    leaves_open: ClassVar[str] = (
        "The rhythm above the bin: four bins of one subject still single most people out."
    )
    source: ClassVar[str] = "ISO 8601-1:2019, RFC 3339, RFC 2822 section 3.3"
    examples: ClassVar[tuple[Example, ...]] = (
        Example("2026-11-21T20:07:33.123Z", "2026-11-21T20:00:00Z", "15m"),
        Example("2026-11-21T20:07:33+05:30", "2026-11-21T14:30:00Z", "15m"),
        Example("20261121T200733Z", "2026-11-21T20:00:00Z", "1h"),
        Example("Sat, 21 Nov 2026 20:07:33 +0100", "2026-11-21T19:00:00Z", "15m"),
        Example("1969-12-31T23:59:59.999Z", "1969-12-31T23:45:00Z", "15m"),
        Example("2024-02-29T12:00:00Z", "2024-02-29T00:00:00Z", "1d"),
        Example("2026-11-21T20:07:33Z", "2026-11-16T00:00:00Z", "7d"),
        Example(1_795_291_653, 1_795_291_200, "15m"),
        Example(1_795_291_653_123, 1_795_291_200_000, "15m"),
        Example(1_795_291_653_123_456_789, 1_795_291_200_000_000_000, "15m"),
        Example(1_795_291_653.25, 1_795_291_200.0, "15m"),
        Example("1795291653123", "1795291200000", {"to": "15m", "unit": "ms"}),
        Example(-1_500, -900_000, {"to": "15m", "unit": "ms"}),
        Example("2026-11-21 20:07:33", "2026-11-21T20:00:00Z", {"to": "15m", "naive": "utc"}),
        Example("2026-11-21", "2026-11-16", {"to": "7d", "dates": "utc"}),
        Example("", None, "15m"),
        Example("unknown", None, "15m"),
        Example(-1, None, "15m"),
        Example("2026-11-21T20:07:33", refuses="bad_time", parameters="15m"),
        Example("2026-11-21", refuses="bad_time", parameters="15m"),
        Example("2016-12-31T23:59:60Z", refuses="bad_time", parameters="15m"),
        Example("2026-11-21T24:00:00Z", refuses="bad_time", parameters="15m"),
        Example("2026-W47-6T20:07:33Z", refuses="bad_time", parameters="15m"),
        Example("2025-02-29T00:00:00Z", refuses="bad_time", parameters="15m"),
        Example("０2026-11-21T20:07:3Z", refuses="bad_time", parameters="15m"),
        Example("+10000-01-01T00:00:00Z", refuses="bad_time", parameters="15m"),
        Example("yesterday", refuses="bad_time", parameters="15m"),
        Example("1795291653123", refuses="bad_time", parameters="15m"),
        Example(86_400_000, refuses="bad_time", parameters="15m"),
        Example(10**40, refuses="bad_time", parameters="15m"),
        Example(float("nan"), refuses="bad_time", parameters="15m"),
        Example(given=True, refuses="type", parameters="15m"),
        Example(["2026-11-21T20:07:33Z"], refuses="type", parameters="15m"),
    )

    def __post_init__(self) -> None:
        if self.dates == "utc" and self.to % DAY and DAY % self.to:
            raise ValueError("dates need bins that divide a day, or whole days")

    def build(self, context: BuildContext) -> Action:
        width, anchor, nobody = self.to, anchor_of(self.to), nobody_set(self.nobody)
        forms = Forms(self.unit, self.naive, self.dates)

        def move(since: int) -> int:
            return (since - anchor) // width * width + anchor

        floor = on_times(forms, move, nobody)
        return floor if width % 60_000 else _by_minute(floor, nobody)

    def compare(self, other: Floor) -> bool | None:
        if anchor_of(self.to) != anchor_of(other.to) and DAY % min(self.to, other.to):
            return None  # weeks start on a Monday, which bins from 1970 respect only when they divide a day
        widths = nested(self.to, other.to)
        naive = less_is_tighter(self.naive == "utc", other.naive == "utc")
        dates = less_is_tighter(self.dates == "utc", other.dates == "utc")
        return verdict(widths, naive, dates, same(self.unit, other.unit), same(self.nobody, other.nobody))


@dataclass(frozen=True)
class Shift(Scrubber):
    """Moves all times of one subject by one offset, drawn by a keyed function once per subject and epoch.

    The offset is a multiple of `step` between -`by` and +`by`; every field of a policy moves by the same. A
    record without a subject gets an offset of its own. Forms and parameters of times are those of `floor`.
    """

    by: Duration
    step: Duration = DAY
    unit: Unit = "auto"
    naive: Accept = "refuse"
    dates: Accept = "refuse"
    nobody: Nobody = NOBODY

    name: ClassVar[str] = "shift"
    family: ClassVar[Family] = Family.RANDOMIZATION
    takes: ClassVar[frozenset[Takes]] = frozenset({Takes.STRING, Takes.INTEGER, Takes.DECIMAL})
    needs_key: ClassVar[bool] = True
    needs_record: ClassVar[bool] = True
    leaves_open: ClassVar[str] = (
        "All intervals between a subject's times, and the time of day: one public event shows the offset."
    )
    source: ClassVar[str] = "Date shifting as in de-identified clinical data"
    examples: ClassVar[tuple[Example, ...]] = (
        Example("2026-11-21T20:07:33.123Z", parameters="30d", matches="202[67]-..-..T20:07:33Z"),
        Example("2026-11-21", parameters={"by": "30d", "dates": "utc"}, matches="202[67]-..-.."),
        Example("", None, "30d"),
        Example("yesterday", refuses="bad_time", parameters="30d"),
        Example("2026-11-21T20:07:33", refuses="bad_time", parameters="30d"),
        Example(86_400_000, refuses="bad_time", parameters="30d"),
        Example(given=True, refuses="type", parameters="30d"),
    )

    def __post_init__(self) -> None:
        if self.step > self.by:
            raise ValueError("step is larger than by: no offset but zero would be left")

    def build(self, context: BuildContext) -> Action:
        draw, record, step = drawing(context, "shift"), context.record, self.step
        most = self.by // step

        def move(since: int) -> int:
            return since + (draw(who(record)) % (2 * most + 1) - most) * step

        return on_times(Forms(self.unit, self.naive, self.dates), move, nobody_set(self.nobody))

    def compare(self, other: Shift) -> bool | None:
        mine, theirs = (replace(one, by=one.step) for one in (self, other))
        return verdict(less_is_tighter(other.by, self.by), same(mine, theirs))


@dataclass(frozen=True)
class TimeNoise(Scrubber):
    """Floors a time to `bin` and moves it by noise that is drawn once per subject and bin, between -`within`
    and +`within` in steps of a second.

    Drawn once, because independent noise on the same habit averages out. `bin` is `within` unless given. A
    record without a subject gets noise of its own. Forms and parameters of times are those of `floor`."""

    within: Annotated[Duration, Field(ge=1000)]
    bin: Duration | None = None
    unit: Unit = "auto"
    naive: Accept = "refuse"
    dates: Accept = "refuse"
    nobody: Nobody = NOBODY

    name: ClassVar[str] = "time_noise"
    family: ClassVar[Family] = Family.RANDOMIZATION
    takes: ClassVar[frozenset[Takes]] = frozenset({Takes.STRING, Takes.INTEGER, Takes.DECIMAL})
    needs_key: ClassVar[bool] = True
    needs_record: ClassVar[bool] = True
    leaves_open: ClassVar[str] = (
        "The time up to the noise; a time may lie in the future, and order may change."
    )
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            "2026-11-21T20:07:33.123Z",
            parameters="15m",
            matches="2026-11-21T(19:4[5-9]|19:5.|20:0.|20:1[0-5]):..Z",
        ),
        Example("unknown", None, "15m"),
        Example("2026-11-21T24:00:00Z", refuses="bad_time", parameters="15m"),
        Example(["2026-11-21T20:07:33Z"], refuses="type", parameters="15m"),
    )

    def build(self, context: BuildContext) -> Action:
        draw, record, width = drawing(context, "time_noise"), context.record, self.bin or self.within
        anchor, most = anchor_of(width), self.within // 1000

        def move(since: int) -> int:
            start = floor_to(since, width, anchor)
            return start + (draw(who(record) + b"%d" % start) % (2 * most + 1) - most) * 1000

        return on_times(Forms(self.unit, self.naive, self.dates), move, nobody_set(self.nobody))

    def compare(self, other: TimeNoise) -> bool | None:
        mine, theirs = (replace(one, within=1000, bin=1000) for one in (self, other))
        widths = nested(self.bin or self.within, other.bin or other.within)
        return verdict(less_is_tighter(other.within, self.within), widths, same(mine, theirs))


def _by_minute(floor: Action, nobody: frozenset[str]) -> Action:
    """For bins of whole minutes, `YYYY-MM-DDTHH:MM:SS.mmmZ` depends on its first 16 characters only: they are
    remembered. `fromisoformat` checks the rest of the text, whose form the two fixed characters pin down."""
    seen: dict[str, str] = {}
    never = {text[:16].upper() for text in nobody}
    known = seen.get
    check = datetime.fromisoformat

    def floor_by_minute(value: Any) -> Any:
        if type(value) is not str or len(value) not in (20, 24) or value[-1] != "Z" or value[16] != ":":
            return floor(value)
        minute = value[:16]
        start = known(minute)
        if start is None:
            result: str | None = floor(value)
            if result is not None and value[10] == "T" and minute not in never:
                if len(seen) >= _CACHED:
                    seen.clear()
                seen[minute] = result
            return result
        try:
            check(value)
        except ValueError:
            raise Mismatch("bad_time") from None
        return start

    return floor_by_minute
