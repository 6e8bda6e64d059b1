"""Numbers: coarser, cut at the ends, or noisy. All of them count in the digits of the input, not in
binary."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from itertools import pairwise
from math import floor, isfinite, log
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from stream_scrubber.codec.json import LARGEST_INTEGER, SMALLEST_INTEGER
from stream_scrubber.codec.numbers import exact, spell
from stream_scrubber.errors import Mismatch
from stream_scrubber.scrubbers.base import (
    NUMBERS,
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
from stream_scrubber.scrubbers.draws import BITS53, UNIT, drawing
from stream_scrubber.scrubbers.units import Number, Positive, Text, Whole, plain

Mode = Literal["nearest", "down", "up"]

SAFE_FLOAT = 1e15
"""Below this size a float's whole part is exact, and so is its comparison with any half."""

_TINY = -400
"""No JSON number that is finite as a double and not zero is this small; a Decimal may be, and costs a lot
then."""


def number_kind(value: Any) -> type:
    """The type of a number that can be counted with; anything else is a mismatch."""
    kind = type(value)
    if kind is int:
        if not SMALLEST_INTEGER <= value <= LARGEST_INTEGER:
            raise Mismatch("number_range")
    elif kind is float:
        if not isfinite(value):
            raise Mismatch("bad_number")
    elif kind is Decimal:
        if not (value.is_finite() and isfinite(float(value))):
            raise Mismatch("bad_number")
    else:
        raise Mismatch("type")
    return kind


def ratio(value: float | Decimal) -> Fraction:
    """The exact value of the input's digits."""
    if type(value) is int:
        return Fraction(value)
    digits = exact(value)
    if digits and digits.adjusted() < _TINY:
        digits = Decimal((digits.is_signed(), (1,), _TINY))
    return Fraction(digits)


def _down(count: Fraction) -> int:
    return floor(count)


def _up(count: Fraction) -> int:
    return -floor(-count)


_STEPS: dict[Mode, Callable[[Fraction], int]] = {"down": _down, "up": _up, "nearest": round}


def multiple(count: int, step: Decimal) -> int | float | Decimal:
    """`count × step` as a JSON number, exact."""
    _, digits, exponent = step.as_tuple()
    assert isinstance(exponent, int)  # noqa: S101  parameters are finite
    unscaled = count * int("".join(map(str, digits)))
    if exponent >= 0:
        whole = unscaled * 10**exponent
        return whole if SMALLEST_INTEGER <= whole <= LARGEST_INTEGER else Decimal(whole)
    return plain(Decimal(unscaled).scaleb(exponent) if abs(unscaled) < 10**27 else _long(unscaled, exponent))


def _long(unscaled: int, exponent: int) -> Decimal:
    return Decimal((int(unscaled < 0), tuple(map(int, str(abs(unscaled)))), exponent))


@dataclass(frozen=True)
class Round(Scrubber):
    """The nearest multiple of `to`, halves to the even multiple; with `mode: down` the largest one not above
    the value, with `up` the smallest one not below.

    Computed from the input's digits: `0.15` to `0.1` is a half and gives `0.2`. Integers stay integers when
    `to` is one. An integer whose multiple does not fit in 64 bits is the mismatch `number_range`."""

    to: Positive
    mode: Mode = "nearest"

    name: ClassVar[str] = "round"
    family: ClassVar[Family] = Family.GENERALIZATION
    takes: ClassVar[frozenset[Takes]] = NUMBERS
    leaves_open: ClassVar[str] = (
        "The size up to the step; exact sums beside rounded parts give the parts back."
    )
    examples: ClassVar[tuple[Example, ...]] = (
        Example(1179, 1200, 100),
        Example(1150, 1200, 100),
        Example(1250, 1200, 100),
        Example(-1150, -1200, 100),
        Example(87.3, 80, {"to": 10, "mode": "down"}),
        Example(-87.3, -90, {"to": 10, "mode": "down"}),
        Example(81, 90, {"to": 10, "mode": "up"}),
        Example(0.15, 0.2, 0.1),
        Example(2.675, 2.68, 0.01),
        Example(Decimal("0.30000000000000000001"), 0.3, {"to": 0.1, "mode": "down"}),
        Example(1e300, Decimal("1e300"), 100),
        Example(18_446_744_073_709_551_615, refuses="number_range", parameters={"to": 100, "mode": "up"}),
        Example(10**40, refuses="number_range", parameters=100),
        Example(float("nan"), refuses="bad_number", parameters=100),
        Example(float("inf"), refuses="bad_number", parameters=100),
        Example("1179", refuses="type", parameters=100),
        Example(given=True, refuses="type", parameters=100),
        Example([1179], refuses="type", parameters=100),
    )

    def build(self, context: BuildContext) -> Action:
        step, choose = self.to, _STEPS[self.mode]
        share = Fraction(step)

        def counted(value: Any) -> int | float | Decimal:
            kind = number_kind(value)
            result = multiple(choose(ratio(value) / share), step)
            if kind is int and type(result) is Decimal:
                raise Mismatch("number_range")
            return result

        if share.numerator > SAFE_FLOAT:
            return counted
        if share.denominator == 1:
            return _whole_steps(share.numerator, self.mode, counted)
        return _decimal_steps(step, self.mode, counted)

    def compare(self, other: Round) -> bool | None:
        return verdict(
            nested(self.to, other.to), same(self.mode, other.mode), _nests(self.mode, self.to, other.to)
        )


