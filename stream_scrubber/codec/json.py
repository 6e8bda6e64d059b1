"""Strict JSON in, canonical JSON out.

`decode` accepts exactly one object: UTF-8, no duplicate members anywhere (also by escape), finite numbers,
integers within -2^63 … 2^64-1, nesting within a limit. orjson alone is not enough: it keeps the last of duplicate
members in silence and makes floats of larger integers. So a value is accepted at once when writing it again gives
the input back, byte by byte, which neither of the two can survive; only other values pay for the strict parser.

On the strict path decimals come as `Decimal`, so that no digit is lost; on the fast path as `float`, whose shortest
spelling is the input's.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import jiter
import orjson

from stream_scrubber.codec.numbers import LARGEST_INTEGER, SMALLEST_INTEGER, spell
from stream_scrubber.errors import Refused

__all__ = ["LARGEST_INTEGER", "MAX_BYTES", "MAX_DEPTH", "SMALLEST_INTEGER", "decode", "decode_any", "depth", "encode"]

MAX_BYTES = 1_048_576
"""Default limit of a value's size. Kafka's own default for a record is about the same."""

MAX_DEPTH = 64
"""Objects and arrays inside each other, the outermost counting as one."""

_WIDE = re.compile(rb"[^\0]\0|\0[^\0]\0[^\0]|\0\0\0[^\0]\0\0\0[^\0]", re.DOTALL)
"""UTF-16 or UTF-32 without a byte order mark, in either byte order: JSON begins with two characters of ASCII."""

MAX_DIGITS = 800
"""Significant digits of a decimal. No double needs more than 767; exact arithmetic on a million takes a minute."""

_dumps = orjson.dumps
_loads = orjson.loads


def decode(data: bytes, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> dict[str, Any]:
    """The object that `data` spells. Raises `Refused` with a code, never with content."""
    if len(data) > max_bytes:
        raise Refused("too_large")
    value = decode_any(data, max_depth)
    if type(value) is not dict:
        raise Refused("not_object")
    return value


def decode_any(data: bytes, max_depth: int = MAX_DEPTH) -> Any:
    """Any one JSON document, under the same rules as `decode` but for its type and size."""
    try:
        value = _loads(data)
    except orjson.JSONDecodeError:
        raise Refused(_why_not_json(data)) from None
    try:
        same = _dumps(value) == data
    except orjson.JSONEncodeError:  # orjson writes fewer levels than it reads, and no policy takes that many
        raise Refused("too_deep") from None
    if not same:
        value = _strict(data)
    # each level needs an opening bracket, so few brackets cannot nest deep; most values end here
    if data.count(b"{") + data.count(b"[") > max_depth and depth(value) > max_depth:
        raise Refused("too_deep")
    return value


def _strict(data: bytes) -> Any:
    try:
        value = jiter.from_json(data, allow_inf_nan=False, catch_duplicate_keys=True, float_mode="decimal")
    except ValueError as error:
        # orjson has read it, so it is JSON: what is left is a number that no Decimal can hold
        raise Refused(_code_of(str(error), "bad_number")) from None
    _check_numbers(value)
    return value


def _check_numbers(root: Any) -> None:
    """Integers in range, decimals finite as doubles. Iterative: the input chose the depth."""
    stack = [root]
    while stack:
        value = stack.pop()
        kind = type(value)
        if kind is dict:
            stack.extend(value.values())
        elif kind is list:
            stack.extend(value)
        elif kind is int:
            if not SMALLEST_INTEGER <= value <= LARGEST_INTEGER:
                raise Refused("number_range")
        elif kind is Decimal and (len(value.as_tuple().digits) > MAX_DIGITS or abs(float(value)) == float("inf")):
            raise Refused("bad_number")


def depth(root: Any) -> int:
    """How many objects and arrays stand inside each other. A scalar has depth 0."""
    deepest = 0
    stack = [(root, 1)]
    while stack:
        value, level = stack.pop()
        if type(value) is dict:
            inner = list(value.values())
        elif type(value) is list:
            inner = value
        else:
            continue
        deepest = max(deepest, level)
        stack.extend((item, level + 1) for item in inner if type(item) is dict or type(item) is list)
    return deepest


def _code_of(message: str, otherwise: str) -> str:
    """jiter's messages name no content but the duplicate key; only the code leaves this module."""
    if message.startswith("Detected duplicate key"):
        return "duplicate_key"
    if message.startswith("recursion limit exceeded"):
        return "too_deep"
    if message.startswith("number out of range"):
        return "number_range"
    return otherwise


def _why_not_json(data: bytes) -> str:
    """The code of a document that orjson refused. The order is from the most to the least telling."""
    if not data:
        return "empty"
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")) or _WIDE.match(data):
        return "bad_encoding"
    if data[:1] == b"\x00" and len(data) > 5:
        return "schema_bytes"
    try:
        data.decode()
    except UnicodeDecodeError:
        return "bad_utf8"
    try:
        jiter.from_json(data, allow_inf_nan=False, catch_duplicate_keys=True, float_mode="decimal")
    except ValueError as error:
        return _code_of(str(error), "bad_json")
    return "bad_number"  # well formed, but a number is infinite as a double


def read_clean(data: bytes) -> Any:
    """What a reader of a clean value sees: plain types only, decimals as floats. Not for raw data."""
    return _loads(data)


def encode(value: Any) -> bytes:
    """Canonical JSON: members in the order given, fewest escapes, numbers as `codec.numbers` spells them.

    Floats must have gone through `numbers.canonical` before; `Decimal` is spelled here.
    """
    return _dumps(value, default=_spell_decimal)


def _spell_decimal(value: Any) -> orjson.Fragment:
    if type(value) is Decimal:
        return orjson.Fragment(spell(value))
    raise TypeError("not a JSON value")
