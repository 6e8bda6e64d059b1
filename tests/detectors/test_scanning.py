"""One pass for the triggers of all detectors loses nothing that the detectors find one by one."""

import base64
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream_scrubber.detectors import SOFT, STRUCTURED
from stream_scrubber.detectors.base import standing_alone
from stream_scrubber.detectors.folding import folder
from stream_scrubber.detectors.scanning import scanner, unite
from stream_scrubber.patterns import which

DETECTORS = [detector() for detector in (*STRUCTURED, *SOFT)]
FINDS = [each.build() for each in DETECTORS]
RANK = {each.name: place for place, each in enumerate(DETECTORS)}
PIECES = [
    *(text.replace("«", "").replace("»", "") for each in DETECTORS for text in (*each.finds, *each.leaves)),
    *("0", "12", "345", "6789", " ", " ", "-", ".", "/", ":", "+", "(", ")", "@", "a", "B", "Z", "\n", "é", "\ud800"),
]
scan = scanner(DETECTORS)


def one_by_one(text):
    found = [span for find in FINDS for span in find(text)]
    return unite(text, found, RANK) if found else []


@settings(max_examples=100)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_the_scan_finds_what_all_detectors_find(text):
    if folder()(text) is None:
        assert scan(text) == one_by_one(text)


def test_the_scan_finds_what_all_detectors_find_in_groups_of_digits():
    rng = random.Random(5)
    for _ in range(1000):
        text = "".join(rng.choice(["1", "23", "456", "7890", " ", "-", ".", "A", "b", ":", "+"]) for _ in range(30))
        assert scan(text) == one_by_one(text)


def test_the_memory_of_the_pass_over_triggers_is_enough_for_text_that_makes_it_forget():
    rng = random.Random(6)
    noise = "".join(chr(rng.choice((rng.randrange(32, 127), rng.randrange(0x370, 0x600)))) for _ in range(200_000))
    found = which(["@", "[0-9](?:[ .]{0,3}[0-9]){11}", r"\pL{3}[0-9]", "never there: "])
    assert set(found(noise + " 4 1 1 1 1 1 1 1 1 1 1 1 @ abc1")) == {0, 1, 2}


@pytest.mark.parametrize(
    "text", ["call +49 30 1234567 now", "jane.doe@mail.example", '{"card": "4111 1111 1111 1111"}', "日本 jane@mail.example"]
)
@pytest.mark.parametrize("spell", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("padding", ["=", ""])
def test_base64_of_a_find_is_found_as_a_whole(text, spell, padding):
    word = spell(text.encode()).decode().rstrip("=" if not padding else "")
    assert [(start, end) for start, end, _ in scan(f"see {word} now")] == [(4, 4 + len(word))]
    harmless = base64.b64encode(b"nothing to be found in here").decode()
    assert scan(f"see {harmless} now") == []


@pytest.mark.parametrize(
    ("pattern", "holds", "fails"),
    [
        (r"[0-9]{2}([ \-]?)[0-9]{2}\1[0-9]", "a 12-34-5.", "a12-34-5"),
        (r"(?<![a-z])[0-9]{3}(?!x)", "(123)", "1234"),
    ],
)
def test_a_pattern_that_stands_alone_gives_a_trigger_that_re2_takes(pattern, holds, fails):
    found = which([standing_alone(pattern)])
    assert found(holds)
    assert not found(fails)
