"""What leakage sees of a record: keyed hashes of a canonical, injective encoding."""

from __future__ import annotations

from decimal import Decimal
from hashlib import blake2b
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_scrubber.leakage.observe import MISSING, ObservationPlan, compile_observer, encode_tuple, hasher
from stream_scrubber.selectors import Selector, parse

SECRET = bytes(range(32))

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.just(MISSING),
)
values = st.recursive(
    scalars.filter(lambda value: value is not MISSING),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab.!", max_size=2), inner, max_size=3),
    max_leaves=6,
)


def names(*texts: str) -> tuple[Selector, ...]:
    return tuple(selector for text in texts for selector in parse(text))


def observe(raw: dict[str, Any], clean: dict[str, Any], *fields: str, epoch: int = 0) -> Any:
    plan = ObservationPlan(names("userId", "anonymousId"), (names(*fields),))
    return compile_observer(plan, SECRET)(raw, clean, epoch)


def meaning(value: Any) -> Any:
    """What a JSON value means: types apart, numbers by their value."""
    if value is MISSING:
        return "missing"
    if isinstance(value, dict):
        return ("object", tuple(sorted((name, meaning(inner)) for name, inner in value.items())))
    if isinstance(value, list):
        return ("array", tuple(meaning(inner) for inner in value))
    if isinstance(value, bool) or value is None:
        return repr(value)
    if isinstance(value, str):
        return ("text", value)
    return ("number", Decimal(repr(value)) if isinstance(value, float) else Decimal(value))


@given(st.lists(scalars | values, max_size=3), st.lists(scalars | values, max_size=3))
def test_two_tuples_are_encoded_alike_exactly_when_they_mean_the_same(left: list[Any], right: list[Any]) -> None:
    same = repr([meaning(value) for value in left]) == repr([meaning(value) for value in right])
    equal = [meaning(value) for value in left] == [meaning(value) for value in right]
    assert (encode_tuple(left) == encode_tuple(right)) == (same or equal)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (1, 1.0),
        (0, -0.0),
        (10**16, 1e16),
        (Decimal("1.50"), 1.5),
        (Decimal("1E-7"), 1e-7),
        ({"a": 1, "b": 2}, {"b": 2.0, "a": 1}),
        ([1.0], [Decimal("1.00")]),
    ],
)
def test_spelling_makes_no_difference(left: Any, right: Any) -> None:
    assert encode_tuple([left]) == encode_tuple([right])


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ([None], [MISSING]),
        ([""], [None]),
        (["1"], [1]),
        ([True], [1]),
        (["!"], [MISSING]),
        (["a", "b"], ['a","b']),
        ([["a"], "b"], ["a", ["b"]]),
        ([{}], [MISSING]),
        ([], [MISSING]),
    ],
)
def test_what_differs_is_told_apart(left: list[Any], right: list[Any]) -> None:
    assert encode_tuple(left) != encode_tuple(right)


def test_the_hash_is_keyed_blake2b_of_eight_bytes() -> None:
    digest = blake2b(b'["a",1]', digest_size=8, key=SECRET).digest()
    assert hasher(SECRET)(["a", 1]) == int.from_bytes(digest, "big")


def test_another_secret_gives_other_hashes() -> None:
    assert hasher(SECRET)(["a"]) != hasher(bytes(32))(["a"])


def test_a_hash_stays_the_same_when_its_memory_overflows() -> None:
    hashed = hasher(SECRET)
    before = hashed(["a"])
    for number in range(10_000):
        hashed([number])
    assert hashed(["a"]) == before


def test_the_first_subject_that_is_present_counts() -> None:
    both = observe({"userId": "u", "anonymousId": "a"}, {}, "x")
    null = observe({"userId": None, "anonymousId": "u"}, {}, "x")
    assert both.subject == null.subject
    assert observe({}, {}, "x").subject is None


def test_a_pseudonym_is_another_one_in_another_epoch() -> None:
    first = observe({"userId": "u"}, {"userId": "t"}, "x", epoch=1)
    second = observe({"userId": "u"}, {"userId": "t"}, "x", epoch=2)
    assert first.pseudonym != second.pseudonym
    assert observe({"userId": "u"}, {}, "x").pseudonym is None


def test_missing_null_and_wrong_containers_never_fail_and_are_told_apart() -> None:
    raws: list[dict[str, Any]] = [{}, {"a": None}, {"a": {}}, {"a": {"b": None}}, {"a": {"b": 1}}]
    hashes = [observe(raw, {}, "a.b").raw[0] for raw in raws]
    assert hashes[0] == hashes[1] == hashes[2]  # nothing is there in all three
    assert len(set(hashes)) == 3
    for odd in ("text", 3, [1], True):
        assert observe({"a": odd}, {}, "a.b").raw[0] == hashes[0]


def test_a_star_takes_one_level_in_the_order_of_names() -> None:
    one = observe({"s": {"w": 1, "h": 2}}, {}, "s.*")
    two = observe({"s": {"h": 2, "w": 1}}, {}, "s.*")
    swapped = observe({"s": {"w": 2, "h": 1}}, {}, "s.*")
    assert one.raw == two.raw != swapped.raw


def test_an_object_counts_as_its_whole_canonical_json() -> None:
    one = observe({"s": {"w": 1, "deep": {"b": 2.0, "a": [1]}}}, {}, "s")
    two = observe({"s": {"deep": {"a": [1], "b": 2}, "w": 1}}, {}, "s")
    assert one.raw == two.raw


def test_array_steps_name_items() -> None:
    raw = {"items": [{"p": 1}, {"q": 2}]}
    each = observe(raw, {}, "items[*].p").raw[0]
    assert each == observe({"items": [{"p": 1}, {}]}, {}, "items[*].p").raw[0]
    assert observe(raw, {}, "items[0].p").raw[0] != observe(raw, {}, "items[1].p").raw[0]


def test_two_stars_are_refused_when_the_observer_is_made() -> None:
    with pytest.raises(ValueError, match="no one order"):
        observe({}, {}, "a.**")


def test_raw_and_clean_are_hashed_alike() -> None:
    seen = observe({"a": 1, "b": "x"}, {"b": "x", "a": 1.0}, "a", "b")
    assert seen.raw == seen.clean


@given(values)
def test_any_event_can_be_observed(value: Any) -> None:
    raw = orjson.loads(orjson.dumps({"userId": "u", "a": value}))
    assert len(observe(raw, raw, "a.b.c", "a.b", "a", "a.*", "a[*]", "a[0].b").raw) == 1
