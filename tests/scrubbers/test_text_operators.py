"""What is written in place of a find, which of two maskings is tighter, and detectors from outside."""

from types import SimpleNamespace

import pytest

from stream_scrubber import detectors
from stream_scrubber.detectors import GROUPS, plugins
from stream_scrubber.detectors.presidio_adapter import PresidioRecognizer
from stream_scrubber.policy.schema import policy_schema
from stream_scrubber.scrubbers import make
from stream_scrubber.scrubbers.base import BuildContext
from stream_scrubber.scrubbers.sealing import Encrypt
from stream_scrubber.scrubbers.text import MaskText

CONTEXT = BuildContext(realm="web", key=bytes(range(32)), selector="properties.comment")


class Recognizer:
    """What the adapter uses of presidio_analyzer's interface."""

    supported_entities = ("ZIP",)
    context = ("zip",)

    def analyze(self, text, entities, nlp_artifacts):
        assert list(entities) == ["ZIP"]
        assert nlp_artifacts is None
        start = text.find("12345")
        return [SimpleNamespace(start=start, end=start + 5, score=0.1)] if start >= 0 else []


def test_an_encrypted_find_is_the_same_each_time_and_opens_again_with_the_epochs_key():
    scrubber = make("mask_text", {"find": ["email"], "operator": "encrypt"})
    assert scrubber.needs_key
    mask = scrubber.build(CONTEXT)
    written = mask("mail jane@mail.example, now")
    assert written == mask("mail jane@mail.example, now")
    token = written.removeprefix("mail ").removesuffix(", now")
    assert Encrypt().opener(CONTEXT)(token) == "jane@mail.example"


def test_a_function_of_ones_own_comes_from_python_only():
    mask = MaskText(find=("email", "phone")).masking(CONTEXT, custom={"email": lambda text: text[:1] + "***"})
    assert mask("jane@mail.example, +49 30 1234567") == "j***, <phone>"
    with pytest.raises(ValueError, match="unknown type"):
        MaskText(find=("email",)).masking(CONTEXT, custom={"card": str})
    with pytest.raises(ValueError, match="custom"):
        make("mask_text", {"find": ["email"], "custom": {"email": "str"}})
    with pytest.raises(ValueError, match="operator"):
        make("mask_text", {"find": ["email"], "operator": "custom"})


BASE = {"find": ["email", "phone"]}


@pytest.mark.parametrize(
    ("tight", "loose"),
    [
        ({"find": ["structured"]}, BASE),
        ({"find": ["email"], "operator": "redact"}, {"find": ["email"]}),
        ({"find": ["email"]}, {"find": ["email"], "operator": "pseudonym"}),
        ({"find": ["email"], "operator": "pseudonym"}, {"find": ["email"], "operator": "encrypt"}),
        ({"find": ["email"], "operator": "mask"}, {"find": ["email"], "operator": "keep"}),
        ({**BASE, "with": "#"}, BASE),
        ({**BASE, "max_length": 100}, BASE),
        ({**BASE, "patterns": {"ticket": "T[0-9]+"}}, BASE),
    ],
)
def test_more_types_and_operators_that_hide_more_are_tighter(tight, loose):
    tight, loose = make("mask_text", tight), make("mask_text", loose)
    assert tight.tighter_than(loose) is True
    assert loose.tighter_than(tight) is False


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"find": ["email"]}, {"find": ["phone"]}),
        ({"find": ["email"], "operator": "mask"}, {"find": ["email"]}),
        ({"find": ["url", "email"], "operators": {"url": "keep"}}, {"find": ["email"]}),
        ({**BASE, "max_length": 10}, {"find": ["structured"]}),
        ({**BASE, "patterns": {"t": "a"}}, {**BASE, "patterns": {"t": "b"}}),
    ],
)
def test_where_each_hides_something_that_the_other_shows_neither_is_tighter(one, other):
    one, other = make("mask_text", one), make("mask_text", other)
    assert one.tighter_than(other) is None
    assert other.tighter_than(one) is None


def test_fewer_first_characters_are_tighter():
    assert make("first_chars", 2).tighter_than(make("first_chars", 3)) is True
    assert make("first_chars", 3).tighter_than(make("first_chars", 2)) is False


def test_the_schema_lists_the_names_of_detectors():
    names = policy_schema()["$defs"]["mask_text.find"]["items"]["enum"]
    assert {"email", "national_id", *GROUPS} <= set(names)


def test_a_recognizer_of_presidio_works_as_a_detector():
    mask = MaskText(find=("email",)).masking(CONTEXT, detectors=[PresidioRecognizer(Recognizer())])
    assert mask("jane@mail.example, 12345") == "<email>, <zip>"
    careful = PresidioRecognizer(Recognizer(), "postcode", minimum=0.4).build()
    assert careful("12345") == []
    assert careful("my zip is 12345") == [(10, 15, "postcode")]
    with pytest.raises(TypeError, match="recognizer"):
        PresidioRecognizer(object())


def test_a_recognizer_of_an_installed_package_is_named_like_any_detector(monkeypatch):
    entries = {"zip": SimpleNamespace(load=lambda: Recognizer)}
    for module in (plugins, detectors):
        monkeypatch.setattr(module, "plugged", lambda: entries)
    mask = make("mask_text", ["email", "zip"]).build(CONTEXT)
    assert mask("a@mail.example 12345") == "<email> <zip>"
