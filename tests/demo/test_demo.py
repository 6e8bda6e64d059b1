"""The demo keeps what the README says of it: it protects, keeps enough to be useful, and shows what it measured."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.request

import pytest

from stream_scrubber import KeyRing, MemoryKeystore, Pipeline, Policy, Scrubbed
from stream_scrubber.demo.events import records
from stream_scrubber.demo.stage import policy_file
from stream_scrubber.leakage.window import K, LeakageWindow, SetFigures
from stream_scrubber.testing import run_policy_tests

START = 1_794_873_600_000
COMMAND = [sys.executable, "-c", "from stream_scrubber.cli import main; raise SystemExit(main())", "demo"]


@pytest.fixture(scope="module")
def policy() -> Policy:
    return Policy.load(policy_file())


@pytest.fixture(scope="module")
def passed(policy: Policy) -> tuple[int, int, tuple[SetFigures, ...]]:
    """Records, clean records, and figures of 30,000 events."""
    window = LeakageWindow(policy, b"a secret of thirty-two bytes 123")
    assert policy.epochs is not None
    ring = KeyRing(MemoryKeystore(), policy.realm, policy.epochs, every_epoch_open=True)
    pipeline = Pipeline(policy, ring, observer=window)
    outcomes = [pipeline(record) for record in records(START, total=30_000)]
    return len(outcomes), sum(isinstance(one, Scrubbed) for one in outcomes), tuple(window.figures())


def test_at_most_one_record_in_a_hundred_is_lost_to_the_policy(passed: tuple[int, int, object]) -> None:
    records_seen, clean, _ = passed
    assert clean >= 0.99 * records_seen


def test_clean_records_hide_among_twenty_people_on_every_set_and_raw_ones_do_not(
    passed: tuple[int, int, tuple[SetFigures, ...]],
) -> None:
    figures = passed[2]
    assert {one.name for one in figures} == {"place_time", "device"}
    for one in figures:
        assert one.clean.spread.records_below_k(K) <= 0.05
        assert one.raw.spread.records_below_k(K) >= 0.9  # otherwise the figure says nothing about the policy
        assert one.clean.spread.records == one.raw.spread.records == passed[0]


def test_at_least_ten_fields_are_kept_and_not_only_named(policy: Policy) -> None:
    assert policy.epochs is not None
    pipeline = Pipeline(policy, KeyRing(MemoryKeystore(), policy.realm, policy.epochs, every_epoch_open=True))
    for record in records(START, total=200):
        assert isinstance(pipeline(record), Scrubbed)
    kept = [rule.selector.text for number, rule in enumerate(policy.rules, 1) if pipeline.tally.applied[number]]
    assert len(kept) >= 10


def test_the_policys_own_tests_pass(policy: Policy) -> None:
    results = run_policy_tests(policy)
    assert len(results) >= 2
    assert not [result for result in results if result.failures]


def _metrics(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310  our own loopback address
        return str(answer.read().decode())


def test_the_command_shows_a_record_figures_and_metrics_and_ends_cleanly_on_ctrl_c() -> None:
    process = subprocess.Popen([*COMMAND, "--seconds", "120"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    lines, metrics = [], ""
    try:
        for line in process.stdout:
            lines.append(line)
            if "place_time" in line:
                url = next(word for shown in lines for word in shown.split() if word.endswith("/metrics"))
                metrics = _metrics(url)
                if "scrubber_risk_records_below_k_ratio{" in metrics:
                    process.send_signal(signal.SIGINT)
                    break
        rest, errors = process.communicate(timeout=40)
    finally:
        process.kill()
    said = "".join(lines) + rest
    assert process.returncode == 0, errors
    assert "no transactions" in said
    assert "->  -" in said  # a field that is gone
    assert re.search(r"place_time +records that fewer than 20 people share", said)
    assert re.search(r'scrubber_risk_records_below_k_ratio\{.*qid="place_time".*side="clean"', metrics)
    assert 'scrubber_records_total{outcome="clean"' in metrics
    assert "Traceback" not in errors
