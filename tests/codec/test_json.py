"""Strict JSON in, canonical JSON out; the fast and the strict path mean the same."""

from __future__ import annotations

import json
import traceback
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_scrubber.codec.json import decode, decode_any, depth, encode
from stream_scrubber.codec.numbers import canonical
from stream_scrubber.errors import REASONS, Refused

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
)
trees = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=20
)
objects = st.dictionaries(texts, trees, max_size=5)


def _canonical(value: Any) -> Any:
    if type(value) is float:
        return canonical(value)
    if type(value) is dict:
        return {name: _canonical(inner) for name, inner in value.items()}
    return [_canonical(inner) for inner in value] if type(value) is list else value


def _written(value: Any) -> list[bytes]:
    """One value in the spellings of several clients: only the first may take the fast path."""
    return [
        json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode(),
        json.dumps(value, separators=(",", ":")).encode(),
        json.dumps(value).encode(),
        json.dumps(value, indent=2, ensure_ascii=False).encode(),
        b"\n\t " + json.dumps(value).encode() + b" \r\n",
    ]


@given(objects)
def test_every_spelling_of_a_value_gives_the_same_bytes(value: dict[str, Any]) -> None:
    outputs = {encode(_canonical(decode(data))) for data in _written(value)}
    assert len(outputs) == 1


@given(objects)
def test_decoding_what_was_encoded_gives_the_value_back(value: dict[str, Any]) -> None:
    once = encode(_canonical(value))
    assert encode(_canonical(decode(once))) == once
    assert json.loads(once, parse_float=Decimal) == json.loads(json.dumps(value), parse_float=Decimal)


@given(st.binary(max_size=60))
def test_any_bytes_are_an_object_or_a_code(data: bytes) -> None:
    _sound(data)


@given(objects, st.data())
def test_a_damaged_document_is_an_object_or_a_code(value: dict[str, Any], data: st.DataObject) -> None:
    raw = bytearray(_written(value)[data.draw(st.integers(0, 4))])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw)))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    _sound(bytes(raw))


def _tells_nothing(refused: Refused) -> None:
    assert refused.code in REASONS
    assert refused.field == ""
    assert refused.__cause__ is None
    assert refused.__suppress_context__ or refused.__context__ is None


def _sound(data: bytes) -> None:
    """What passes is what Python's own strict reading gives; what does not has a code and quotes nothing."""
    try:
        value = decode(data)
    except Refused as refused:
        _tells_nothing(refused)
    else:
        names: list[bool] = []

        def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            names.append(len(pairs) == len(dict(pairs)))
            return dict(pairs)

        assert _plain(value) == json.loads(data.decode(), parse_float=Decimal, object_pairs_hook=unique)
        assert all(names), "a duplicate passed"


def _plain(value: Any) -> Any:
    if type(value) is float:
        return Decimal(repr(value))
    if type(value) is dict:
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if type(value) is list else value


@pytest.mark.parametrize("levels", [63, 64, 65, 150, 200, 201, 254, 255, 256, 300, 1023, 1024, 1025, 5000, 100_000])
@pytest.mark.parametrize("opening", ['{"a":', "[", '[{"a":', '{ "a" : '], ids=["object", "array", "both", "spaced"])
def test_depth_is_counted_and_never_a_crash(levels: int, opening: str) -> None:
    many = levels // 2 if opening == '[{"a":' else levels
    closing = {'{"a":': "}", "[": "]", '[{"a":': "}]", '{ "a" : ': "}"}[opening]
    data = (opening * many + "1" + closing * many).encode()
    real = many * 2 if opening == '[{"a":' else many
    if real <= 64:
        assert depth(decode_any(data)) == real
    else:
        with pytest.raises(Refused) as caught:
            decode_any(data)
        assert caught.value.code == "too_deep"


def test_brackets_in_strings_do_not_count_as_depth() -> None:
    assert decode(b'{"a":"' + b"[{" * 500 + b'"}') == {"a": "[{" * 500}


def test_the_limit_of_depth_is_the_callers() -> None:
    data = b'{"a":' * 10 + b"1" + b"}" * 10
    assert decode(data, max_depth=10)
    with pytest.raises(Refused, match="too_deep"):
        decode(data, max_depth=9)


def test_the_size_is_checked_before_anything_is_read() -> None:
    with pytest.raises(Refused) as caught:
        decode(b"\xff" * 11, max_bytes=10)
    assert caught.value.code == "too_large"


@pytest.mark.parametrize(
    ("data", "spelled"),
    [
        (b'{"a":"\\u00e9\\/\\u0041\\ud83d\\ude00"}', '{"a":"é/A😀"}'),
        (b'{"a":"\\b\\f\\n\\r\\t\\"\\\\"}', '{"a":"\\b\\f\\n\\r\\t\\"\\\\"}'),
        (b'{"a":"\\u0000\\u001f\\u007f"}', '{"a":"\\u0000\\u001f\x7f"}'),
        (b'{"a":"\\u2028<script>&"}', '{"a":"\u2028<script>&"}'),
        (b'{ "b" : 1 , "a" : 2 }', '{"b":1,"a":2}'),
    ],
)
def test_strings_have_the_fewest_escapes(data: bytes, spelled: str) -> None:
    assert encode(decode(data)) == spelled.encode()


def test_a_refusal_quotes_nothing_of_its_input() -> None:
    secret = b"jane.doe@example.com"
    for data in (
        b'{"a":"' + secret,
        b'{"' + secret + b'":1,"' + secret + b'":2}',
        b'{"a":1} ' + secret,
        b'{"' + secret + b'":1e999}',
        b'{"' + secret + b'":' + b"9" * 40 + b"}",
        b'["' + secret + b'"]',
    ):
        with pytest.raises(Refused) as caught:
            decode(data)
        said = repr(caught.value) + "".join(traceback.format_exception(caught.value))
        assert secret.decode() not in said


def test_a_number_with_more_digits_than_any_double_needs_is_refused_in_no_time() -> None:
    with pytest.raises(Refused) as caught:
        decode(b'{"a": 5.' + b"1" * 1_000_000 + b"}", 2_000_000)
    assert caught.value.code == "bad_number"
    assert decode(b'{"a": 5.' + b"1" * 700 + b"}")
