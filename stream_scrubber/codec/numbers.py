"""One spelling for each number, whoever wrote it.

Number spelling fingerprints the client that wrote an event, so clean records have one spelling:

* a whole number within -2^63 … 2^64-1 in its digits, however it was written;
* a decimal without trailing zeros, in plain notation while the exponent of the leading digit is in -7 … 17;
* anything else as ``d.ddde±x``;
* zero is ``0``, whatever its sign.

The value never changes: decimals that are not the shortest spelling of an IEEE double are carried as `Decimal`.
"""

from __future__ import annotations

from decimal import Decimal

import orjson

SMALLEST_PLAIN, LARGEST_PLAIN = -7, 17
"""Exponents of the leading digit between which a decimal is written without an exponent."""

SMALLEST_INTEGER, LARGEST_INTEGER = -(2**63), 2**64 - 1
"""What a JSON integer may be. Whole decimals in this range are written like integers, outside it never."""

_PLAIN_FLOATS = 1e-5, 1e15
"""Between these, orjson spells a float with a fraction exactly as this module does."""

Number = int | float | Decimal


def spell(value: Decimal) -> str:
    """The canonical spelling. `value` must be finite."""
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)  # noqa: S101  finite by contract
    text = "".join(map(str, digits)).lstrip("0")
    stripped = text.rstrip("0")
    if not stripped:
        return "0"
    exponent += len(text) - len(stripped)
    leading = exponent + len(stripped) - 1
    if SMALLEST_PLAIN <= leading <= LARGEST_PLAIN or (
        exponent >= 0 and leading <= 19 and SMALLEST_INTEGER <= int(value) <= LARGEST_INTEGER
    ):
        body = _plain(stripped, exponent)
    else:
        fraction = f".{stripped[1:]}" if len(stripped) > 1 else ""
        body = f"{stripped[0]}{fraction}e{leading}"
    return f"-{body}" if sign else body


def _plain(digits: str, exponent: int) -> str:
    if exponent >= 0:
        return digits + "0" * exponent
    whole, fraction = digits[:exponent], digits[exponent:]
    return f"{whole or '0'}.{fraction.rjust(-exponent, '0')}"


def canonical(value: float) -> int | float | orjson.Fragment:
    """A float as something that `orjson.dumps` spells canonically."""
    size = abs(value)
    if _PLAIN_FLOATS[0] <= size < _PLAIN_FLOATS[1]:
        whole = int(value)
        return whole if whole == value else value
    return orjson.Fragment(spell(Decimal(repr(value))))


def exact(value: Number) -> Decimal:
    """The number that the digits say: a float counts as its shortest spelling, not as its binary expansion."""
    return value if type(value) is Decimal else Decimal(repr(value))