def _nests(mode: Mode, mine: Decimal, theirs: Decimal) -> int | None:
    """Bins around multiples nest only when the ratio is odd, and then only up to halves: not at all, to be
    safe."""
    return 0 if mode != "nearest" or mine == theirs else None


def _whole_steps(step: int, mode: Mode, counted: Action) -> Action:
    """For whole steps, integers and floats below 10^15 need no fractions: the whole part is exact there."""

    def down(value: Any) -> Any:
        kind = type(value)
        if kind is int and SMALLEST_INTEGER + step <= value <= LARGEST_INTEGER:
            return value // step * step
        if kind is float and -SAFE_FLOAT < value < SAFE_FLOAT:
            return floor(value) // step * step
        return counted(value)

    def up(value: Any) -> Any:
        kind = type(value)
        if kind is int and SMALLEST_INTEGER <= value <= LARGEST_INTEGER - step:
            return -(-value // step) * step
        if kind is float and -SAFE_FLOAT < value < SAFE_FLOAT:
            return -(floor(-value) // step) * step
        return counted(value)

    return {"down": down, "up": up, "nearest": _nearest_whole(step, counted)}[mode]


def _nearest_whole(step: int, counted: Action) -> Action:
    half, odd = divmod(step, 2)

    def nearest(value: Any) -> Any:
        kind = type(value)
        if kind is int:
            if not SMALLEST_INTEGER + step <= value <= LARGEST_INTEGER - step:
                return counted(value)
            whole, fraction = value, 0.0
        elif kind is float and -SAFE_FLOAT < value < SAFE_FLOAT:
            whole = floor(value)
            fraction = value - whole
        else:
            return counted(value)
        count, rest = divmod(whole, step)
        over = rest - half  # the value lies at half a step when over + fraction is 0, or 0.5 for odd steps
        if over > 0 or (over == 0 and fraction > (0.5 if odd else 0.0)):
            return (count + 1) * step
        if over == 0 and fraction == (0.5 if odd else 0.0):
            return (count + (count & 1)) * step
        return count * step

    return nearest


def _decimal_steps(step: Decimal, mode: Mode, counted: Action) -> Action:
    """For steps with a fraction and floats of up to about 13 digits. Each multiple, and each half between
    two, is then the shortest spelling of the double nearest to it, and rounding to a double never swaps two
    numbers: so comparing doubles is the same as comparing digits."""
    _, digits, exponent = step.as_tuple()
    assert isinstance(exponent, int)  # noqa: S101  parameters are finite
    top, bottom = int("".join(map(str, digits))), 10**-exponent
    size, limit = float(step), 1e13 / bottom

    def below(value: float) -> int:
        count: int = floor(value / size)
        if value < count * top / bottom:
            return count - 1
        return count + 1 if value >= (count + 1) * top / bottom else count

    def stepped(value: Any) -> Any:
        if type(value) is not float or not -limit < value < limit:
            return counted(value)
        if mode == "up":
            count = -below(-value)
        else:
            count = below(value)
            if mode == "nearest":
                half = (2 * count + 1) * top / (2 * bottom)
                count += value > half or (value == half and count & 1)
        unscaled = count * top
        return unscaled / bottom if unscaled % bottom else unscaled // bottom

    return stepped


@dataclass(frozen=True)
class Clamp(Scrubber):
    """Top and bottom coding: a number above `max` becomes `max`, one below `min` becomes `min`. At least one
    is given. Numbers between pass as they are, so put `round` before it."""

    max: Number | None = None
    min: Number | None = None

    name: ClassVar[str] = "clamp"
    family: ClassVar[Family] = Family.GENERALIZATION
    takes: ClassVar[frozenset[Takes]] = NUMBERS
    leaves_open: ClassVar[str] = "Every number between the two ends, exactly; only the outliers are hidden."
    examples: ClassVar[tuple[Example, ...]] = (
        Example(730, 500, 500),
        Example(12.5, 12.5, 500),
        Example(-3, 0, {"min": 0, "max": 120}),
        Example(Decimal("1e400"), refuses="bad_number", parameters=500),
        Example(10**40, refuses="number_range", parameters=500),
        Example(float("nan"), refuses="bad_number", parameters=500),
        Example("730", refuses="type", parameters=500),
        Example(given=False, refuses="type", parameters=500),
    )

    def __post_init__(self) -> None:
        if self.max is None and self.min is None:
            raise ValueError("clamp needs max, min, or both")
        if self.max is not None and self.min is not None and self.min > self.max:
            raise ValueError("min lies above max")

    def build(self, context: BuildContext) -> Action:
        top = plain(self.max) if self.max is not None else float("inf")
        bottom = plain(self.min) if self.min is not None else float("-inf")

        def clamp(value: Any) -> Any:
            number_kind(value)
            if value > top:
                return top
            return bottom if value < bottom else value

        return clamp

    def compare(self, other: Clamp) -> bool | None:
        low, high = Decimal("-inf"), Decimal("inf")
        mine = (low if self.min is None else self.min, high if self.max is None else self.max)
        theirs = (low if other.min is None else other.min, high if other.max is None else other.max)
        return verdict(less_is_tighter(theirs[0], mine[0]), less_is_tighter(mine[1], theirs[1]))


@dataclass(frozen=True)
class Bucket(Scrubber):
    """The name of the bucket that a number falls in: `edges` are the lower ends, declared in the policy and
    never learnt from the data.

    Without `labels` (one more than edges, from below the first edge upwards) the names are `<18`, `[18,30)`,
    `>=30`."""

    edges: Annotated[tuple[Number, ...], Field(min_length=1, max_length=1000)]
    labels: Annotated[tuple[Text, ...], Field(min_length=2)] | None = None

    name: ClassVar[str] = "bucket"
    family: ClassVar[Family] = Family.GENERALIZATION
    takes: ClassVar[frozenset[Takes]] = NUMBERS
    leaves_open: ClassVar[str] = "The bucket; the open ones at both ends may hold few people."
    examples: ClassVar[tuple[Example, ...]] = (
        Example(17, "<18", [18, 30, 50]),
        Example(18, "[18,30)", [18, 30, 50]),
        Example(29.99, "[18,30)", [18, 30, 50]),
        Example(71, ">=50", [18, 30, 50]),
        Example(0.3, "[0.3,0.5)", [0.1, 0.3, 0.5]),
        Example(12, "minor", {"edges": [18], "labels": ["minor", "adult"]}),
        Example(float("nan"), refuses="bad_number", parameters=[18]),
        Example(10**40, refuses="number_range", parameters=[18]),
        Example("17", refuses="type", parameters=[18]),
        Example(given=True, refuses="type", parameters=[18]),
    )

    def __post_init__(self) -> None:
        if any(low >= high for low, high in pairwise(self.edges)):
            raise ValueError("edges must rise")
        if self.labels is not None and len(self.labels) != len(self.edges) + 1:
            raise ValueError(
                "labels need one more than edges: the first is for what lies below the first edge"
            )

    def build(self, context: BuildContext) -> Action:
        names = self.labels or _bucket_names(self.edges)
        edges = [plain(edge) for edge in self.edges]

        def bucket(value: Any) -> str:
            number_kind(value)
            return names[bisect_right(edges, value)]

        return bucket

    def compare(self, other: Bucket) -> bool | None:
        mine, theirs = set(self.edges), set(other.edges)
        edges = 0 if mine == theirs else 1 if mine < theirs else -1 if mine > theirs else None
        return verdict(edges, same(self.labels is None, other.labels is None))


def _bucket_names(edges: tuple[Decimal, ...]) -> tuple[str, ...]:
    spelled = [spell(edge) for edge in edges]
    between = [f"[{low},{high})" for low, high in pairwise(spelled)]
    return (f"<{spelled[0]}", *between, f">={spelled[-1]}")


@dataclass(frozen=True)
class SignificantDigits(Scrubber):
    """Rounds to the first `digits` significant digits: the larger the number, the wider the step.

    `mode` is that of `round`. Integers stay integers.
    """

    digits: Annotated[Whole, Field(ge=1, le=15)]
    mode: Mode = "nearest"

    name: ClassVar[str] = "significant_digits"
    family: ClassVar[Family] = Family.GENERALIZATION
    takes: ClassVar[frozenset[Takes]] = NUMBERS
    leaves_open: ClassVar[str] = "The magnitude: very large numbers stay rare however few digits they have."
    examples: ClassVar[tuple[Example, ...]] = (
        Example(1179, 1200, 2),
        Example(1250, 1200, 2),
        Example(0.012345, 0.012, 2),
        Example(-1179, -1200, {"digits": 2, "mode": "down"}),
        Example(99.6, 100, 2),
        Example(0, 0, 2),
        Example(18_446_744_073_709_551_615, refuses="number_range", parameters=1),
        Example(float("inf"), refuses="bad_number", parameters=2),
        Example("1179", refuses="type", parameters=2),
        Example([1179], refuses="type", parameters=2),
    )

    def build(self, context: BuildContext) -> Action:
        rounding = {"nearest": ROUND_HALF_EVEN, "down": ROUND_FLOOR, "up": ROUND_CEILING}[self.mode]
        cut = Context(prec=self.digits, rounding=rounding, Emin=-999_999, Emax=999_999).plus

        def significant_digits(value: Any) -> Any:
            kind = number_kind(value)
            result = plain(cut(Decimal(value) if kind is int else exact(value)))
            if kind is int and type(result) is not int:
                raise Mismatch("number_range")
            return result

        return significant_digits

    def compare(self, other: SignificantDigits) -> bool | None:
        digits = less_is_tighter(self.digits, other.digits)
        return verdict(
            digits, same(self.mode, other.mode), _nests(self.mode, *map(Decimal, (self.digits, other.digits)))
        )


@dataclass(frozen=True)
class Noise(Scrubber):
    """Rounds down to a multiple of `step` and adds Laplace noise of the given `scale`, itself a multiple of
    `step`.

    The noise is a keyed function of the record, the rule and the number: a redelivered record gets the same,
    other records get their own. Its standard deviation is about 1.41 × `scale`. This is not differential
    privacy for the subject: noise of many records averages out."""

    scale: Positive
    step: Positive = Decimal(1)

    name: ClassVar[str] = "noise"
    family: ClassVar[Family] = Family.RANDOMIZATION
    takes: ClassVar[frozenset[Takes]] = NUMBERS
    needs_key: ClassVar[bool] = True
    needs_record: ClassVar[bool] = True
    leaves_open: ClassVar[str] = "The mean over many records; per-record noise is not differential privacy."
    source: ClassVar[str] = "Discrete Laplace: Ghosh, Roughgarden, Sundararajan 2009"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(1000, parameters=10, matches="[0-9]{3,4}"),
        Example(12.34, parameters={"scale": 1, "step": 0.5}, matches=r"-?[0-9]+(\.5)?"),
        Example(2**64 - 1, refuses="number_range", parameters={"scale": 1e19, "step": 1e18}),
        Example(float("nan"), refuses="bad_number", parameters=10),
        Example("1000", refuses="type", parameters=10),
        Example(given=False, refuses="type", parameters=10),
    )

    def __post_init__(self) -> None:
        if self.scale / self.step > 10**6:
            raise ValueError("scale is more than a million steps: declare a larger step")

    def build(self, context: BuildContext) -> Action:
        draw, record = drawing(context, "noise", context.selector, size=15), context.record
        step, spread = self.step, float(self.scale / self.step)
        down = Round(step, "down").build(context)
        share = Fraction(step)

        def noise(value: Any) -> Any:
            kind = number_kind(value)
            count = int(ratio(down(value)) / share)
            bits = draw(record.coordinates + b"\0" + str(ratio(value)).encode())
            # the difference of two geometric variables of one ratio is a discrete Laplace variable
            first, second = (bits & BITS53) + 0.5, (bits >> 60 & BITS53) + 0.5
            count += int(-log(first * UNIT) * spread) - int(-log(second * UNIT) * spread)
            result = multiple(count, step)
            if kind is int and type(result) is Decimal:
                raise Mismatch("number_range")
            return result

        return noise

    def compare(self, other: Noise) -> bool | None:
        return verdict(less_is_tighter(other.scale, self.scale), nested(self.step, other.step))
