"""Laws that hold for whole families of scrubbers, whatever the value."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from importlib.util import find_spec
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stream_scrubber.codec.numbers import exact
from stream_scrubber.errors import Mismatch
from stream_scrubber.scrubbers import ALL, make
from stream_scrubber.scrubbers.base import Action, BuildContext, CurrentRecord
from stream_scrubber.scrubbers.units import UNITS, parse_duration, parse_share, spell_duration

RECORD = CurrentRecord()
RECORD.coordinates = b"raw.test\x000\x0017"
RECORD.subject = "u-42"
TABLES = {"sku-category.csv": {"SKU-00017": "toys"}, "ip-country": {"203.0.113.0/24": "ZZ"}}
CONTEXT = BuildContext(realm="test", key=bytes(range(32)), selector="a.b", tables=TABLES, record=RECORD)
MISSING = {extra for extra, module in {"h3": "h3", "ua": "ua_parser"}.items() if find_spec(module) is None}


def built(name: str, parameters: Any = None, **context: Any) -> Action:
    given_context = {"realm": "test", "key": bytes(range(32)), "record": RECORD} | context
    return make(name, parameters).build(BuildContext(**given_context))


WIDTHS = ("100ms", "1s", "90s", "15m", "1h", "36h", "1d", "2d", "7d", "14d")
MOMENTS = st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 12, 31))  # noqa: DTZ001
OFFSETS = st.integers(-23 * 60 - 59, 23 * 60 + 59)
JSON_SCALARS = st.one_of(
    st.text(max_size=30),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.booleans(),
    st.decimals(),
)
JSON_VALUES = st.recursive(
    JSON_SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["lat", "lon", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
REAL = st.one_of(
    st.integers(-(2**62), 2**62),
    st.floats(-1e14, 1e14),
    st.decimals(-(10**6), 10**6, places=6),
    st.decimals(-1000, 1000, places=30),
    st.integers(-4000, 4000).map(lambda n: n / 20),
)
EXAMPLES = [
    pytest.param(scrubber.name, example.parameters, id=f"{scrubber.name}-{number}")
    for scrubber in ALL
    if scrubber.extra not in MISSING
    for number, example in enumerate(scrubber.examples)
    if scrubber.examples[number - 1].parameters != example.parameters or number == 0
]


@pytest.mark.parametrize(("name", "parameters"), EXAMPLES)
@settings(max_examples=40)
@given(value=JSON_VALUES)
def test_an_action_returns_or_refuses_and_does_the_same_twice(name: str, parameters: Any, value: Any) -> None:
    action = make(name, parameters).build(CONTEXT)
    assert outcome(action, value) == outcome(action, value) != "quotes content"


def outcome(action: Action, value: Any) -> str:
    try:
        return repr(action(value))
    except Mismatch as mismatch:
        content = mismatch.__cause__ or (mismatch.__context__ and not mismatch.__suppress_context__)
        return "quotes content" if content or mismatch.args != (mismatch.code, "") else mismatch.code


# --- time


@given(MOMENTS, OFFSETS, st.sampled_from(WIDTHS))
def test_a_floored_time_is_the_start_of_its_bin(moment: datetime, minutes: int, width: str) -> None:
    moment = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assume(moment.utcoffset() is not None)
    bin_start = built("floor", width)(moment.isoformat())
    start = datetime.fromisoformat(bin_start)
    assert timedelta(0) <= moment - start < timedelta(milliseconds=max(parse_duration(width), 1000))
    assert built("floor", width)(bin_start) == bin_start


@given(st.lists(MOMENTS, min_size=2, max_size=8), st.sampled_from(["15m", "7h", "7d"]))
def test_the_order_in_which_times_come_changes_nothing(moments: list[datetime], width: str) -> None:
    """The floor remembers minutes: what it remembers must not show."""
    remembering = built("floor", width)
    for moment in moments:
        for text in (moment.isoformat() + "Z", moment.isoformat(timespec="milliseconds") + "Z"):
            assert remembering(text) == built("floor", width)(text)


@given(MOMENTS, st.sampled_from(WIDTHS[1:]), st.sampled_from(["s", "ms", "us"]))
def test_epoch_numbers_and_texts_fall_into_the_same_bin(moment: datetime, width: str, unit: str) -> None:
    moment = moment.replace(tzinfo=UTC)
    ticks = {"s": 1, "ms": 1_000, "us": 1_000_000}[unit]
    since = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assume(not -1_000_000 <= since <= 0)
    number = built("floor", {"to": width, "unit": unit})(since * ticks // 1_000_000)
    text = built("floor", width)(moment.isoformat())
    assert (
        number
        == (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1) * ticks
    )


@pytest.mark.parametrize("ticks", [1, 10**3, 10**6, 10**9])
@given(st.integers(10**9, 10**10 - 1), st.integers(0, 10**9 - 1))
def test_an_inferred_unit_never_gives_a_finer_time(ticks: int, second: int, part: int) -> None:
    value = second * ticks + part * ticks // 10**9
    assert built("floor", "15m")(value) == second // 900 * 900 * ticks


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-29T02:30:00+01:00",  # inside the hour that Berlin skips
        "2026-10-25T02:30:00+02:00",  # the hour that Berlin has twice
        "2026-10-25T02:30:00+01:00",
    ],
)
def test_summer_time_plays_no_role(text: str) -> None:
    start = datetime.fromisoformat(built("floor", "1h")(text))
    assert timedelta(0) <= datetime.fromisoformat(text) - start < timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "floored"),
    [
        ("2027-01-01T00:00:00.000Z", "2027-01-01T00:00:00Z"),
        ("2026-12-31T23:59:59.999Z", "2026-12-31T23:45:00Z"),
        ("2024-12-31T23:59:59-14:00", "2025-01-01T13:45:00Z"),
        ("1600-02-29T12:01:00Z", "1600-02-29T12:00:00Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:45:00Z"),
        ("1 Jan 2026 00:00 GMT", "2026-01-01T00:00:00Z"),
        ("Thu, 01 Jan 2026 00:20:00 EST", "2026-01-01T05:15:00Z"),
    ],
)
def test_edges_of_the_calendar(text: str, floored: str) -> None:
    assert built("floor", "15m")(text) == floored


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "1900-02-29T00:00:00Z",
        "2026-11-21T20:07:33+24:00",
        "2026-11-21T20:07:33+01:60",
        "2026-11-21x20:07:33Z",
        "2026-1121T20:07:33Z",
        "2026-11-21T2007Z",
        "2026-325T20:07:33Z",
        "2026-11-21T20:07:60.000Z",
        "2026-11-21T20:07:33.Z",
        "2026-11-21T20:07:33Z\n",
        "2026-11-21T20:07:33Z ",
        "Mon, 21 Nov 2026 20:07:33 +0100",
        "Sat, 21 Nov 2026 20:07:33",
        "Sat, 21 Nov 2026 20:07:33 K",
        "٢٠٢٦-11-21T20:07:33Z",
    ],
)
def test_what_is_no_time(text: str) -> None:
    action = built("floor", "15m")
    action("2026-11-21T20:07:33.123Z")  # its minute is remembered now
    with pytest.raises(Mismatch, match="bad_time"):
        action(text)


def test_a_remembered_minute_does_not_excuse_the_seconds() -> None:
    action = built("floor", "15m")
    action("2026-11-21T20:07:33.123Z")
    for text in ("2026-11-21T20:07:60.123Z", "2026-11-21T20:07:3x.123Z", "2026-11-21T20:07:33.12xZ"):
        with pytest.raises(Mismatch, match="bad_time"):
            action(text)


def test_a_remembered_minute_does_not_hide_nobody() -> None:
    action = built("floor", {"to": "15m", "nobody": ["0001-01-01T00:00:00Z"]})
    assert action("0001-01-01T00:00:01Z") == "0001-01-01T00:00:00Z"
    assert action("0001-01-01T00:00:00Z") is None


# --- network


@given(st.ip_addresses(), st.integers(0, 32), st.integers(0, 128))
def test_a_truncated_address_is_its_network(address: Any, v4: int, v6: int) -> None:
    action = built("truncate_ip", {"v4": v4, "v6": v6})
    result = action(str(address))
    inner = address
    if address.version == 6:
        teredo = address.teredo[1] if address.teredo else None
        inner = address.ipv4_mapped or address.sixtofour or teredo or address
        # those that the standard library does not know have a law of their own below
        assume(address not in ipaddress.ip_network("::/80") or int(address) in (0, 1) or address.ipv4_mapped)
        assume(address not in ipaddress.ip_network("64:ff9b::/32"))
    bits = v4 if inner.version == 4 else v6
    assert ipaddress.ip_address(result) == ipaddress.ip_network((inner, bits), strict=False).network_address
    assert action(result) == result or ipaddress.ip_address(result).version == 6


@given(st.ip_addresses(v=4), st.integers(0, 32))
def test_every_way_to_carry_an_ipv4_address_gives_the_same(address: ipaddress.IPv4Address, bits: int) -> None:
    action = built("truncate_ip", {"v4": bits, "v6": 128})
    a, b = f"{int(address) >> 16:x}", f"{int(address) & 0xFFFF:x}"
    assume(int(address) > 0xFFFF)
    inverted = int(address) ^ 0xFFFFFFFF
    expected = action(str(address))
    for text in (
        f"::ffff:{address}",
        f"::{address}",
        f"::ffff:0:{a}:{b}",
        f"64:ff9b::{address}",
        f"2002:{a}:{b}::1",
        f"2001:0:1:2:3:4:{inverted >> 16:x}:{inverted & 0xFFFF:x}",
        f"{address}:443",
        f"[::ffff:{address}]:443",
        f"::FFFF:{address}%eth0",
    ):
        assert action(text) == expected, text


# --- numbers


@given(REAL, st.sampled_from([1, 5, 10, 100, 7, 1000, 0.1, 0.5, 0.25, 2.5, 0.01]))
def test_rounding_is_exact_in_the_inputs_digits(value: Any, step: float) -> None:
    context = Context(prec=120)
    digits, size = Decimal(str(value)) if isinstance(value, int) else exact(value), Decimal(str(step))
    for mode, rounding in (("down", ROUND_FLOOR), ("up", ROUND_CEILING), ("nearest", ROUND_HALF_EVEN)):
        action = built("round", {"to": step, "mode": mode})
        result = action(value)
        ratio = Fraction(digits) / Fraction(size)
        count = {"down": ratio.__floor__(), "up": ratio.__ceil__(), "nearest": round(ratio)}[mode]
        expected = context.multiply(Decimal(count), size)
        assert (Decimal(result) if isinstance(result, int) else exact(result)) == expected, rounding
        assert action(result) == result


@given(REAL, st.integers(-1000, 1000), st.integers(0, 1000))
def test_a_clamped_number_lies_between_its_ends(value: Any, low: int, width: int) -> None:
    action = built("clamp", {"min": low, "max": low + width})
    result = action(value)
    assert low <= result <= low + width
    assert result == value or result in (low, low + width)


# --- place

POINTS = st.fixed_dictionaries(
    {
        "lat": st.one_of(st.floats(-90, 90), st.integers(-90, 90), st.decimals(-90, 90, places=25)),
        "lon": st.one_of(st.floats(-180, 180), st.integers(-180, 180), st.decimals(-180, 180, places=25)),
    }
)


def bisected(lat: Any, lon: Any, precision: int) -> str:
    """Geohash as its author describes it: halve longitude and latitude in turn."""
    ranges = [[Decimal(-180), Decimal(180)], [Decimal(-90), Decimal(90)]]
    bits = ""
    for turn in range(5 * precision):
        low, high = ranges[turn % 2]
        middle = (low + high) / 2
        above = (lon, lat)[turn % 2] >= middle
        bits += "01"[above]
        ranges[turn % 2] = [middle, high] if above else [low, middle]
    alphabet = "0123456789bcdefghjkmnpqrstuvwxyz"
    return "".join(alphabet[int(bits[i : i + 5], 2)] for i in range(0, len(bits), 5))


@given(POINTS, st.integers(1, 12))
def test_geohash_is_what_bisection_gives(point: dict[str, Any], precision: int) -> None:
    assert built("geohash", precision)(point) == bisected(point["lat"], point["lon"], precision)


@given(POINTS, st.integers(1, 12), st.integers(1, 12))
def test_cutting_a_geohash_is_the_coarser_geohash(point: dict[str, Any], fine: int, coarse: int) -> None:
    text = built("geohash", fine)(point)
    assert built("geohash", coarse)(text) == text[:coarse]
    if coarse <= fine:
        assert built("geohash", coarse)(text) == built("geohash", coarse)(point)


@given(POINTS, st.sampled_from([0.1, 0.25, 1, 0.7, 0.001, 5, 90]))
def test_a_grid_corner_is_south_west_of_the_point_in_its_own_cell(
    point: dict[str, Any], degrees: float
) -> None:
    action = built("grid", degrees)
    corner = action(point)
    size = Fraction(str(degrees))
    for name, least in (("lat", -90), ("lon", -180)):
        edge, value = Fraction(str(corner[name])), Fraction(str(point[name]))
        if value == 180:
            value = Fraction(-180)
        assert 0 <= value - edge <= size
        assert edge == least or (edge / size).denominator == 1
    assert action(corner) == corner


@given(POINTS, st.sampled_from([10, 500, 1000, 25_000, 1_000_000]))
def test_a_grid_in_metres_keeps_its_corner_and_its_width(point: dict[str, Any], metres: int) -> None:
    action = built("grid", {"metres": metres})
    corner = action(point)
    assert action(corner) == corner
    assert corner["lat"] <= float(point["lat"]) + 1e-6
    assert corner["lon"] <= float(point["lon"]) + 1e-6
    assert float(point["lat"]) - corner["lat"] <= metres / 111_000 + 1e-6


# --- identifiers


@given(st.text(min_size=1), st.sampled_from(["user", "device"]), st.sampled_from(["a", "b"]), st.booleans())
def test_tokens_are_equal_only_inside_realm_domain_and_epoch(
    value: str,
    domain: str,
    realm: str,
    later: bool,
) -> None:
    def token(domain: str, realm: str, key: bytes) -> Any:
        return built("pseudonym", {"domain": domain, "nobody": []}, realm=realm, key=key)(value)

    key = bytes([later]) * 32
    one = token(domain, realm, key)
    assert len(one) == 24
    assert one == token(domain, realm, key)
    assert one != token(domain + "x", realm, key)
    assert one != token(domain, realm + "x", key)
    assert one != token(domain, realm, key[1:] + b"\x07")
    assert built("pseudonym", {"domain": "b", "nobody": []}, realm="ac")(value) != built(
        "pseudonym", {"domain": "cb", "nobody": []}, realm="a"
    )(value)


@given(st.uuids())
def test_spellings_of_one_uuid_have_one_token(uuid: Any) -> None:
    action = built("pseudonym", "user")
    assert len({action(text) for text in (str(uuid), str(uuid).upper(), uuid.hex, uuid.hex.upper())}) == 1


def test_composed_and_decomposed_text_have_one_token() -> None:
    action = built("pseudonym", "user")
    assert action("Zo\u00eb") == action("Zoe\u0308")
    assert action("42") == action(42)


def test_the_form_of_tokens_is_pinned() -> None:
    """A change here re-labels every subject of every deployment: bump the version byte instead."""
    assert built("pseudonym", "user")("u-42") == "vgh4pbsvm2m4rdfi4h3eqggc"


def test_no_keyed_scrubber_is_built_without_a_key() -> None:
    keyed = [
        made
        for scrubber in ALL
        if (made := make(scrubber.name, next(e for e in scrubber.examples if not e.refuses).parameters)).needs_key
    ]
    assert len(keyed) >= 5
    for scrubber in keyed:
        with pytest.raises(ValueError, match="key"):
            scrubber.build(BuildContext(realm="test"))


# --- units


@given(st.integers(1, 36_525 * UNITS["d"]))
def test_durations_spell_and_parse(milliseconds: int) -> None:
    assert parse_duration(spell_duration(milliseconds)) == milliseconds


@pytest.mark.parametrize(
    "text", ["", "15", 15, "m", "15 m", "-1m", "0s", "1m1h", "1.5h", "999999d", None, "٣m"]
)
def test_what_is_no_duration(text: Any) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


def test_shares() -> None:
    assert parse_share("2%") == 0.02
    assert parse_share("0.5%") == 0.005
    for text in ("2", 0.02, "101%", "-1%", "%"):
        with pytest.raises(ValueError, match="share"):
            parse_share(text)


# --- tightness


@pytest.mark.parametrize(
    ("name", "tight", "loose"),
    [
        ("floor", "1h", "15m"),
        ("floor", "7d", "1d"),
        ("truncate_ip", {"v4": 8, "v6": 32}, {"v4": 16, "v6": 40}),
        ("geohash", 4, 5),
        ("grid", 1, 0.5),
        ("round", {"to": 100, "mode": "down"}, {"to": 50, "mode": "down"}),
        ("clamp", {"min": 10, "max": 20}, {"max": 30}),
        ("keep", 7, None),
        ("one_of", ["a"], ["a", "b"]),
        ("pseudonym", {"domain": "u", "nobody": ["x", "y"]}, {"domain": "u", "nobody": ["x"]}),
    ],
)
def test_tightness_has_a_direction(name: str, tight: Any, loose: Any) -> None:
    assert make(name, tight).tighter_than(make(name, loose)) is True
    assert make(name, loose).tighter_than(make(name, tight)) is False


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("floor", "20m", "15m"),
        ("floor", "7d", "2d"),
        ("truncate_ip", {"v4": 8, "v6": 48}, {"v4": 16, "v6": 40}),
        ("round", {"to": 100}, {"to": 50}),
        ("pseudonym", "user", "device"),
        ("keep", {"max_length": 3}, {"pattern": "a"}),
    ],
)
def test_tightness_is_partial(name: str, one: Any, other: Any) -> None:
    assert make(name, one).tighter_than(make(name, other)) is None
    assert make(name, one).tighter_than(make("drop")) is None
