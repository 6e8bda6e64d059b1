"""What is counted, as plain integers on the hot path and as Prometheus metrics when somebody asks.

A collector reads the integers at scrape time, so that counting costs an addition and a scrape cannot slow the loop.
Label values come from loaded policies and topic names only. Every name stands in `NAMES`, which docs and tests read.
"""

from __future__ import annotations

import platform
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from stream_scrubber.pipeline import Pipeline
from stream_scrubber.version import __version__

NAMES: Mapping[str, str] = {
    "scrubber_records_total": "Raw records by outcome, counted when their transaction has committed.",
    "scrubber_dead_letters_total": "Refused records by the code of their reason, counted when committed.",
    "scrubber_field_actions_total": "Values by rule; those of aborted transactions are counted again when redone.",
    "scrubber_processing_duration_seconds": "Time of one record in the pipeline, as the mean of its batch.",
    "scrubber_end_to_end_delay_seconds": "From a record's timestamp to its commit; the oldest of each batch and topic.",
    "scrubber_consumer_lag_records": "Records behind the end of each assigned partition.",
    "scrubber_transactions_total": "Transactions by outcome.",
    "scrubber_transaction_duration_seconds": "From the first record of a batch to its commit.",
    "scrubber_incarnations_total": "How often the clients were made anew.",
    "scrubber_topic_stopped": "1 while a topic is stopped because committed records are gone from it (a gap).",
    "scrubber_policy_info": "The loaded policies by name and content hash.",
    "scrubber_build_info": "Versions and backend.",
    "scrubber_pseudonym_epoch_age_seconds": "How long the running epoch of each realm has run.",
    "scrubber_key_destructions_total": "Epoch keys destroyed, by why.",
    "scrubber_risk_state": "1 for the state of each window: measured, cold, few_subjects, no_records.",
    "scrubber_window_subjects": "Distinct subjects in the window; 1 to 9 are told as 10.",
    "scrubber_window_records": "Records in the window, all that were seen; 1 to 9 are told as 10.",
    "scrubber_window_unattributed_records": "Records that name no subject and are in no figure; 1 to 9 as 10.",
    "scrubber_risk_records_below_k_ratio": "Share of records whose tuple fewer than k subjects share.",
    "scrubber_risk_values_below_k_ratio": "Share of distinct tuples that fewer than k subjects share.",
    "scrubber_risk_anonymity_log2": "Mean over records of log2 of the subjects that share their tuple, in bits.",
    "scrubber_risk_entropy_log2": "Entropy of a field's values in bits, on a sample of 1 % of the running day.",
    "scrubber_risk_bayes_vulnerability_ratio": "Chance that one best guess at the subject of a tuple is right.",
    "scrubber_risk_joinability_ratio": "Share of a clean field's values found among raw identifiers, less chance; of "
    "a sample of 1 %, only for fields with over 1,000 values.",
    "scrubber_risk_joinability_low_ratio": "The same with both shares erring against it, each at 95 %: alarm on this.",
    "scrubber_risk_budget_ratio": "Largest share of clean records below k that the policy allows.",
    "scrubber_risk_budget_subjects": "Subjects from which on the budget counts.",
    "scrubber_attack_success_ratio": "Share of an attack's trials that succeeded.",
    "scrubber_attack_baseline_ratio": "The same for a guess that knows nothing of the record.",
    "scrubber_attack_trials": "How many trials an attack had.",
    "scrubber_residual_scanned_total": "Clean records searched for personal data by independent detectors: about 1 %.",
    "scrubber_residual_records_total": "Searched records in which something was found.",
    "scrubber_residual_detections_total": "Findings in searched clean records by field, entity and detector.",
    "scrubber_residual_low_ratio": "Share of searched records with a finding, lower end of the 95 % interval.",
    "scrubber_residual_budget_ratio": "Largest share of records with a finding that the policy allows.",
    "scrubber_canary_injected_total": "Fake personal data run through the live plan, by class.",
    "scrubber_canary_leaked_total": "Canaries that came out, by class and sink.",
    "scrubber_canary_missed_total": "Canaries that a detector had to find in free text and did not.",
    "scrubber_schema_unknown_fields_total": "Fields that no rule names, in sampled records, by what became of them.",
    "scrubber_schema_drift_ratio": "How far a raw field moved since the day before: divergence in bits, or type flips.",
    "scrubber_utility_loss_ratio": "Normalized certainty penalty of a field: 0 as it was, 1 gone.",
    "scrubber_sketch_bytes": "What a topic's sketches take, packed.",
}
"""Every metric, with its help text."""

_DURATIONS = (1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 1e-2, 1e-1, 1.0)
_DELAYS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0, 86_400.0)
_TRANSACTIONS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Histogram:
    """Counts by upper bound. `add` with a weight stands for that many equal observations."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, value: float, weight: int = 1) -> None:
        self.counts[bisect_left(self.bounds, value)] += weight
        self.total += value * weight

    def buckets(self) -> list[tuple[str, float]]:
        """Cumulative, as Prometheus wants them."""
        seen = 0
        out: list[tuple[str, float]] = []
        for bound, count in zip((*self.bounds, float("inf")), self.counts, strict=True):
            seen += count
            out.append(("+Inf" if bound == float("inf") else repr(float(bound)), seen))
        return out


@dataclass(frozen=True, slots=True)
class Risk:
    """One risk figure. `name` is a metric of `NAMES`, `labels` are its labels' values by name."""

    name: str
    labels: tuple[tuple[str, str], ...]
    value: float


