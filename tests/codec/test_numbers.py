"""One spelling for each number, and never another value."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stream_scrubber.codec.json import decode, encode
from stream_scrubber.codec.numbers import LARGEST_INTEGER, SMALLEST_INTEGER, canonical, exact, spell

digits = st.text("0123456789", min_size=1, max_size=30)


@st.composite
def spellings(draw: st.DrawFn) -> str:
    """A JSON number in any spelling a client may use."""
    whole = draw(digits).lstrip("0") or "0"
    fraction = f".{draw(digits)}" if draw(st.booleans()) else ""
    power = f"{draw(st.sampled_from('eE'))}{draw(st.sampled_from(['', '+', '-']))}{draw(st.integers(0, 40))}"
    return draw(st.sampled_from(["", "-"])) + whole + fraction + draw(st.sampled_from(["", power]))


def _again(text: str) -> bytes:
    """A decimal through the codec, on the path that its spelling leads to."""
    value = decode(b'{"n":' + text.encode() + b"}")["n"]
    return encode(canonical(value) if type(value) is float else value)


decimals = spellings().filter(lambda text: any(mark in text for mark in ".eE"))


@given(decimals)
@example("1e18")
@example("1E+18")
@example("9223372036854775808.0")
@example("18446744073709551615.0")
@example("18446744073709551616.0")
@example("-9223372036854775808.0")
@example("-9223372036854775809.0")
@example("-0.0")
@example("0e40")
@example("1e-7")
@example("123456789012345678.5")
def test_the_value_never_changes(text: str) -> None:
    assert Decimal(_again(text).decode()) == Decimal(text)


@given(decimals)
def test_what_is_canonical_stays_as_it_is(text: str) -> None:
    once = _again(text)
    assert _again(once.decode()) == once


@given(decimals, st.integers(0, 5))
def test_all_spellings_of_one_value_become_one(text: str, zeros: int) -> None:
    value = Decimal(text)
    sign, figures, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    padded = Decimal((sign, (*figures, *([0] * zeros)), exponent - zeros))
    others = {f"{padded:E}", f"{padded:E}".replace("E+", "e").replace("E", "e"), f"{value:f}"}
    others |= {other if "." in other or "e" in other.lower() else other + ".0" for other in others}
    whole = {other for other in others if not ("." in other or "e" in other.lower())}
    assert {_again(other) for other in others - whole} == {_again(text)}


@given(st.integers(SMALLEST_INTEGER, LARGEST_INTEGER))
def test_a_whole_decimal_is_spelled_like_the_integer(number: int) -> None:
    assert _again(f"{number}.0") == _again(str(number)) == str(number).encode()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_and_its_decimal_are_spelled_the_same(number: float) -> None:
    assert encode(canonical(number)) == encode(Decimal(repr(number)))
    assert Decimal(encode(canonical(number)).decode()) == exact(number)


TABLE = [
    ("0.0", "0"),
    ("-0.0", "0"),
    ("-0", "0"),
    ("0e5", "0"),
    ("1.0", "1"),
    ("1.50", "1.5"),
    ("100.00", "100"),
    ("1e2", "100"),
    ("1E2", "100"),
    ("1e+2", "100"),
    ("0.1", "0.1"),
    ("0.10", "0.1"),
    ("1e-1", "0.1"),
    ("1e-7", "0.0000001"),
    ("1e-8", "1e-8"),
    ("0.000000012", "1.2e-8"),
    ("1e17", "100000000000000000"),
    ("1e18", "1000000000000000000"),
    ("1e19", "10000000000000000000"),
    ("18446744073709551615.0", "18446744073709551615"),
    ("18446744073709551616.0", "1.8446744073709551616e19"),
    ("1e20", "1e20"),
    ("12e20", "1.2e21"),
    ("-9223372036854775808.0", "-9223372036854775808"),
    ("-9223372036854775809.0", "-9.223372036854775809e18"),
    ("1234567890123456789.5", "1.2345678901234567895e18"),
    ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
    ("0.30000000000000004", "0.30000000000000004"),
    ("123456789.123456789", "123456789.123456789"),
    ("5e-324", "5e-324"),
    ("1e-400", "1e-400"),
    ("1.7976931348623157e308", "1.7976931348623157e308"),
]


@pytest.mark.parametrize(("written", "spelled"), TABLE)
def test_a_number_has_one_spelling(written: str, spelled: str) -> None:
    assert _again(written) == spelled.encode()


@pytest.mark.parametrize(("written", "spelled"), TABLE)
def test_the_spelling_is_that_of_the_module(written: str, spelled: str) -> None:
    assert spell(Decimal(written)) == spelled
