"""Presets load without a warning, hide the people in their samples, and the strict level keeps to its figures."""

from __future__ import annotations

import pytest

from benchmarks.presets.measure import SameKeys, events, measure
from benchmarks.presets.shapes import SHAPES
from stream_scrubber.codec.json import encode
from stream_scrubber.keys import KeyRing
from stream_scrubber.pipeline import Pipeline
from stream_scrubber.policy import Policy, Severity
from stream_scrubber.policy.presets import names
from stream_scrubber.record import Record, Scrubbed
from stream_scrubber.testing import run_policy_tests

ALL = names()


def test_every_preset_has_two_levels_and_samples() -> None:
    assert set(ALL) == {name + level for name in SHAPES for level in ("", "@strict")}


@pytest.mark.parametrize("name", ALL)
def test_it_loads_without_a_warning_and_its_tests_pass(name: str) -> None:
    policy, found = Policy.check(f"preset:{name}")
    assert policy, found
    assert not [mistake for mistake in found if mistake.severity is not Severity.HINT]
    assert policy.tests
    assert not [result for result in run_policy_tests(policy) if result.failures]


@pytest.mark.parametrize("name", ALL)
def test_nothing_that_names_a_person_is_left_of_the_samples(name: str) -> None:
    policy = Policy.load(f"preset:{name}")
    assert policy.epochs
    pipeline = Pipeline(policy, KeyRing(SameKeys(), policy.realm, policy.epochs, True))
    for moment, event in events(name.removesuffix("@strict"), 30):
        person = moment.person
        record = Record(encode(event), person.phone.encode(), None, moment.ms, "", 0, moment.number)
        outcome = pipeline(record, moment.ms)
        assert isinstance(outcome, Scrubbed), outcome
        left = (outcome.value or b"") + (outcome.key or b"")
        for secret in (person.name, person.ad, person.ip, person.phone, str(person.lat), moment.iso[11:23], "gclid"):
            assert secret.encode() not in left


def test_the_smallest_file_is_enough() -> None:
    policy, found = Policy.parse(
        b"version: 1\nextends: preset:segment\ntopics: { from: raw.web, to: clean.web }\n", "web.yaml"
    )
    assert policy, found
    assert policy.topics.outputs("raw.web") == ("clean.web", "dlq.segment")
    assert policy.layers == ("preset:segment", "web.yaml")


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPES)
def test_strict_keeps_to_its_figures(name: str) -> None:
    figures = measure(name, "@strict")
    assert not figures.dead_letters
    assert figures.utility >= 1 / 3
    for one in figures.sets.values():
        assert one.below_k <= 0.05
        assert one.unique is None or one.unique <= 0.10
