"""Places: cells instead of points."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import asin, atan2, cos, floor, log, pi, radians, sin
from typing import Annotated, Any, ClassVar

from pydantic import Field

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
from stream_scrubber.scrubbers.draws import three_shares, who
from stream_scrubber.scrubbers.numbers import ratio
from stream_scrubber.scrubbers.units import Name, Number, Whole

ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz"
"""Geohash's base32: no a, i, l, o."""

RADIUS = 6_371_008.8
"""The Earth's mean radius in metres."""

METRES_PER_DEGREE = RADIUS * pi / 180
TURN = 2 * pi
RADIAN = pi / 180

_H3 = re.compile("[0-9a-f]{15}")

_NUMBERS = frozenset({int, float, Decimal})

Point = Callable[[Any], "tuple[Any, Any]"]


def point_of(lat: str, lon: str) -> Point:
    """Reads the two named members of an object: two numbers in range, or the mismatch `bad_place`."""

    def point(value: Any) -> tuple[Any, Any]:
        if type(value) is not dict:
            raise Mismatch("type")
        try:
            north, east = value[lat], value[lon]
        except KeyError:
            raise Mismatch("bad_place") from None
        # nearly all coordinates are floats; NaN, for which every comparison is false, is out of range
        if not (type(north) is float and type(east) is float):
            _check_numbers(north, east)
        if -90 <= north <= 90 and -180 <= east <= 180:
            return north, east
        raise Mismatch("bad_place")

    return point


def _check_numbers(*coordinates: Any) -> None:
    for number in coordinates:
        kind = type(number)
        # a Decimal may be a NaN that raises on comparison
        if kind not in _NUMBERS or (kind is Decimal and not number.is_finite()):
            raise Mismatch("bad_place")


def edge_below(value: Any, edges: Callable[[int], float], guess: int) -> int:
    """The largest n with edges(n) ≤ value, for a guess that is off by a few at most."""
    while value < edges(guess):
        guess -= 1
    while value >= edges(guess + 1):
        guess += 1
    return guess


def _pairs() -> tuple[str, ...]:
    """Two geohash characters for 5 bits of longitude and 5 of latitude, which alternate, longitude first."""
    return tuple(_pair(index >> 5, index & 31) for index in range(1024))


def _pair(east: int, north: int) -> str:
    bits = 0
    for place in range(4, -1, -1):
        bits = bits << 2 | (east >> place & 1) << 1 | north >> place & 1
    return ALPHABET[bits >> 5] + ALPHABET[bits & 31]


