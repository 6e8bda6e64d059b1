"""Selectors: what parses, what it prints back as, and where a mistake is pointed at."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_scrubber.selectors import Kind, Selector, SelectorSyntaxError, Step, parse

names = st.one_of(
    st.sampled_from(["a", "userId", "odd.key", "*", "**", "[0]", "a|b", "", " ", '"', "\\", "é", "\x00", "日本", "__proto__"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
)
steps = st.one_of(
    names.map(lambda name: Step(Kind.NAME, name)),
    st.integers(0, 999_999).map(lambda index: Step(Kind.INDEX, index=index)),
    st.sampled_from([Step(Kind.EACH), Step(Kind.ANY), Step(Kind.DEEP)]),
)


def _sound(found: list[Step]) -> bool:
    return found[0].kind not in (Kind.EACH, Kind.INDEX) and not any(
        one.kind is other.kind is Kind.DEEP for one, other in pairwise(found)
    )


selectors = st.lists(steps, min_size=1, max_size=6).filter(_sound).map(lambda found: Selector(tuple(found)))


@given(selectors)
def test_a_selector_prints_back_as_text_that_parses_to_it(selector: Selector) -> None:
    assert parse(str(selector)) == (selector,)


@given(selectors)
def test_printing_what_was_parsed_gives_the_one_canonical_text(selector: Selector) -> None:
    (again,) = parse(str(selector))
    assert str(again) == str(selector)


@given(st.text(max_size=20))
def test_any_text_is_a_selector_or_a_syntax_error_inside_it(text: str) -> None:
    try:
        found = parse(text)
    except SelectorSyntaxError as error:
        assert 0 <= error.column <= len(text)  # noqa: PT017  both ways out are right
    else:
        assert found
        for selector in found:
            assert parse(str(selector)) == (selector,)


CANONICAL = [
    ("a", "a"),
    ("a.b.c", "a.b.c"),
    ("a.*", "a.*"),
    ("a.**", "a.**"),
    ("**.email", "**.email"),
    ("items[*].price", "items[*].price"),
    ("items[007].price", "items[7].price"),
    ('["odd.key"]', '["odd.key"]'),
    ('["plain"]', "plain"),
    ('a["b"]["c d"]', 'a.b["c d"]'),
    ('a.["b"].c', "a.b.c"),
    ('["\\u0061"]', "a"),
    ('[""].x', '[""].x'),
    ('["**"]', '["**"]'),
    ("*[*]", "*[*]"),
    ("**[0]", "**[0]"),
    ("a-b_c$d", "a-b_c$d"),
]


@pytest.mark.parametrize(("written", "printed"), CANONICAL)
def test_a_selector_has_one_spelling(written: str, printed: str) -> None:
    (selector,) = parse(written)
    assert str(selector) == printed


ALTERNATIVES = [
    ("a|b", ["a", "b"]),
    ("a.b|c|d", ["a.b", "a.c", "a.d"]),
    ('a["x y"]|z', ['a["x y"]', "a.z"]),
    ("items[*].a|b", ["items[*].a", "items[*].b"]),
    ("**.email|phone", ["**.email", "**.phone"]),
]


@pytest.mark.parametrize(("written", "printed"), ALTERNATIVES)
def test_alternatives_are_one_selector_each_in_the_order_written(written: str, printed: list[str]) -> None:
    assert [str(selector) for selector in parse(written)] == printed


WRONG = [
    ("", 0),
    (".a", 0),
    ("a.", 2),
    ("a..b", 2),
    ("a|", 2),
    ("|a", 0),
    ("a||b", 2),
    ("a[", 1),
    ("a[]", 1),
    ("a[-1]", 1),
    ("a[1.5]", 1),
    ("a[1:2]", 1),
    ("a[?(@.x)]", 1),
    ("a[b]", 1),
    ("a]b", 1),
    ("a[0]b", 4),
    ("a[1234567]", 1),
    ("[0]", 0),
    ("[*].a", 0),
    ("a b", 1),
    ('a"b"', 1),
    ("a.b|c.d", 5),
    ("a|*", 2),
    ("*|a", 0),
    ("a[*]|b", 1),
    ("a|a", 0),
    ("***", 2),
    ("a.**.**", 0),
    ('["a', 0),
    ('["\\x"]', 0),
    ('["\\ud800"]', 0),
    ("a*", 1),
    ("a.*b", 3),
]


@pytest.mark.parametrize(("text", "column"), WRONG)
def test_what_is_no_selector_is_refused_at_its_column(text: str, column: int) -> None:
    with pytest.raises(SelectorSyntaxError) as caught:
        parse(text)
    assert caught.value.column == column


def test_only_names_and_numbers_make_a_selector_literal() -> None:
    literal = {text: parse(text)[0].literal for text in ("a.b", "a[0].b", "a.*", "a[*]", "**.a")}
    assert literal == {"a.b": True, "a[0].b": True, "a.*": False, "a[*]": False, "**.a": False}
