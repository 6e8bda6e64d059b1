"""Types of parameters: durations and shares with their unit in the value, and scalars that are never coerced.

A policy author writes `15m` or `2%`. In Python the same parameters are plain numbers: a duration is an int of
milliseconds, a share a float between 0 and 1.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StrictBool, StrictFloat, StrictInt, StrictStr, WithJsonSchema

from stream_scrubber.codec.numbers import exact

UNITS = {"w": 604_800_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
"""Milliseconds of each unit, the largest first: the order in which a duration combines them."""

_DURATION = re.compile("".join(f"(?:([0-9]{{1,12}}){unit})?" for unit in UNITS))
_SHARE = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,9})?)%")


def parse_duration(text: object) -> int:
    """Milliseconds of `15m`, `7d` or `1h30m`. A number without a unit is refused."""
    found = _DURATION.fullmatch(text) if isinstance(text, str) and text else None
    if found is None:
        raise ValueError(
            "a duration is a number and its unit (w, d, h, m, s, ms), the largest first: 15m, 7d, 1h30m"
        )
    milliseconds = sum(int(n) * size for n, size in zip(found.groups(), UNITS.values(), strict=True) if n)
    if not 0 < milliseconds <= 36_525 * UNITS["d"]:
        raise ValueError("a duration lies between 1ms and a hundred years")
    return milliseconds


def spell_duration(milliseconds: int) -> str:
    """The shortest text that `parse_duration` reads as this duration."""
    text = ""
    for unit, size in UNITS.items():
        count, milliseconds = divmod(milliseconds, size)
        text += f"{count}{unit}" if count else ""
    return text


def parse_share(text: object) -> float:
    """The fraction of `2%`. A number without the sign is refused."""
    found = _SHARE.fullmatch(text) if isinstance(text, str) else None
    if found is None or Decimal(found[1]) > 100:
        raise ValueError("a share is a percentage between 0% and 100%: 2%")
    return float(Decimal(found[1]) / 100)


def parse_number(value: object) -> Decimal:
    """The decimal that the policy's digits say."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("expected a number")
    number = exact(Decimal(value) if isinstance(value, int) else value)
    if not number.is_finite() or (number and not -300 <= number.adjusted() <= 300):
        raise ValueError("expected a finite number")
    return number


Duration = Annotated[
    int,
    BeforeValidator(parse_duration),
    WithJsonSchema(
        {"type": "string", "pattern": "^([0-9]+(w|d|h|ms|m|s))+$", "examples": ["15m", "7d", "1h30m"]}
    ),
]
"""Milliseconds, written `15m`, `7d` or `1h30m`."""

Share = Annotated[
    float,
    BeforeValidator(parse_share),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,3}(\.[0-9]+)?%$", "examples": ["2%"]}),
]
"""A fraction between 0 and 1, written `2%`."""

Number = Annotated[Decimal, BeforeValidator(parse_number), WithJsonSchema({"type": "number"})]
"""An integer or decimal, exactly as its digits say."""

Positive = Annotated[Number, Field(gt=0)]
Whole = StrictInt
Text = StrictStr
Flag = StrictBool
Name = Annotated[StrictStr, Field(min_length=1, max_length=200)]
Scalar = StrictStr | StrictBool | StrictInt | StrictFloat


def plain(number: Decimal) -> int | float | Decimal:
    """A number as JSON values carry it: an int when it has no fraction, a float when that loses no digit."""
    if not number.is_finite() or not -400 < number.adjusted() < 400:
        return number
    if number == number.to_integral_value():
        whole = int(number)
        return whole if -(2**63) <= whole < 2**64 else number
    return approximate if Decimal(repr(approximate := float(number))) == number else number


def frozen(value: Any) -> Any:
    """Lists of a policy as tuples, so that a scrubber stays hashable."""
    return tuple(frozen(item) for item in value) if isinstance(value, list | tuple) else value