@dataclass(frozen=True)
class Geohash(Scrubber):
    """The geohash cell of a point: `precision` characters.

    An object with the members `lat` and `lon` (their names are parameters; degrees, as numbers) is replaced
    by the string, all its other members are gone. A geohash in a string is cut to `precision`. Cells at the
    equator: 4 is 39 × 20 km, 5 is 4.9 × 4.9 km, 6 is 1.2 × 0.6 km, 7 is 153 m. A missing, null or
    out-of-range coordinate, or a string that is no geohash, is the mismatch `bad_place`."""

    precision: Annotated[Whole, Field(ge=1, le=12)] = 4
    lat: Name = "lat"
    lon: Name = "lon"

    name: ClassVar[str] = "geohash"
    family: ClassVar[Family] = Family.GENERALIZATION
    takes: ClassVar[frozenset[Takes]] = frozenset({Takes.OBJECT, Takes.STRING})
    leaves_open: ClassVar[str] = (
        "The cell: with a day beside each, the cells of length 5 that a person visits are unique for most."
    )
    source: ClassVar[str] = "Geohash, G. Niemeyer 2008"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({"lat": 57.64911, "lon": 10.40744}, "u4pruydqqvj8", 12),
        Example({"lat": 42.605, "lon": -5.603, "accuracy": 4}, "ezs4", 4),
        Example({"latitude": 52.5234, "longitude": 13.4114}, "u33d", {"lat": "latitude", "lon": "longitude"}),
        Example({"lat": 90, "lon": 180}, "zzzz"),
        Example({"lat": -90, "lon": -180}, "0000"),
        Example("EZS42", "ezs4"),
        Example("ez", "ez"),
        Example("ezs4a", refuses="bad_place"),
        Example("", refuses="bad_place"),
        Example({"lat": 52.5}, refuses="bad_place"),
        Example({"lat": 52.5, "lon": None}, refuses="bad_place"),
        Example({"lat": 151.2, "lon": -33.9}, refuses="bad_place"),
        Example({"lat": "52.5", "lon": "13.4"}, refuses="bad_place"),
        Example({"lat": "52°31'12\"N", "lon": "13°24'18\"E"}, refuses="bad_place"),
        Example({"lat": True, "lon": 1}, refuses="bad_place"),
        Example({"lat": float("nan"), "lon": 1}, refuses="bad_place"),
        Example([13.4, 52.5], refuses="type"),
        Example(52.5, refuses="type"),
    )

    def build(self, context: BuildContext) -> Action:
        point, pairs, precision = point_of(self.lat, self.lon), _pairs(), self.precision
        allowed = frozenset(ALPHABET)
        rounds = range(5 * ((precision + 1) // 2) - 5, -1, -5)
        cells = 1 << 5 * len(rounds)
        tall, wide, last = 180 / cells, 360 / cells, cells - 1

        def geohash(value: Any) -> str:
            if type(value) is str:
                text = value.lower()
                if not text or not allowed.issuperset(text):
                    raise Mismatch("bad_place")
                return text[:precision]
            north, east = point(value)
            # every edge is a multiple of 45/2^n and so an exact double; only the first guess is rounded
            row, column = int((float(north) + 90.0) / tall), int((float(east) + 180.0) / wide)
            if north < row * tall - 90.0:
                row -= 1
            if east < column * wide - 180.0:
                column -= 1
            if row > last:
                row = last
            if column > last:
                column = last
            text = ""
            for shift in rounds:
                text += pairs[(column >> shift & 31) << 5 | row >> shift & 31]
            return text[:precision]

        return geohash

    def compare(self, other: Geohash) -> bool | None:
        return verdict(
            less_is_tighter(self.precision, other.precision),
            same((self.lat, self.lon), (other.lat, other.lon)),
        )


@dataclass(frozen=True)
class Grid(Scrubber):
    """The south-west corner of the grid cell in which a point lies: an object of the two named members only.

    Cells are `degrees` wide and high, from 0°, computed from the input's digits; or about `metres` wide and
    high, where the number of cells in a row shrinks with the cosine of the latitude, so that no cell is
    narrower than that. A latitude of 90 belongs to the row below it, a longitude of 180 is -180. A missing,
    null or out-of-range coordinate is the mismatch `bad_place`."""

    degrees: Annotated[Number, Field(ge=Decimal("0.0001"), le=90)] | None = None
    metres: Annotated[Number, Field(ge=10, le=5_000_000)] | None = None
    lat: Name = "lat"
    lon: Name = "lon"

    name: ClassVar[str] = "grid"
    family: ClassVar[Family] = Family.GENERALIZATION
    takes: ClassVar[frozenset[Takes]] = frozenset({Takes.OBJECT})
    leaves_open: ClassVar[str] = (
        "The cell; one in degrees is narrower towards the poles, and at night few people share one."
    )
    examples: ClassVar[tuple[Example, ...]] = (
        Example({"lat": 52.5234, "lon": -0.0123}, {"lat": 52.5, "lon": -0.1}, 0.1),
        Example({"lat": 0.3, "lon": 0.7, "accuracy": 4}, {"lat": 0.3, "lon": 0.7}, 0.1),
        Example({"y": -33.8688, "x": 151.2093}, {"y": -34, "x": 151}, {"degrees": 1, "lat": "y", "lon": "x"}),
        Example({"lat": 90, "lon": 180}, {"lat": 89.9, "lon": -180}, 0.1),
        Example({"lat": Decimal("52.49999999999999999999"), "lon": 0}, {"lat": 52.4, "lon": 0}, 0.1),
        Example({"lat": 52.5234, "lon": 13.4114}, {"lat": 52.52031, "lon": 13.40835}, {"metres": 1000}),
        Example({"lat": 52.5234}, refuses="bad_place", parameters=0.1),
        Example({"lat": 52.5234, "lon": None}, refuses="bad_place", parameters=0.1),
        Example({"lat": 151.2, "lon": -33.9}, refuses="bad_place", parameters=0.1),
        Example({"lat": "52.5", "lon": 13.4}, refuses="bad_place", parameters=0.1),
        Example({"lat": float("nan"), "lon": 13.4}, refuses="bad_place", parameters=0.1),
        Example("u33d", refuses="type", parameters=0.1),
        Example([52.5, 13.4], refuses="type", parameters=0.1),
    )

    def __post_init__(self) -> None:
        if (self.degrees is None) == (self.metres is None):
            raise ValueError("grid needs either degrees or metres")
        if self.lat == self.lon:
            raise ValueError("lat and lon name the same member")

    def build(self, context: BuildContext) -> Action:
        point, lat, lon = point_of(self.lat, self.lon), self.lat, self.lon
        corner = _degrees(self.degrees) if self.degrees is not None else _metres(float(self.metres or 0))

        def grid(value: Any) -> dict[str, Any]:
            north, east = corner(*point(value))
            return {lat: north, lon: east}

        return grid

    def compare(self, other: Grid) -> bool | None:
        if self.degrees is None or other.degrees is None:
            return None
        return verdict(
            nested(self.degrees, other.degrees), same((self.lat, self.lon), (other.lat, other.lon))
        )


Corner = Callable[[Any, Any], "tuple[Any, Any]"]


def _degrees(width: Decimal) -> Corner:
    """Edges are multiples of a decimal, spelled as the nearest double: comparing a double with that one is
    the same as comparing their digits, because rounding to a double never swaps two numbers."""
    top, bottom = width.as_integer_ratio()
    size, share = float(width), Fraction(width)

    def below(value: Any) -> int:
        if type(value) is Decimal:
            return floor(ratio(value) / share)
        count: int = floor(value / size)
        if value < count * top / bottom:
            return count - 1
        return count + 1 if value >= (count + 1) * top / bottom else count

    def spelled(count: int) -> int | float:
        unscaled = count * top
        return unscaled / bottom if unscaled % bottom else unscaled // bottom

    first_row, first_column = -90 * bottom / top, -180 * bottom / top
    last_row = -(-90 * bottom // top) - 1

    def corner(north: Any, east: Any) -> tuple[Any, Any]:
        row = below(north) if north < 90 else last_row
        column = below(east if east < 180 else -180)
        return (
            spelled(row) if row >= first_row else -90,
            spelled(column) if column >= first_column else -180,
        )

    return corner


def _metres(metres: float) -> Corner:
    """Rows of equal height from the equator; in each row as many equal cells as its poleward edge has room
    for."""
    tall = metres / METRES_PER_DEGREE

    def corner(north: Any, east: Any) -> tuple[Any, Any]:
        latitude, longitude = float(north), float(east)
        row = edge_below(min(latitude, 89.999999), lambda n: _above(n * tall), floor(latitude / tall))
        poleward = min(90.0, max(abs(row * tall), abs((row + 1) * tall)))
        cells = max(1, int(360 * cos(radians(poleward)) / tall))
        wide = 360 / cells
        if longitude >= 180:
            longitude = -180.0
        column = edge_below(longitude, lambda n: _above(n * wide - 180), floor((longitude + 180) / wide))
        return _json(max(-90.0, _above(row * tall))), _json(_above(column * wide - 180))

    return corner


def _above(edge: float) -> float:
    """An edge in 1/100,000 of a degree (about a metre), rounded up, so that the corner lies in its own
    cell."""
    return -floor(-edge * 1e5) / 1e5


def _json(value: float) -> int | float:
    """Whole degrees as integers: one spelling, whatever writes the record."""
    return int(value) if value.is_integer() else value


Cell = Callable[[float, float], "tuple[int, int, float, float]"]


def cells_of(metres: float) -> Cell:
    """Row, column and middle of the cell of about `metres` in which a point lies."""
    tall = metres / METRES_PER_DEGREE
    last, around = int(180 / tall - 0.5), 360 / tall

    def cell(latitude: float, longitude: float) -> tuple[int, int, float, float]:
        row = int((latitude + 90) / tall)
        middle = (row + 0.5) * tall - 90
        if middle > 90:
            row, middle = last, (last + 0.5) * tall - 90
        wide = 360 / (int(around * cos(middle * RADIAN)) or 1)
        # 180 is -180
        column = int((longitude + 180) / wide) if longitude < 180 else 0
        return row, column, middle, (column + 0.5) * wide - 180

    return cell


def _spelled(edge: float) -> int | float:
    """The nearest 1/100,000 of a degree, as an integer when it is whole."""
    count = floor(edge * 1e5 + 0.5)
    return count / 100_000 if count % 100_000 else count // 100_000


@dataclass(frozen=True)
class PlanarLaplace(Scrubber):
    """Geo-indistinguishability: moves a point by noise whose direction is uniform and whose distance has the
    density `epsilon`² r exp(-`epsilon` r), in metres on the sphere: 2/`epsilon` on average.

    The point is first replaced by the middle of its cell of `cell` metres, noise is drawn once per subject,
    cell and epoch (drawn anew for each report it would average out), and the result snaps to the middle of a
    cell again. `cell` is half of 1/`epsilon` unless given. An object of the two named members comes out. A
    record without a subject gets noise of its own. Coordinates that `grid` refuses are the mismatch
    `bad_place`."""

    epsilon: Annotated[Number, Field(ge=Decimal("0.00001"), le=1)]
    cell: Annotated[Number, Field(ge=1, le=1_000_000)] | None = None
    lat: Name = "lat"
    lon: Name = "lon"

    name: ClassVar[str] = "planar_laplace"
    family: ClassVar[Family] = Family.RANDOMIZATION
    takes: ClassVar[frozenset[Takes]] = frozenset({Takes.OBJECT})
    needs_key: ClassVar[bool] = True
    needs_record: ClassVar[bool] = True
    leaves_open: ClassVar[str] = (
        "The neighbourhood: each place costs epsilon, and a path of many shows where it leads."
    )
    source: ClassVar[str] = "Andrés, Bordenabe, Chatzikokolakis, Palamidessi 2013, arXiv:1212.1984"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            {"lat": 52.5234, "lon": 13.4114, "accuracy": 4},
            parameters=0.01,
            matches=r"{'lat': 52\.5[0-9]+, 'lon': 13\.4[0-9]+}",
        ),
        Example({"lat": 52.5234}, refuses="bad_place", parameters=0.01),
        Example({"lat": 151.2, "lon": -33.9}, refuses="bad_place", parameters=0.01),
        Example({"lat": float("nan"), "lon": 1}, refuses="bad_place", parameters=0.01),
        Example([52.5, 13.4], refuses="type", parameters=0.01),
    )

    def build(self, context: BuildContext) -> Action:
        point, lat, lon = point_of(self.lat, self.lon), self.lat, self.lon
        spread = 1 / float(self.epsilon)
        cell = cells_of(float(self.cell) if self.cell is not None else max(1.0, spread / 2))
        draw, record = three_shares(context, "planar_laplace"), context.record

        def planar_laplace(value: Any) -> dict[str, Any]:
            north, east = point(value)
            row, column, latitude, longitude = cell(float(north), float(east))
            first, second, third = draw(b"%s%d,%d" % (who(record), row, column))
            # two exponential distances make a Gamma(2) one, whose density is that of the radius
            distance = -log(first * second) * spread
            _, _, latitude, longitude = cell(*moved(latitude, longitude, distance, third * TURN))
            return {lat: _spelled(latitude), lon: _spelled(longitude)}

        return planar_laplace

    def compare(self, other: PlanarLaplace) -> bool | None:
        return verdict(
            less_is_tighter(self.epsilon, other.epsilon),
            same((self.cell, self.lat, self.lon), (other.cell, other.lat, other.lon)),
        )


def moved(latitude: float, longitude: float, metres: float, bearing: float) -> tuple[float, float]:
    """The point at a distance and bearing, on the sphere."""
    north, away = latitude * RADIAN, metres / RADIUS
    up, along, near = sin(north), cos(north) * sin(away), cos(away)
    height = up * near + along * cos(bearing)
    turned = atan2(sin(bearing) * along, near - up * height)
    if not -1 <= height <= 1:  # a rounding error beyond a pole
        height = 1.0 if height > 0 else -1.0
    return asin(height) / RADIAN, (longitude + turned / RADIAN + 180) % 360 - 180


@dataclass(frozen=True)
class H3(Scrubber):
    """The H3 cell of a point at `resolution`: a string of 15 characters. Needs the extra `h3`.

    An object with the members `lat` and `lon` is replaced by the string. An H3 cell in a string is replaced
    by its parent; a coarser one passes. Average areas: resolution 4 is 1,770 km², 5 253, 6 36, 7 5.2, 8 0.74.
    Anything else is the mismatch `bad_place`."""

    resolution: Annotated[Whole, Field(ge=0, le=15)] = 4
    lat: Name = "lat"
    lon: Name = "lon"

    name: ClassVar[str] = "h3"
    family: ClassVar[Family] = Family.GENERALIZATION
    takes: ClassVar[frozenset[Takes]] = frozenset({Takes.OBJECT, Takes.STRING})
    leaves_open: ClassVar[str] = "The cell, as with geohash: it says little about how many people are in it."
    source: ClassVar[str] = "H3, https://h3geo.org"
    extra: ClassVar[str] = "h3"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({"lat": 37.7752702151959, "lon": -122.418307270836}, "8928308280fffff", 9),
        Example("8928308280fffff", "85283083fffffff", 5),
        Example("85283083fffffff", "85283083fffffff", 9),
        Example("jane", refuses="bad_place"),
        Example("", refuses="bad_place"),
        Example({"lat": 52.5}, refuses="bad_place"),
        Example({"lat": 151.2, "lon": -33.9}, refuses="bad_place"),
        Example(17, refuses="type"),
        Example([52.5, 13.4], refuses="type"),
    )

    def build(self, context: BuildContext) -> Action:
        from h3.api import basic_str as cells

        point, resolution = point_of(self.lat, self.lon), self.resolution
        valid, size_of = cells.is_valid_cell, cells.get_resolution
        parent, at = cells.cell_to_parent, cells.latlng_to_cell

        def h3(value: Any) -> Any:
            if type(value) is str:
                text = value.lower()
                if not _H3.fullmatch(text) or not valid(text):
                    raise Mismatch("bad_place")
                return parent(text, resolution) if size_of(text) > resolution else text
            north, east = point(value)
            return at(float(north), float(east), resolution)

        return h3

    def compare(self, other: H3) -> bool | None:
        return verdict(
            less_is_tighter(self.resolution, other.resolution),
            same((self.lat, self.lon), (other.lat, other.lon)),
        )
