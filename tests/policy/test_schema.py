"""The JSON Schema and the loader say the same about a table of good and bad policies."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from stream_scrubber.policy.rules import LATER
from stream_scrubber.policy.schema import policy_schema
from stream_scrubber.policy.source import read
from stream_scrubber.scrubbers import ALL
from tests.corpus import POLICY as CORPUS
from tests.ground import check, document

EXAMPLES = [*sorted((Path(__file__).parents[2] / "examples").glob("*/policy.yaml")), CORPUS]


@cache
def _validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(json.dumps(policy_schema())))


def test_the_schema_is_a_schema_without_loose_ends() -> None:
    schema = policy_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    text = json.dumps(schema)
    assert all(f'"#/$defs/{name}"' in text for name in schema["$defs"] if "." not in name)
    for reference in set(text.split('"#/$defs/')[1:]):
        assert reference.split('"')[0] in schema["$defs"]


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.parent.name)
def test_the_examples_are_valid(file: Path) -> None:
    data, _ = read(file.read_bytes(), str(file))
    assert [error.message for error in _validator().iter_errors(data)] == []


@pytest.mark.parametrize("scrubber", [kind for kind in ALL if kind.name not in LATER], ids=lambda scrubber: scrubber.name)
def test_every_example_of_a_scrubber_is_valid(scrubber: Any) -> None:
    for example in scrubber.examples:
        if example.parameters is None:
            rule: Any = scrubber.name
        else:
            rule = {scrubber.name: json.loads(json.dumps(example.parameters))}
        assert _agreed({"a": rule}) is True, rule


# a policy's fields and other parts; whether it is one
TABLE: list[tuple[bool, Any, dict[str, Any]]] = [
    (True, {}, {}),
    (True, {"a": "keep"}, {}),
    (True, {"a": {"keep": None}}, {}),
    (True, {"a": {"keep": {"max_length": 5}}}, {}),
    (True, {"a": {"keep": 5}}, {}),
    (True, {"a": "drop"}, {}),
    (True, {"a": {"drop": None}}, {}),
    (True, {"a": ["drop"]}, {}),
    (True, {"a": {"round": 5}}, {}),
    (True, {"a": {"round": {"to": 5, "mode": "down"}}}, {}),
    (True, {"a": {"round": 5, "mode": "down"}}, {}),
    (True, {"a": [{"round": 5}, {"clamp": {"max": 500}}]}, {}),
    (True, {"a": {"chain": [{"round": 5}], "on_mismatch": "drop_field"}}, {}),
    (True, {"a": {"round": 5, "on_mismatch": "drop_field"}}, {}),
    (True, {"a": {"one_of": ["x", 1, True], "else": "y"}}, {}),
    (True, {"a": {"floor": "15m"}}, {}),
    (True, {"a": "truncate_ip"}, {}),
    (True, {"a": {"mask_text": ["email"]}}, {}),
    (True, {"a": {"mask_text": {"find": ["email"], "with": "x"}}}, {}),
    (True, {"a|b": "keep", "c[*].d": "keep", '["x y"]': "drop"}, {}),
    (True, {}, {"default": "reject", "on_mismatch": "drop_field", "owner": "me", "purpose": "x"}),
    (True, {}, {"record": {"key": "drop", "timestamp": "keep"}}),
    (True, {}, {"record": {"key": {"format": "long", "pseudonym": "u"}, "timestamp": {"floor": {"to": "1h"}}}}),
    (True, {}, {"record": {"key": {"format": "json", "chain": ["keep"]}, "timestamp": ["keep"]}}),
    (True, {}, {"record": {"key": {"from": "a.b"}, "timestamp": "keep", "headers": {"default": "reject", "x|y": "keep"}}}),
    (True, {}, {"record": {"key": "drop", "timestamp": "keep", "partition": "source", "tombstones": "drop"}}),
    (True, {}, {"record": {"key": "drop", "timestamp": "keep", "headers": {"x": {"keep": 5, "on_mismatch": "drop_field"}}}}),
    (True, {}, {"topics": {"from": "^raw\\.(.*)$", "to": "clean.\\1", "format": "json", "max_bytes": 5, "max_depth": 3}}),
    (True, {}, {"leakage": {"subject": "u", "quasi_identifiers": {"s": ["a", "b.c"]}, "budget": {"below_k": "2%"}}}),
    (True, {}, {"tests": [{"name": "t", "given": {"value": {"a": 1}, "key": 5}, "expect": {"absent": ["x", 1.5]}}]}),
    (False, "keep", {}),
    (False, ["keep"], {}),
    (False, None, {}),
    (False, {"a": "kepe"}, {}),
    (False, {"a": ""}, {}),
    (False, {"a": None}, {}),
    (False, {"a": 5}, {}),
    (False, {"a": True}, {}),
    (False, {"a": []}, {}),
    (False, {"a": {}}, {}),
    (False, {"a": [[]]}, {}),
    (False, {"a": [["keep"]]}, {}),
    (False, {"a": {"kepe": None}}, {}),
    (False, {"a": {"drop": 5}}, {}),
    (False, {"a": "round"}, {}),
    (False, {"a": {"round": None}}, {}),
    (False, {"a": {"round": "5"}}, {}),
    (False, {"a": {"round": {"to": 5, "moed": "down"}}}, {}),
    (False, {"a": {"round": {"to": 5, "mode": "sideways"}}}, {}),
    (False, {"a": {"round": 5, "clamp": {"max": 5}}}, {}),
    (False, {"a": {"round": 5, "on_mismatch": "pass"}}, {}),
    (False, {"a": [{"round": 5, "on_mismatch": "drop_field"}]}, {}),
    (False, {"a": {"chain": "keep"}}, {}),
    (False, {"a": {"chain": []}}, {}),
    (False, {"a": {"chain": ["keep"], "round": 5}}, {}),
    (False, {"a": {"floor": 15}}, {}),
    (False, {"a": {"floor": "15"}}, {}),
    (False, {"a": {"floor": ""}}, {}),
    (False, {"a": {"floor": "15x"}}, {}),
    (False, {"a": {"keep": {"max_length": "5"}}}, {}),
    (False, {"a": {"keep": {"max_length": 0}}}, {}),
    (False, {"a": {"truncate_ip": 33}}, {}),
    (False, {"a": {"one_of": []}}, {}),
    (False, {"a": {"one_of": [None]}}, {}),
    (False, {"a": {"one_of": [[1]]}}, {}),
    (False, {"a": {"pseudonym": ""}}, {}),
    (False, {"a": {"pseudonym": 5}}, {}),
    (False, {"a": {"format": "long", "keep": None}}, {}),
    (False, {}, {"default": "keep"}),
    (False, {}, {"on_mismatch": "pass"}),
    (False, {}, {"version": 2}),
    (False, {}, {"version": "1"}),
    (False, {}, {"version": True}),
    (False, {}, {"version": None}),
    (False, {}, {"name": ""}),
    (False, {}, {"name": "a b"}),
    (False, {}, {"name": 5}),
    (False, {}, {"name": None}),
    (False, {}, {"owner": 5}),
    (False, {}, {"surprise": 1}),
    (False, {}, {"record": None}),
    (False, {}, {"record": {"timestamp": "keep"}}),
    (False, {}, {"record": {"key": "drop"}}),
    (False, {}, {"record": {"key": {"format": "lnog", "keep": None}, "timestamp": "keep"}}),
    (False, {}, {"record": {"key": {"format": "long"}, "timestamp": "keep"}}),
    (False, {}, {"record": {"key": {"from": "a", "format": "json"}, "timestamp": "keep"}}),
    (False, {}, {"record": {"key": {"keep": None, "on_mismatch": "drop_field"}, "timestamp": "keep"}}),
    (False, {}, {"record": {"key": "drop", "timestamp": "drop"}}),
    (False, {}, {"record": {"key": "drop", "timestamp": {"round": 5}}}),
    (False, {}, {"record": {"key": "drop", "timestamp": {"floor": "1h", "on_mismatch": "drop_field"}}}),
    (False, {}, {"record": {"key": "drop", "timestamp": "keep", "headers": "keep"}}),
    (False, {}, {"record": {"key": "drop", "timestamp": "keep", "headers": {"default": "keep"}}}),
    (False, {}, {"record": {"key": "drop", "timestamp": "keep", "headers": {"x": "kepe"}}}),
    (False, {}, {"record": {"key": "drop", "timestamp": "keep", "partition": "random"}}),
    (False, {}, {"record": {"key": "drop", "timestamp": "keep", "tombstones": "keep"}}),
    (False, {}, {"topics": {"from": "a b", "to": "c"}}),
    (False, {}, {"topics": {"from": "a", "to": "c d"}}),
    (False, {}, {"topics": {"from": "a", "to": "${X}"}}),
    (False, {}, {"topics": {"from": "a"}}),
    (False, {}, {"topics": {"from": "a", "to": "b", "format": "avro"}}),
    (False, {}, {"topics": {"from": "a", "to": "b", "max_bytes": "5"}}),
    (False, {}, {"topics": {"from": "a", "to": "b", "max_bytes": 0}}),
    (False, {}, {"topics": {"from": "a", "to": "b", "max_depth": 151}}),
    (False, {}, {"pseudonyms": {"epoch": 7}}),
    (False, {}, {"pseudonyms": {"epoch": "7d", "anchor": "mon"}}),
    (False, {}, {"dead_letter": None}),
    (False, {}, {"dead_letter": {"to": "x", "payload": "raw"}}),
    (False, {}, {"leakage": {"subject": "u"}}),
    (False, {}, {"leakage": {"subject": "u", "quasi_identifiers": {"s": "a"}}}),
    (False, {}, {"leakage": {"subject": "u", "quasi_identifiers": {}, "budget": {"below_k": 2}}}),
    (False, {}, {"tests": [{"name": "t"}]}),
    (False, {}, {"tests": [{"name": "t", "given": {}, "expect": {"dropped": "yes"}}]}),
    (False, {}, {"tests": [{"name": "t", "given": {"headers": {"a": 1}}, "expect": {}}]}),
    (False, {}, {"tests": {}}),
]


def _agreed(fields: Any, **more: Any) -> bool:
    """What both say. A test of their agreement wherever it is called."""
    written = document(fields, **more) if fields is not None else {k: v for k, v in document({}, **more).items() if k != "fields"}
    loads = check(fields, **more)[0] is not None if fields is not None else False
    errors = [f"{error.json_path}: {error.message[:200]}" for error in _validator().iter_errors(written)]
    assert (not errors) is loads, (errors, [str(mistake) for mistake in check(fields, **more)[1]])
    return loads


@pytest.mark.parametrize(("good", "fields", "more"), TABLE, ids=[f"{'good' if row[0] else 'bad'}-{n}" for n, row in enumerate(TABLE)])
def test_schema_and_loader_agree(good: bool, fields: Any, more: dict[str, Any]) -> None:
    assert _agreed(fields, **more) is good


@pytest.mark.parametrize("fields", [{"a": {"round": 0}}, {"a": {"clamp": {}}}, {"a..b": "keep"}, {"a": "keep", "a.b": "keep"}])
def test_what_a_schema_cannot_say_the_loader_says(fields: dict[str, Any]) -> None:
    assert _validator().is_valid(document(fields))
    assert check(fields)[0] is None
