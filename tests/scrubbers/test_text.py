"""Free text is masked completely or not released; short codes are cut."""

import contextlib
import dataclasses
import json
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from stream_scrubber.detectors import STRUCTURED as ALL
from stream_scrubber.detectors.scanning import scanner
from stream_scrubber.errors import REASONS, Mismatch
from stream_scrubber.scrubbers.base import BuildContext
from stream_scrubber.scrubbers.identifiers import Pseudonym
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


MASK_EVERYTHING = action(MaskText, list(EVERYTHING))


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
    try:
        result = MASK_EVERYTHING(text)
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


def test_a_pattern_of_ones_own_is_found_and_outranks_detectors():
    mask = action(MaskText, {"find": ["email"], "patterns": {"staff": r"[a-z]+@corp\.example"}})
    assert mask("jane@corp.example, jane@mail.example") == "<staff>, <email>"
    assert mask("\ud800 jane@corp.example") == "\ud800 <staff>"


@pytest.mark.parametrize("pattern", ["(?=a)b", r"(a)\1", "(", "a*", ""])
def test_a_pattern_that_re2_refuses_or_that_matches_nothing_is_refused_when_the_policy_is_loaded(pattern):
    with pytest.raises(ValidationError, match='pattern "mine"'):
        action(MaskText, {"find": ["email"], "patterns": {"mine": pattern}})


def test_a_group_stands_for_its_detectors():
    mask = action(MaskText, ["national_id"])
    assert mask("SSN 536-90-4399, mail a@mail.example") == "SSN <us_ssn>, mail a@mail.example"


def test_the_token_of_a_find_is_that_of_a_field_in_the_same_domain():
    context = BuildContext(realm="web", key=bytes(range(32)))
    scrubber = MaskText(find=("email",), operator="pseudonym", domains={"email": "user"})
    assert scrubber.needs_key
    assert not MaskText(find=("email",)).needs_key
    token = Pseudonym(domain="user").build(context)("jane@mail.example")
    assert scrubber.build(context)("mail jane@mail.example!") == f"mail {token}!"


def test_each_type_can_have_an_operator_of_its_own():
    mask = action(MaskText, {"find": ["email", "card"], "operators": {"card": "keep"}})
    assert mask("a@mail.example 4111 1111 1111 1111") == "<email> 4111 1111 1111 1111"
    with pytest.raises(ValidationError, match="unknown type"):
        action(MaskText, {"find": ["email"], "operators": {"phone": "keep"}})


HOSTILE = [
    "a", "1", "1 ", "12-", "a@", "@", "@a.", "a.", "a@a.", "+1", "(1", "1.", "1:", "a:", "::", "DE89 ",
    "DE", "eyJ", "eyJa.",
    "-", "-----BEGIN PRIVATE KEY-----", "A1", "key=", "password: ", "pass ", "://", "http://a?",
    "http://a:@", "°", "1° 1' ",
    "1.2345,", "jan 1 ", "1/1/", "born 1.1.", " at ", "a at b dot ", "a (at) ", "a@ ", "%", "%25",
    "&#65;", "&", "&amp", "\\u0041",
    "aо", "\u200b", "４", "\ud800", "\x00", "\n", "0x", "bc1q", "4111 1111 1111 1111 ", "4111-",
    "+49 30 123 4567 ", "a@b.example ",
    "x1x@", "1a", "AKIA", "lat 1.12345 ", "a-", "a_", "'", '"', "1 a ", "12 34 ",
    "Q29udGFjdA", "Y29udGFjdCBtZSBhdCBqYW5lQG1haWwuZXhhbXBsZQ== ", "\u202e1 ", "A-", "O'", "Aa ", "Calle Aa ", "1 Aa Road, ",
]  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
def test_time_grows_no_faster_than_the_text_whatever_the_text(unit):
    mask = action(
        MaskText, {"find": ["structured"], "max_length": 10**6, "patterns": {"mine": "(x+x+)+y|(a|aa)+$"}}
    )

    def seconds(size):
        text = (unit * (size // len(unit) + 1))[:size]
        best = 9.0
        for _ in range(3):
            start = time.process_time()
            with contextlib.suppress(Mismatch):
                mask(text)
            best = min(best, time.process_time() - start)
        return best

    once, fourfold = seconds(5_000), seconds(20_000)
    assert fourfold < max(once * 8, 0.03)
    assert seconds(10_000) < 0.04  # 0.02 on a machine that does nothing else
