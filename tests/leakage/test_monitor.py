"""The live monitor: what it publishes, when it is silent, and that planted leaks show within two ticks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from benchmarks.workload import events
from stream_scrubber import DeadLetter, KeyRing, MemoryKeystore, Pipeline, Policy, Record, Scrubbed
from stream_scrubber.leakage.monitor import REALM, LeakageMonitor, all_risks
from stream_scrubber.leakage.rehearsal import Rehearsal
from stream_scrubber.leakage.table import in_lines
from stream_scrubber.metrics import NAMES, Metrics

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "examples" / "reference" / "policy.yaml"
MONDAY_MS = 1_795_392_000_000 - 1_795_392_000_000 % 604_800_000 + 4 * 86_400_000
"""A Monday, 00:00 UTC."""


class Clock:
    def __init__(self, now: int = MONDAY_MS) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


def running(
    text: str | None = None, *, rate: float = 1.0, clock: Clock | None = None, store: MemoryKeystore | None = None
) -> tuple[LeakageMonitor, Pipeline, Clock]:
    clock = clock or Clock()
    policy, mistakes = Policy.parse((text or REFERENCE.read_text()).encode())
    assert policy is not None, mistakes
    monitor = LeakageMonitor(policy, clock, store, rate=rate)
    pipeline = Pipeline(policy, KeyRing(MemoryKeystore(), policy.realm, policy.epochs, True), observer=monitor)
    monitor.pipeline = pipeline
    return monitor, pipeline, clock


def records(count: int) -> Iterator[Record]:
    for at, one in enumerate(events.records(count)):
        yield Record(one.value, one.key, list(one.headers), one.timestamp_ms, "raw.bench", 0, at)


def play(pipeline: Pipeline, played: Iterable[Record]) -> None:
    for record in played:
        assert isinstance(pipeline(record), Scrubbed)


def value_of(monitor: LeakageMonitor, name: str, **labels: str) -> float | None:
    found = [risk.value for risk in monitor.risks() if risk.name == name and labels.items() <= dict(risk.labels).items()]
    return sum(found) if found else None


def test_nothing_is_published_before_the_tick_and_everything_after_it() -> None:
    monitor, pipeline, clock = running()
    play(pipeline, records(3_000))
    assert not monitor.tick()
    assert monitor.risks() == ()
    clock.now += 60_000
    assert monitor.tick()
    assert not monitor.tick()
    assert value_of(monitor, "scrubber_window_records", horizon="1h") == 3_000
    for side in ("raw", "clean"):
        labels = {"qid": "device", "side": side, "k": "20", "horizon": "24h", "window": "running"}
        assert value_of(monitor, "scrubber_risk_records_below_k_ratio", **labels) is not None
    assert {risk.name for risk in monitor.risks()} <= NAMES.keys()


def test_figures_are_absent_with_few_people_and_the_state_says_why() -> None:
    monitor, pipeline, clock = running()
    monitor.publish()
    assert value_of(monitor, "scrubber_risk_state", horizon="1h", state="no_records") == 1
    play(pipeline, records(40))
    clock.now += 60_000
    monitor.publish()
    assert value_of(monitor, "scrubber_risk_state", horizon="1h", state="few_subjects") == 1
    assert value_of(monitor, "scrubber_risk_records_below_k_ratio") is None
    assert value_of(monitor, "scrubber_risk_entropy_log2") is None


def test_counts_of_people_and_records_under_ten_are_told_as_ten() -> None:
    monitor, pipeline, _ = running()
    play(pipeline, records(4))
    monitor.publish()
    assert value_of(monitor, "scrubber_window_records", horizon="1h") == 10
    assert value_of(monitor, "scrubber_window_subjects", horizon="1h") == 10


def test_a_window_that_was_not_watched_from_its_start_is_cold_until_the_next_begins() -> None:
    clock = Clock(MONDAY_MS + 1_800_000)
    monitor, pipeline, _ = running(clock=clock)
    play(pipeline, records(1_000))
    monitor.publish()
    assert value_of(monitor, "scrubber_risk_state", horizon="1h", state="cold") == 1
    clock.now = MONDAY_MS + 3_600_000
    monitor.publish()
    assert value_of(monitor, "scrubber_risk_state", horizon="1h", window="complete", state="cold") == 1
    play(pipeline, (one._replace(offset=one.offset + 1_000) for one in records(1_000)))
    clock.now += 60_000
    monitor.publish()
    assert value_of(monitor, "scrubber_risk_state", horizon="1h", window="running", state="measured") == 1
    assert value_of(monitor, "scrubber_risk_state", horizon="7d", window="running", state="cold") == 1


def test_a_record_that_comes_again_after_an_abort_counts_once() -> None:
    monitor, pipeline, _ = running()
    batch = list(records(500))
    play(pipeline, batch)
    play(pipeline, batch[200:])
    monitor.publish()
    # the first record of a partition has offset 0, with which a topic that was made anew begins too
    assert value_of(monitor, "scrubber_window_records", horizon="1h") == 500


def test_a_clock_that_goes_back_changes_nothing() -> None:
    monitor, pipeline, clock = running(clock=Clock(MONDAY_MS + 86_400_000))
    play(pipeline, records(1_000))
    clock.now -= 7 * 86_400_000
    monitor.publish()
    assert value_of(monitor, "scrubber_window_records", horizon="1h", window="running") == 1_000


def test_the_secret_lives_in_the_keystore_and_is_destroyed_when_the_week_is_over() -> None:
    store = MemoryKeystore()
    monitor, _, clock = running(store=store)
    assert list(store.epochs(REALM).values()) == [True]
    clock.now += 7 * 86_400_000
    monitor.publish()
    assert sorted(store.epochs(REALM).values()) == [False, True]


def test_two_workers_of_a_group_have_one_secret_and_two_policies_have_two() -> None:
    store = MemoryKeystore()
    one, two = running(store=store)[0], running(store=store)[0]
    other = running(REFERENCE.read_text().replace("name: reference", "name: another"), store=store)[0]
    assert one._secrets.secret == two._secrets.secret != other._secrets.secret


def test_a_record_without_a_subject_is_counted_apart() -> None:
    monitor, pipeline, _ = running()
    play(pipeline, records(1_000))
    nobody = [Record(b'{"type":"track"}', b"k", [], MONDAY_MS, "raw.bench", 0, 5_000 + at) for at in range(20)]
    play(pipeline, nobody)
    monitor.publish()
    assert value_of(monitor, "scrubber_window_unattributed_records", horizon="1h") == 20
    assert value_of(monitor, "scrubber_window_records", horizon="1h") == 1_000


def test_of_several_subjects_the_first_that_is_present_counts() -> None:
    monitor, pipeline, _ = running(REFERENCE.read_text().replace("subject: userId", "subject: [userId, anonymousId]"))
    value = orjson.dumps({"type": "track", "anonymousId": "a-1"})
    play(pipeline, [Record(value, b"k", [], MONDAY_MS, "raw.bench", 0, at) for at in range(20)])
    monitor.publish()
    assert value_of(monitor, "scrubber_window_unattributed_records", horizon="1h") == 0


def test_clean_reference_events_raise_neither_a_residual_nor_a_page() -> None:
    monitor, pipeline, clock = running()
    play(pipeline, records(6_000))
    for _ in range(3):
        clock.now += 60_000
        monitor.publish()
    assert value_of(monitor, "scrubber_residual_scanned_total") == 6_000
    assert not value_of(monitor, "scrubber_residual_records_total")
    assert not value_of(monitor, "scrubber_canary_leaked_total")
    assert not value_of(monitor, "scrubber_canary_missed_total")
    assert not value_of(monitor, "scrubber_schema_unknown_fields_total", action="released")
    joins = [risk.value for risk in monitor.risks() if risk.name == "scrubber_risk_joinability_low_ratio"]
    assert joins
    assert max(joins) <= 0.01
    # ticks add nothing to what people did
    applied = pipeline.tally.applied[1]
    assert applied == 6_000


PLANTED = {
    "an id that is kept": ("userId: { pseudonym: user }", "userId: keep"),
    "a comment that is kept": ("properties.comment: { mask_text: { find: [email, phone], with: \"<{type}>\" } }", "properties.comment: keep"),
    "a raw key": ("key: { pseudonym: user }", "key: keep"),
    "a raw header": ("headers: { default: drop }", "headers: { default: drop, traceparent: keep }"),
    "every other field": ("  type|event: keep", "  type|event: keep\n  context.**: keep"),
}  # fmt: skip


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_leak_shows_within_two_ticks(planted: str) -> None:
    old, new = PLANTED[planted]
    text = REFERENCE.read_text()
    assert old in text
    monitor, pipeline, clock = running(text.replace(old, new).partition("\ntests:")[0])
    play(pipeline, records(2_500))
    clock.now += 60_000
    monitor.publish()
    joins = [risk.value for risk in monitor.risks() if risk.name == "scrubber_risk_joinability_low_ratio"]
    signs = {
        "an id that is kept": max(joins) > 0.01,
        "a comment that is kept": value_of(monitor, "scrubber_residual_records_total"),
        "a raw key": value_of(monitor, "scrubber_canary_leaked_total", sink="key"),
        "a raw header": value_of(monitor, "scrubber_canary_leaked_total", sink="header"),
        "every other field": value_of(monitor, "scrubber_residual_records_total"),
    }
    assert signs[planted]


def test_a_rehearsal_counts_nothing_and_is_seen_by_nobody() -> None:
    seen: list[Any] = []
    policy = Policy.load(REFERENCE)
    pipeline = Pipeline(
        policy,
        KeyRing(MemoryKeystore(), policy.realm, policy.epochs or None, True),  # type: ignore[arg-type]
        observer=lambda *record: seen.append(record),
    )
    rehearsal = Rehearsal(policy, "raw.bench")
    for seed in range(50):
        rehearsal.run(pipeline, seed, MONDAY_MS)
    assert not seen
    assert not any(pipeline.tally.applied)
    assert not any(pipeline.tally.refused)
    assert rehearsal.counts.injected["email"] > 500
    assert not rehearsal.counts.leaked.total()
    assert not rehearsal.counts.missed.total()


def test_a_policy_that_rejects_unknown_fields_and_names_topics_by_pattern_is_measured_topic_by_topic() -> None:
    policy = Policy.load(ROOT / "examples" / "service" / "policies" / "orders.yaml")
    monitor = LeakageMonitor(policy, Clock())
    pipeline = Pipeline(policy, KeyRing(MemoryKeystore(), policy.realm, policy.epochs, True), observer=monitor)  # type: ignore[arg-type]
    monitor.pipeline = pipeline
    for at in range(300):
        value = orjson.dumps({"orderId": f"o-{at}", "customer": f"u-{at % 150}", "currency": "EUR", "total": at})
        topic = "raw.orders.de" if at % 2 else "raw.orders.fr"
        assert isinstance(pipeline(Record(value, b"k", [], MONDAY_MS, topic, 0, at)), Scrubbed)
    assert isinstance(pipeline(Record(b'{"jane@x.example":1}', b"k", [], MONDAY_MS, "raw.orders.de", 0, 400)), DeadLetter)
    monitor.publish()
    topics = {dict(risk.labels)["topic"] for risk in monitor.risks()}
    assert topics == {"raw.orders.de", "raw.orders.fr"}
    assert not any("jane" in value for risk in monitor.risks() for _, value in risk.labels)
    assert not value_of(monitor, "scrubber_canary_leaked_total")


def test_budgets_are_published_beside_what_they_limit() -> None:
    budget = "  budget: { residual: 1%, below_k: 2% }\n  budgets: [{ set: device, k: 5, horizon: 1h, max: 10% }]\n"
    text = REFERENCE.read_text().replace("leakage:\n", "leakage:\n" + budget)
    monitor, _, _ = running(text)
    monitor.publish()
    assert value_of(monitor, "scrubber_risk_budget_ratio", qid="device", k="5", horizon="1h") == 0.1
    assert value_of(monitor, "scrubber_risk_budget_ratio", qid="place_time", k="20", horizon="24h") == 0.02
    assert value_of(monitor, "scrubber_residual_budget_ratio") == 0.01
    broken = text.replace("set: device", "set: devise")
    policy, mistakes = Policy.parse(broken.encode())
    assert policy is None
    assert any("devise" in mistake.pretty() for mistake in mistakes)


def test_a_scrape_shows_every_published_figure_and_takes_under_fifty_milliseconds_with_fifty_topics() -> None:
    import time

    from prometheus_client import generate_latest

    monitor, pipeline, _ = running()
    play(pipeline, records(2_000))
    monitor.publish()
    one = monitor.risks()
    many = [
        risk.__class__(risk.name, (("topic", f"t{at}"), *(label for label in risk.labels if label[0] != "topic")), risk.value)
        for at in range(50)
        for risk in one
    ]
    metrics = Metrics([pipeline])
    metrics.risks = all_risks([monitor])
    text = generate_latest(metrics.registry()).decode()
    for name in {risk.name for risk in one}:
        assert name in text
    metrics.risks = lambda: many
    registry = metrics.registry()
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        generate_latest(registry)
        best = min(best, time.process_time() - began)
    assert best < 0.5  # the figure to reach is 0.05; the measured one stands in benchmarks/leakage/README.md


def test_the_table_of_a_shadow_run_says_both_sides_and_its_window() -> None:
    monitor, pipeline, _ = running()
    play(pipeline, records(2_000))
    text = "\n".join(in_lines([monitor]))
    assert "2,000 records" in text
    assert "records that fewer than 20 people share" in text
    assert "searched 2,000 clean records" in text
    empty, _, _ = running()
    assert "no figures, no records" in "\n".join(in_lines([empty]))


LINTED = {
    "a set of a dropped field": ("device: [context.os.name", "device: [context.wifi.bssid, context.os.name", "SS027"),
    "no set": ("  quasi_identifiers:\n    place_time: [context.location, timestamp]\n    device: [context.os.name, context.screen.width, context.screen.height, context.locale, context.ip]\n", "  quasi_identifiers: {}\n", "SS028"),
    "nothing measured": ("leakage:\n  subject: userId\n  quasi_identifiers:\n    place_time: [context.location, timestamp]\n    device: [context.os.name, context.screen.width, context.screen.height, context.locale, context.ip]\n", "", "SS028"),
    "a set without order": ("device: [context.os.name", "device: [context.**", "SS007"),
    "a pause that does not exist": ("leakage:\n", "leakage:\n  on_breach: pause\n", "SS008"),
    "no subject": ("subject: userId", "subject: []", "SS007"),
}  # fmt: skip


@pytest.mark.parametrize("case", LINTED)
def test_an_author_is_told_what_cannot_be_measured(case: str) -> None:
    old, new, code = LINTED[case]
    text = REFERENCE.read_text()
    assert old in text
    _, mistakes = Policy.parse(text.replace(old, new).encode())
    assert code in {mistake.code for mistake in mistakes}


def test_a_policy_without_sets_is_watched_field_by_field_all_the_same() -> None:
    old, new, _ = LINTED["no set"]
    monitor, pipeline, _ = running(REFERENCE.read_text().replace(old, new))
    play(pipeline, records(300))
    monitor.publish()
    assert value_of(monitor, "scrubber_residual_scanned_total") == 300
