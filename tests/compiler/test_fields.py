"""The semantics table of the policy language, for fields: one row a sentence of it, each compact and pretty-printed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_scrubber.policy import Policy
from stream_scrubber.selectors import Kind, Selector
from tests.ground import NOW, pipeline, policy, record, told
from tests.matching_oracle import some_selectors, winner

PLAIN = {"record": {"key": "drop", "timestamp": "keep"}, "pseudonyms": None}

# name, fields, more, given, expected
ROWS: list[tuple[str, dict[str, Any], dict[str, Any], Any, Any]] = [
    # default
    ("a field that no rule names is dropped", {"a": "keep"}, {}, {"a": 1, "b": 2}, {"a": 1}),
    ("nothing named is an empty object", {}, {}, {"a": 1}, {}),
    ("reject makes a dead letter", {"a": "keep"}, {"default": "reject"}, {"a": 1, "b": 2}, "unknown_field"),
    ("reject names the object below", {"a.b": "keep"}, {"default": "reject"}, {"a": {"b": 1, "c": 2}}, "unknown_field at a"),
    ("reject looks into arrays", {"a[*].b": "keep"}, {"default": "reject"}, {"a": [{"b": 1}, {"c": 2}]}, "unknown_field at a[*]"),
    ("reject looks at elements", {"a[0]": "keep"}, {"default": "reject"}, {"a": [1, 2]}, "unknown_field at a"),
    ("reject looks beside a dropped field", {"a.b": "drop"}, {"default": "reject"}, {"a": {"b": 1, "c": 2}}, "unknown_field at a"),
    ("reject takes a scalar above drop as unknown", {"a.b": "drop"}, {"default": "reject"}, {"a": 5}, "unknown_field"),
    ("reject knows what is dropped", {"a.**": "drop"}, {"default": "reject"}, {"a": {"b": {"c": 1}}}, {}),
    ("reject knows what a wildcard names", {"*": "keep"}, {"default": "reject"}, {"x": 1, "y": 2}, {"x": 1, "y": 2}),
    ("reject knows what ** names", {"a.**": "keep"}, {"default": "reject"}, {"a": {"x": {"y": [1]}}}, {"a": {"x": {"y": [1]}}}),
    ("reject lets ** find names", {"**.e": "keep"}, {"default": "reject"}, {"x": {"e": 1}}, {"x": {"e": 1}}),
    ("reject sees what ** does not find", {"**.e": "keep"}, {"default": "reject"}, {"x": {"e": 1, "f": 2}}, "unknown_field at *"),
    ("reject takes null for nothing", {"a.b": "drop"}, {"default": "reject"}, {"a": None}, {}),
    ("reject takes an empty object for nothing", {"**.e": "keep"}, {"default": "reject"}, {"x": {}}, {}),
    ("reject leaves a wrong shape to the rules", {"a.b": "keep"}, {"default": "reject"}, {"a": 1}, "shape at a"),
    # order
    ("members come in the policy's order", {"b": "keep", "a": "keep"}, {}, {"a": 1, "b": 2}, '{"b":2,"a":1}'),
    ("nested members too", {"x.b": "keep", "y": "keep", "x.a": "keep"}, {}, {"x": {"a": 1, "b": 2}, "y": 3}, '{"x":{"b":2,"a":1},"y":3}'),
    ("wildcard members come by name", {"*": "keep"}, {}, {"c": 1, "a": 2, "b": 3}, '{"a":2,"b":3,"c":1}'),
    ("named members come before wildcard ones", {"*": "keep", "z": "keep"}, {}, {"a": 1, "z": 2}, '{"z":2,"a":1}'),
    # shape
    ("keep takes no object", {"a": "keep"}, {}, {"a": {"b": 1}}, "shape at a"),
    ("keep takes no array", {"a": "keep"}, {}, {"a": [1]}, "shape at a"),
    ("a selector needs an object", {"a.b": "keep"}, {}, {"a": 1}, "shape at a"),
    ("a selector needs an object, not an array", {"a.b": "keep"}, {}, {"a": [{"b": 1}]}, "shape at a"),
    ("a selector needs an array", {"a[*]": "keep"}, {}, {"a": 1}, "shape at a"),
    ("a selector needs an array, not an object", {"a[*]": "keep"}, {}, {"a": {"0": 1}}, "shape at a"),
    ("two selectors may take either", {"a[*]": "keep", "a.b": "keep"}, {}, {"a": [1]}, {"a": [1]}),
    ("two selectors may take either, an object", {"a[*]": "keep", "a.b": "keep"}, {}, {"a": {"b": 1}}, {"a": {"b": 1}}),
    ("but not a scalar", {"a[*]": "keep", "a.b": "keep"}, {}, {"a": 1}, "shape at a"),
    ("only drop below needs no shape", {"a.b": "drop"}, {}, {"a": 1}, {}),
    ("** below needs an object", {"a.**": "keep"}, {}, {"a": 1}, "shape at a"),
    ("** above needs none", {"**.e": "keep"}, {}, {"a": 1, "b": [1]}, {}),
    # containers
    ("an empty object that is passed through stays", {"a.b": "keep"}, {}, {"a": {}}, {"a": {}}),
    ("an object with nothing in it that is named stays", {"a.b": "keep"}, {}, {"a": {"c": 1}}, {"a": {}}),
    ("an empty array stays", {"a[*].b": "keep"}, {}, {"a": []}, {"a": []}),
    ("arrays keep their length", {"a[*].b": "keep"}, {}, {"a": [{"b": 1}, {"c": 2}, None]}, {"a": [{"b": 1}, {}, None]}),
    ("arrays keep their length by position", {"a[1]": "keep"}, {}, {"a": [1, 2, 3]}, {"a": [None, 2, None]}),
    ("positions beyond the end do nothing", {"a[5]": "keep"}, {}, {"a": [1]}, {"a": [None]}),
    ("a position beats all positions", {"a[0]": "drop", "a[*]": "keep"}, {}, {"a": [1, 2]}, {"a": [None, 2]}),
    ("arrays in arrays", {"a[*][*]": "keep"}, {}, {"a": [[1], [], [2, 3]]}, {"a": [[1], [], [2, 3]]}),
    ("what is not there stays away", {"a.b": "keep"}, {}, {}, {}),
    ("objects only dropped into are not written", {"a.b": "drop"}, {}, {"a": {"b": 1, "c": 2}}, {}),
    ("objects that ** looks through without a find are not written", {"**.e": "keep"}, {}, {"a": {"b": 1}, "c": []}, {}),
    ("objects that ** looks through with a find are", {"**.e": "keep"}, {}, {"a": {"b": {"e": 1}}}, {"a": {"b": {"e": 1}}}),
    ("arrays that ** looks through keep their length", {"**.e": "keep"}, {}, {"a": [1, {"e": 2}, {}]}, {"a": [None, {"e": 2}, None]}),
    ("containers that ** keeps stay, even empty", {"a.**": "keep"}, {}, {"a": {"b": {}, "c": [], "d": [None]}}, {"a": {"b": {}, "c": [], "d": [None]}}),
    # null
    ("null stays null", {"a": "keep"}, {}, {"a": None}, {"a": None}),
    ("null stays null for every scrubber", {"a": {"round": 10}, "b": {"floor": "1h"}}, {}, {"a": None, "b": None}, {"a": None, "b": None}),
    ("null stays null where an object should be", {"a.b": "keep"}, {}, {"a": None}, {"a": None}),
    ("null stays null under *", {"*.b": "keep"}, {}, {"a": None}, {"a": None}),
    ("null stays null under **, however deep", {"a.**": "keep"}, {}, {"a": {"b": {"c": None, "d": {"e": None}}}}, {"a": {"b": {"c": None, "d": {"e": None}}}}),
    ("a dropped null is dropped", {"a": "drop", "*": "keep"}, {}, {"a": None, "b": None}, {"b": None}),
    ("a null that ** looks through is not written", {"**.e": "keep", "a.x": "drop"}, {}, {"a": None, "b": None}, {}),
    ("a null that ** finds is", {"**.e": "keep"}, {}, {"a": {"e": None}}, {"a": {"e": None}}),
    # drop and what is below
    ("under drop the longer selector wins", {"a": "drop", "a.b": "keep"}, {}, {"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}),
    ("under drop a scalar is dropped", {"a": "drop", "a.b": "keep"}, {}, {"a": 5}, {}),
    ("under drop an array is dropped", {"a": "drop", "a.b": "keep"}, {}, {"a": [{"b": 1}]}, {}),
    ("under a.** drop the longer selector wins", {"a.**": "drop", "a.b.c": "keep"}, {}, {"a": {"b": {"c": 1, "d": 2}, "e": 3}}, {"a": {"b": {"c": 1}}}),
    ("a drop takes all below it", {"a.**": "keep", "a.b": "drop"}, {}, {"a": {"b": [{"c": 1}], "d": 2}}, {"a": {"d": 2}}),
    ("from less specific rules too", {"a": "drop", "*.b": "keep"}, {}, {"a": {"b": 1}, "x": {"b": 2}}, {"x": {"b": 2}}),
    ("and from names found at any depth", {"a": "drop", "**.e": "keep"}, {}, {"a": {"e": 1}, "b": {"e": 2}}, {"b": {"e": 2}}),
    ("but not from a rule that leads there", {"*": "drop", "a.b": "keep"}, {}, {"a": {"b": 1, "c": 2}, "x": {"b": 3}}, {"a": {"b": 1}}),
    ("drop beats keep where it is more specific", {"a.**": "keep", "a.b": "drop"}, {}, {"a": {"b": {"c": 1}, "d": 2}}, {"a": {"d": 2}}),
    ("** drop finds names at any depth", {"**.e": "drop", "**": "keep"}, {}, {"e": 1, "a": {"e": {"f": 1}, "g": [{"e": 1, "h": 2}]}}, {"a": {"g": [{"h": 2}]}}),
    ("an exact name beats ** of the same name", {"e": "keep", "**.e": "drop", "**": "keep"}, {}, {"e": 1, "a": {"e": 2, "f": 3}}, {"e": 1, "a": {"f": 3}}),
    # mismatch
    ("a mismatch is a dead letter", {"a": {"round": 10}}, {}, {"a": "x"}, "type at a"),
    ("drop_field drops the field", {"a": {"round": 10}, "b": "keep"}, {"on_mismatch": "drop_field"}, {"a": "x", "b": 1}, {"b": 1}),
    ("drop_field drops a wrong shape", {"a.c": "keep", "b": "keep"}, {"on_mismatch": "drop_field"}, {"a": 5, "b": 1}, {"b": 1}),
    ("drop_field leaves null in arrays", {"a[*]": {"round": 10}}, {"on_mismatch": "drop_field"}, {"a": [14, "x", 26]}, {"a": [10, None, 30]}),
    ("a rule may be more lenient", {"a": {"round": 10, "on_mismatch": "drop_field"}, "b": "keep"}, {}, {"a": "x", "b": 1}, {"b": 1}),
    ("only that rule", {"a": {"round": 10, "on_mismatch": "drop_field"}, "b": {"round": 10}}, {}, {"a": "x", "b": "y"}, "type at b"),
    ("a rule may be stricter", {"a": {"round": 10, "on_mismatch": "dead_letter"}}, {"on_mismatch": "drop_field"}, {"a": "x"}, "type at a"),
    ("a chain may say it too", {"a": {"chain": [{"round": 10}], "on_mismatch": "drop_field"}}, {}, {"a": "x"}, {}),
    ("a rule's word holds below **", {"a.**": {"keep": {"max_length": 2}, "on_mismatch": "drop_field"}}, {}, {"a": {"x": {"y": {"z": "long", "k": "ok"}}}}, {"a": {"x": {"y": {"k": "ok"}}}}),
    ("a stricter word too", {"a.**": {"keep": {"max_length": 2}, "on_mismatch": "dead_letter"}}, {"on_mismatch": "drop_field"}, {"a": {"x": {"y": {"z": "long"}}}}, "not_allowed at a.**"),
    ("in arrays below ** too", {"a.**": {"keep": {"max_length": 2}, "on_mismatch": "dead_letter"}}, {"on_mismatch": "drop_field"}, {"a": [[["long"]]]}, "not_allowed at a.**"),
    ("under a wildcard the wildcard is named", {"*": {"round": 10}}, {}, {"jane": "x"}, "type at *"),
    ("in an element the array is named", {"a[*].b": {"round": 10}}, {}, {"a": [{"b": "x"}]}, "type at a[*].b"),
    # chains
    ("a chain runs left to right", {"a": [{"round": 5}, {"clamp": {"max": 500}}]}, {}, {"a": 733}, {"a": 500}),
    ("and not right to left", {"a": [{"clamp": {"max": 512}}, {"round": 100}]}, {}, {"a": 733}, {"a": 500}),
    ("a null in a chain ends it", {"a": [{"truncate_ip": 16}, {"first_chars": 3}]}, {}, {"a": ""}, {"a": None}),
    ("a mismatch in a chain is the rule's", {"a": [{"first_chars": 3}, {"round": 10}]}, {}, {"a": "abc"}, "type at a"),
    # short forms
    ("a bare scalar is the first parameter", {"a": {"round": 100}}, {}, {"a": 1150}, {"a": 1200}),
    ("halves go to even", {"a": {"round": 100}}, {}, {"a": 1250}, {"a": 1200}),
    ("a list is the first parameter", {"a": {"one_of": ["x", "y"]}}, {}, {"a": "y"}, {"a": "y"}),
    ("other parameters may stand beside", {"a": {"one_of": ["x"], "else": "z"}}, {}, {"a": "y"}, {"a": "z"}),
    # numbers
    ("numbers are spelled canonically", {"*": "keep"}, {}, b'{"a":1.50,"b":1e2,"c":-0.0,"d":1E+18}', '{"a":1.5,"b":100,"c":0,"d":1000000000000000000}'),
    ("below ** too", {"**": "keep"}, {}, b'{"a":{"b":[1.0,{"c":2.50}]}}', '{"a":{"b":[1,{"c":2.5}]}}'),
    ("inside an object that is replaced too", {"a": {"grid": 0.5}}, {}, b'{"a":{"lat":52.70,"lon":13.0}}', '{"a":{"lat":52.5,"lon":13}}'),
    # names
    ("names are compared as code points", {"é": "keep"}, {}, {"é": 1, "e\u0301": 2, "É": 3}, {"é": 1}),
    ("names with dots are names", {'["a.b"]': "keep"}, {}, {"a.b": 1, "a": {"b": 2}}, {"a.b": 1}),
    ("paths in a name are no paths", {"a.b": "keep"}, {}, {"a.b": 1}, {}),
    ("alternatives are rules of their own", {"x.a|b": "keep"}, {}, {"x": {"a": 1, "b": 2, "c": 3}}, {"x": {"a": 1, "b": 2}}),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "more", "value", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
@pytest.mark.parametrize("form", ["compact", "pretty", "escaped"])
def test_a_sentence_of_the_semantics(
    fields: dict[str, Any], more: dict[str, Any], value: Any, expected: Any, form: str
) -> None:
    data = value if isinstance(value, bytes) else _written(value, form)
    outcome = pipeline(fields, **PLAIN, **more)(record(data), NOW)
    result = told(outcome)
    if isinstance(expected, str) and expected.startswith("{"):
        assert outcome[2] == expected.encode()
    else:
        assert result == expected


def _written(value: Any, form: str) -> bytes:
    if form == "compact":
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    if form == "pretty":
        return json.dumps(value, indent=3, ensure_ascii=False).encode()
    return json.dumps(value).replace('"a"', '"\\u0061"').encode()


@pytest.mark.parametrize("watch", [False, True])
def test_watching_counts_unknown_fields_by_the_object_they_stand_in(watch: bool) -> None:
    from stream_scrubber.pipeline import Pipeline

    loaded = policy({"a.b": "keep", "c": "drop"}, **PLAIN)
    watching = Pipeline(loaded, watch_unknown=watch)
    for _ in range(2):
        assert told(watching(record({"a": {"b": 1, "secret": 2}, "c": {"d": 1}, "jane": 1, "joe": 2}), NOW)) == {"a": {"b": 1}}
    assert watching.tally.unknown == ({"": 4, "a": 2} if watch else {})


def test_the_tally_counts_each_rule_also_below_wildcards() -> None:
    lenient = pipeline({"a.**": "keep", "b[*]": {"round": 10}, "c": {"round": 1}}, on_mismatch="drop_field", **PLAIN)
    lenient(record({"a": {"x": {"y": {"z": 1}}, "w": [1, 2]}, "b": [1, "x", 3], "c": "no"}), NOW)
    assert lenient.tally.applied[1:] == [3 + 3, 2, 0]  # scalars and the containers between
    assert lenient.tally.refused[1:] == [0, 1, 1]


names = st.sampled_from(["a", "b", "z"])
leaves = st.integers(0, 9)
trees = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=3), max_leaves=12
)


@settings(max_examples=120, deadline=None)
@given(
    st.dictionaries(some_selectors, st.booleans(), min_size=1, max_size=5),
    st.dictionaries(names, trees, max_size=3),
)
def test_exactly_the_leaves_that_a_keeping_rule_wins_come_out(rules: dict[Selector, bool], value: dict[str, Any]) -> None:
    """Under `drop_field`; arrays keep null in the place of what is dropped. The oracle tries every way to match."""
    selectors, keeps = list(rules), list(rules.values())
    loaded, mistakes = _policy(selectors, keeps)
    if loaded is None:
        assert {mistake.code for mistake in mistakes if mistake.severity == "error"} == {"SS015"}
        return
    from stream_scrubber.pipeline import Pipeline

    clean = told(Pipeline(loaded)(record(value), NOW))
    assert isinstance(clean, dict), clean
    expected = {path: leaf for path, leaf in _leaves(value) if _passes(selectors, keeps, path)}
    assert dict(_leaves(clean)) == expected


def _policy(selectors: list[Selector], keeps: list[bool]) -> tuple[Policy | None, Any]:
    from tests.ground import check

    fields = {str(selector): "keep" if keep else "drop" for selector, keep in zip(selectors, keeps, strict=True)}
    return check(fields, on_mismatch="drop_field", **PLAIN)


def _passes(selectors: list[Selector], keeps: list[bool], path: tuple[Any, ...]) -> bool:
    """A keeping rule wins the leaf; no plain rule on something above takes the whole, which it cannot take; and a
    drop above leaves only rules that lead there at least as specifically."""
    drops: list[tuple[Kind, ...]] = []
    for length in range(1, len(path) + 1):
        won = winner(selectors, path[:length], drops)
        if won is None:
            continue
        rule, way = won
        if not keeps[rule]:
            drops.append(way)
        elif length < len(path) and selectors[rule].steps[-1].kind is not Kind.DEEP:
            return False
        elif length == len(path):
            return True
    return False


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, dict):
        return [leaf for name, inner in value.items() for leaf in _leaves(inner, (*path, name))]
    if isinstance(value, list):
        return [leaf for at, inner in enumerate(value) for leaf in _leaves(inner, (*path, at))]
    return [] if value is None else [(path, value)]