class Metrics:
    """What a worker counts. One per process; written by the loop, read by scrapes."""

    def __init__(self, pipelines: Sequence[Pipeline] = (), *, backend: str = "reference") -> None:
        self.pipelines = pipelines
        self.backend = backend
        self.records: Counter[tuple[str, str]] = Counter()
        self.dead_letters: Counter[tuple[str, str]] = Counter()
        self.transactions: Counter[str] = Counter()
        self.key_destructions: Counter[str] = Counter()
        self.incarnations = 0
        self.processing: dict[str, Histogram] = {}
        self.delay: dict[str, Histogram] = {}
        self.transaction_duration = Histogram(_TRANSACTIONS)
        self.lag: dict[tuple[str, int], int] = {}
        self.stopped: dict[str, str] = {}
        self.epoch_age: dict[str, float] = {}
        self.risks: Callable[[], Iterable[Risk]] = list

    def processed(self, topic: str, seconds: float, records: int) -> None:
        """`records` of a batch took `seconds` in the pipeline."""
        if records:
            self.processing.setdefault(topic, Histogram(_DURATIONS)).add(seconds / records, records)

    def delayed(self, topic: str, seconds: float) -> None:
        self.delay.setdefault(topic, Histogram(_DELAYS)).add(max(0.0, seconds))

    def registry(self) -> CollectorRegistry:
        """A registry of its own: nothing is registered globally."""
        registry = CollectorRegistry()
        registry.register(_Collector(self))
        return registry


class _Collector(Collector):
    def __init__(self, metrics: Metrics) -> None:
        self.metrics = metrics

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        m = self.metrics
        yield _counter("scrubber_records_total", ("topic", "outcome"), _outcomes(m.records))
        yield _counter("scrubber_dead_letters_total", ("topic", "code"), dict(m.dead_letters))
        yield _counter("scrubber_field_actions_total", ("topic", "field", "scrubber", "outcome"), _fields(m.pipelines))
        yield _counter("scrubber_transactions_total", ("outcome",), _single(m.transactions))
        yield _counter("scrubber_incarnations_total", (), {(): m.incarnations})
        yield _counter("scrubber_key_destructions_total", ("kind",), _single(m.key_destructions))
        yield _histograms("scrubber_processing_duration_seconds", m.processing)
        yield _histograms("scrubber_end_to_end_delay_seconds", m.delay)
        yield _histogram("scrubber_transaction_duration_seconds", m.transaction_duration)
        lag = {(topic, str(partition)): value for (topic, partition), value in dict(m.lag).items()}
        yield _gauge("scrubber_consumer_lag_records", ("topic", "partition"), lag)
        yield _gauge("scrubber_topic_stopped", ("topic", "reason"), dict.fromkeys(dict(m.stopped).items(), 1))
        yield _gauge("scrubber_pseudonym_epoch_age_seconds", ("realm",), _single(m.epoch_age))
        policies = {(p.policy.name, str(p.policy.form.version), p.policy.sha256): 1 for p in m.pipelines}
        yield _gauge("scrubber_policy_info", ("policy", "version", "sha256"), policies)
        build = (__version__, m.backend, platform.python_version())
        yield _gauge("scrubber_build_info", ("version", "backend", "python"), {build: 1})
        yield from _risks(m.risks())


_Values = Mapping[Any, float]
"""By label values, a tuple as long as the labels."""


def _single(values: Mapping[str, float]) -> dict[tuple[str, ...], float]:
    """Copied, because the loop may add to it meanwhile."""
    return {(name,): value for name, value in dict(values).items()}


def _outcomes(records: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """Every outcome of every topic seen: a series that begins with its first dead letter would hide that one."""
    seen = dict(records)
    topics = {topic for topic, _ in seen}
    return {**{(topic, outcome): 0 for topic in topics for outcome in ("clean", "dropped", "dead_letter")}, **seen}


def _fields(pipelines: Sequence[Pipeline]) -> dict[tuple[str, ...], int]:
    out: Counter[tuple[str, ...]] = Counter()
    for pipeline in pipelines:
        topic, applied = pipeline.policy.topics.source, pipeline.tally.applied
        for number, rule in enumerate(pipeline.policy.rules, start=1):
            labels = (topic, rule.selector.text, str(rule.chain))
            out[*labels, "applied"] += applied[number]
            out[*labels, "refused"] += pipeline.tally.refused[number]
    return dict(out)


def _counter(name: str, labels: Sequence[str], values: _Values) -> CounterMetricFamily:
    family = CounterMetricFamily(name, NAMES[name], labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family


def _gauge(name: str, labels: Sequence[str], values: _Values) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, NAMES[name], labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family


def _histograms(name: str, by_topic: Mapping[str, Histogram]) -> HistogramMetricFamily:
    family = HistogramMetricFamily(name, NAMES[name], labels=("topic",))
    for topic, histogram in dict(by_topic).items():
        family.add_metric((topic,), histogram.buckets(), histogram.total)
    return family


def _histogram(name: str, histogram: Histogram) -> HistogramMetricFamily:
    return HistogramMetricFamily(name, NAMES[name], buckets=histogram.buckets(), sum_value=histogram.total)


def _risks(risks: Iterable[Risk]) -> Iterator[Metric]:
    families: dict[str, GaugeMetricFamily | CounterMetricFamily] = {}
    for risk in risks:
        if risk.name not in families:
            labels = [name for name, _ in risk.labels]
            kind = CounterMetricFamily if risk.name.endswith("_total") else GaugeMetricFamily
            families[risk.name] = kind(risk.name, NAMES[risk.name], labels=labels)
        families[risk.name].add_metric([value for _, value in risk.labels], risk.value)
    yield from families.values()
