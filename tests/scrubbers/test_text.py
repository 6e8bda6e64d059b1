"""Free text is masked completely or not released; short codes are cut."""

import dataclasses
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from stream_scrubber.detectors import ALL
from stream_scrubber.detectors.scanning import scanner
from stream_scrubber.errors import REASONS, Mismatch
from stream_scrubber.scrubbers.base import BuildContext
from stream_scrubber.scrubbers.text import FirstChars, MaskText

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "workload"))
import events
import reference

EVERYTHING = tuple(detector.name for detector in ALL)


def action(scrubber, parameters):
    """The action of a scrubber from parameters as a policy writes them: a mapping, or the first one alone."""
    first = dataclasses.fields(scrubber)[0].name
    given = parameters if isinstance(parameters, dict) else {first: parameters}
    return TypeAdapter(scrubber).validate_python(given).build(BuildContext())


@pytest.mark.parametrize(
    ("scrubber", "example"), [(each, example) for each in (MaskText, FirstChars) for example in each.examples]
)
def test_examples_hold(scrubber, example):
    act = action(scrubber, example.parameters)
    if example.refuses:
        with pytest.raises(Mismatch) as caught:
            act(example.given)
        assert caught.value.code == example.refuses
        assert example.refuses in REASONS
    else:
        assert example.holds(act(example.given))


def test_comments_of_the_reference_workload_come_out_as_the_oracle_says():
    mask = action(MaskText, ["email", "phone"])
    comments = {
        json.loads(raw.value)["properties"]["comment"] for raw in events.records(3000, seed=5, users=500)
    }
    assert sum("@" in comment or "+49" in comment for comment in comments) > 50
    for comment in comments:
        assert mask(comment) == reference.mask(comment)


@pytest.mark.parametrize(
    ("find", "says"), [(["emial"], 'did you mean "email"'), (["zebra"], "known are"), ([], "at least one")]
)
def test_an_unknown_detector_is_refused_when_the_policy_is_loaded(find, says):
    with pytest.raises(ValidationError, match=says):
        action(MaskText, find)


def test_a_second_scan_of_the_output_finds_nothing():
    mask = action(MaskText, {"find": EVERYTHING, "with": "<{type}>"})
    scan = scanner([detector() for detector in ALL])
    for detector in ALL:
        for example in detector.finds:
            text = example.replace("«", "").replace("»", "")
            assert scan(mask(f"{text} and {text}")) == []


def test_what_only_comes_together_when_a_find_is_taken_out_is_a_dead_letter():
    text = "+49 30 a@mail.example 123 4567"
    assert action(MaskText, ["email", "phone"])(text) == "+49 30 <email> 123 4567"
    with pytest.raises(Mismatch) as caught:
        action(MaskText, {"find": ["email", "phone"], "operator": "redact"})(text)
    assert caught.value.code == "text_residual"
    assert "mail" not in str(caught.value)


@given(st.text(max_size=200))
def test_any_string_is_masked_or_refused_with_a_known_code(text):
    mask = action(MaskText, list(EVERYTHING))
    try:
        result = mask(text)
    except Mismatch as mismatch:
        result = REASONS[mismatch.code]
    assert isinstance(result, str)


@pytest.mark.parametrize("value", [0, 1.5, True, [], {}, b"bytes"])
def test_what_is_not_a_string_is_a_mismatch(value):
    for act in (action(MaskText, ["email"]), action(FirstChars, 2)):
        with pytest.raises(Mismatch, match="type"):
            act(value)


@pytest.mark.parametrize("count", [0, -1, "two", None])
def test_first_chars_takes_a_positive_count(count):
    with pytest.raises(ValidationError):
        action(FirstChars, count)


@given(st.text(), st.integers(1, 10))
def test_first_chars_gives_a_beginning_of_at_most_that_many_characters(text, count):
    beginning = action(FirstChars, count)(text)
    assert text.startswith(beginning)
    assert len(beginning) == min(count, len(text))
