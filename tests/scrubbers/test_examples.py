"""Every example of every scrubber holds, and every scrubber says all that the docs need."""

from __future__ import annotations

import dataclasses
import pickle
from importlib.util import find_spec
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from stream_scrubber.errors import REASONS, Mismatch
from stream_scrubber.scrubbers import ALL, BY_NAME, make
from stream_scrubber.scrubbers.base import BuildContext, CurrentRecord, Example, Family, Scrubber, Takes

RECORD = CurrentRecord()
RECORD.coordinates = b"raw.test\x000\x0017"
RECORD.subject = "u-42"
TABLES = {
    "sku-category.csv": {"SKU-00017": "toys"},
    "ip-country": {"203.0.113.0/24": "ZZ", "203.0.0.0/16": "YY"},
}
CONTEXT = BuildContext(realm="test", key=bytes(range(32)), selector="a.b", tables=TABLES, record=RECORD)
MISSING = {extra for extra, module in {"h3": "h3", "ua": "ua_parser"}.items() if find_spec(module) is None}
HERE = [scrubber for scrubber in ALL if scrubber.extra not in MISSING]

CASES = [
    pytest.param(scrubber, example, id=f"{scrubber.name}-{number}")
    for scrubber in HERE
    for number, example in enumerate(scrubber.examples)
]


@pytest.mark.parametrize(("scrubber", "example"), CASES)
def test_the_example_holds(scrubber: type[Scrubber], example: Example) -> None:
    action = make(scrubber.name, example.parameters).build(CONTEXT)
    for _ in range(2):  # the second time meets whatever the action remembers
        if example.refuses:
            with pytest.raises(Mismatch) as caught:
                action(example.given)
            assert caught.value.code == example.refuses
            assert caught.value.__cause__ is None
        else:
            result = action(example.given)
            assert example.holds(result), result
            if not example.matches:
                assert type(result) is type(example.gives) or isinstance(result, int | float)


@pytest.mark.parametrize("scrubber", ALL, ids=lambda scrubber: scrubber.name)
def test_every_word_that_the_docs_need_is_there(scrubber: type[Scrubber]) -> None:
    assert isinstance(scrubber.name, str)
    assert isinstance(scrubber.family, Family)
    assert scrubber.takes <= frozenset(Takes)
    assert scrubber.takes
    assert scrubber.leaves_open.endswith(".")
    assert scrubber.__doc__
    assert not scrubber.__doc__.startswith(scrubber.__name__ + "("), "dataclass made up a docstring"
    assert any(not example.refuses for example in scrubber.examples)
    assert all(example.refuses in REASONS for example in scrubber.examples if example.refuses)
    assert dataclasses.is_dataclass(scrubber)
    assert scrubber.__dataclass_params__.frozen


@pytest.mark.parametrize("scrubber", [s for s in ALL if s.takes != frozenset(Takes)], ids=lambda s: s.name)
def test_the_examples_show_what_is_refused(scrubber: type[Scrubber]) -> None:
    assert any(example.refuses for example in scrubber.examples)


def test_names_are_unique() -> None:
    assert len(BY_NAME) == len(ALL)


@pytest.mark.parametrize("scrubber", ALL, ids=lambda scrubber: scrubber.name)
def test_an_unknown_parameter_is_an_error(scrubber: type[Scrubber]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(scrubber).validate_python({"no_such_parameter": 1})


@pytest.mark.parametrize("scrubber", ALL, ids=lambda scrubber: scrubber.name)
def test_parameters_have_a_json_schema(scrubber: type[Scrubber]) -> None:
    schema = TypeAdapter(scrubber).json_schema()
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(("scrubber", "example"), CASES)
def test_a_scrubber_survives_pickling_and_is_as_tight_as_itself(
    scrubber: type[Scrubber], example: Example
) -> None:
    one = make(scrubber.name, example.parameters)
    again = pickle.loads(pickle.dumps(one))  # noqa: S301  our own bytes
    assert again == one
    assert hash(again) == hash(one)
    assert one.tighter_than(again) is True


WRONG: dict[Takes, list[Any]] = {
    Takes.STRING: ["some text 4711", ""],
    Takes.INTEGER: [4711, -1, 0],
    Takes.DECIMAL: [47.11],
    Takes.BOOLEAN: [True, False],
    Takes.OBJECT: [{"secret": 4711}, {}],
    Takes.ARRAY: [["secret", 4711], []],
}


@pytest.mark.parametrize(("scrubber", "example"), CASES)
def test_a_value_of_another_type_is_a_mismatch_and_never_comes_back(
    scrubber: type[Scrubber], example: Example
) -> None:
    action = make(scrubber.name, example.parameters).build(CONTEXT)
    for kind in set(Takes) - scrubber.takes:
        for value in WRONG[kind]:
            with pytest.raises(Mismatch):
                action(value)
