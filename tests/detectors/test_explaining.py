"""The reasons that a policy author sees are those of the scan that the stream runs."""

from hypothesis import given, settings
from hypothesis import strategies as st

from stream_scrubber.detectors import BY_NAME
from stream_scrubber.detectors import STRUCTURED as ALL
from stream_scrubber.detectors.explaining import explain
from stream_scrubber.detectors.scanning import scanner
from stream_scrubber.detectors.user import pattern_find

EVERYTHING = [detector() for detector in ALL]
SCAN = scanner(EVERYTHING)


def test_each_find_names_its_detector_its_reason_and_what_became_of_it():
    (finding,) = explain("mail jane%40mail.example now", [BY_NAME["email"]()])
    assert finding[:4] == (5, 24, "email", "email")
    assert "RFC 5322" in finding.reason
    assert "disguise" in finding.reason


def test_a_find_inside_another_says_under_which_type_it_goes():
    text = "https://jane@mail.example:x@files.example/a"
    assert {finding.entity for finding in explain(text, EVERYTHING)} == {"url"}
    assert {finding.detector for finding in explain(text, EVERYTHING)} >= {"url", "email"}


def test_patterns_of_ones_own_are_explained_too():
    (finding,) = explain("see AB-1", [], {"ticket": pattern_find("ticket", "[A-Z]{2}-[0-9]")})
    assert finding[:4] == (4, 8, "ticket", "ticket")


def test_base64_is_explained_too():
    (finding,) = explain("see amFuZS5kb2VAbWFpbC5leGFtcGxl now", [BY_NAME["email"]()])
    assert finding[:4] == (4, 32, "email", "base64")


@settings(deadline=None)  # explaining builds every detector anew
@given(st.text() | st.sampled_from([example for detector in ALL for example in detector.finds]))
def test_findings_cover_exactly_what_the_scan_finds(text):
    spans = SCAN(text)
    findings = explain(text, EVERYTHING)
    assert {(span.entity) for span in spans} == {finding.entity for finding in findings}
    for start, end, entity, *_ in findings:
        assert any(span.start <= start and end <= span.end and span.entity == entity for span in spans)
