#!/usr/bin/env python3
"""Builds the board: `python deploy/grafana/board.py > deploy/grafana/stream-scrubber.json`.

Needs the extra `dashboards`. The JSON is checked in, so that nobody else needs it; a test builds it again where the
extra is installed and compares.
"""

from __future__ import annotations

import sys
from itertools import count
from typing import Any, NamedTuple

from grafana_foundation_sdk.builders import dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as model

HERE = 'job=~"$job", topic=~"$topic"'
RUNNING = 'window="running", horizon="$horizon"'
EPOCH = 'window="running", horizon="epoch"'


class Panel(NamedTuple):
    title: str
    expr: str
    legend: str
    unit: str = "percentunit"
    what: str = ""
    stat: bool = False


ROWS: dict[str, tuple[Panel, ...]] = {
    "Overview": (
        Panel("Worst leak: 4 points of a trace", f'max(scrubber_attack_success_ratio{{{HERE}, side="clean", attack="unicity_p4", {EPOCH}}})', "worst",
              what="Highest share of people that four points under one pseudonym single out. Per-record figures can be green while this is red.", stat=True),
        Panel("2 points of a trace", f'max(scrubber_attack_success_ratio{{{HERE}, side="clean", attack="unicity_p2", {EPOCH}}})', "worst", stat=True),
        Panel("Worst: records fewer than 20 people share", f'max(scrubber_risk_records_below_k_ratio{{{HERE}, side="clean", k="20", {RUNNING}}})', "worst", stat=True),
        Panel("Canaries that leaked", f"sum(scrubber_canary_leaked_total{{{HERE}}})", "leaked", "none",
              "Fake personal data that came out of the live plan. More than 0 is a page.", stat=True),
        Panel("Searched records with a finding", f"sum(scrubber_residual_records_total{{{HERE}}})", "found", "none", stat=True),
        Panel("Highest join with raw ids", f"max(scrubber_risk_joinability_low_ratio{{{HERE}}})", "join", stat=True),
        Panel("Lag", f"sum(scrubber_consumer_lag_records{{{HERE}}})", "lag", "none", stat=True),
        Panel("Dead letters a second", f'sum(rate(scrubber_records_total{{{HERE}, outcome="dead_letter"}}[$__rate_interval]))', "dead letters", "cps", stat=True),
        Panel("What the windows say", f"scrubber_risk_state{{{HERE}, {RUNNING}}}", "{{topic}} {{state}}", "none",
              "measured; cold: not watched from its start; few_subjects or no_records: no figures", stat=True),
    ),
    "Raw against clean, set by set": (
        Panel("Records that fewer than 20 people share", f'scrubber_risk_records_below_k_ratio{{{HERE}, k="20", {RUNNING}}}', "{{qid}} {{side}}"),
        Panel("Combinations that one person alone has", f"scrubber_risk_values_below_k_ratio{{{HERE}, {RUNNING}}}", "{{qid}} {{side}}"),
        Panel("Bits still to be guessed", f"scrubber_risk_anonymity_log2{{{HERE}, {RUNNING}}}", "{{qid}} {{side}}", "none"),
        Panel("One best guess is right", f"scrubber_risk_bayes_vulnerability_ratio{{{HERE}, {RUNNING}}}", "{{qid}} {{side}}"),
        Panel("Unicity in one epoch", f"scrubber_attack_success_ratio{{{HERE}, {EPOCH}}}", "{{qid}} {{attack}} {{side}}"),
        Panel("The same by chance", f"scrubber_attack_baseline_ratio{{{HERE}, {EPOCH}}}", "{{qid}} {{attack}} {{side}}"),
        Panel("Trials", f"scrubber_attack_trials{{{HERE}, {EPOCH}}}", "{{qid}} {{attack}} {{side}}", "none"),
        Panel("People in the window", f"scrubber_window_subjects{{{HERE}, {RUNNING}}}", "{{topic}}", "none"),
        Panel("Records in the window", f"scrubber_window_records{{{HERE}, {RUNNING}}}", "{{topic}}", "none"),
        Panel("Records that name nobody", f"scrubber_window_unattributed_records{{{HERE}, {RUNNING}}}", "{{topic}}", "none"),
    ),
    "Fields": (
        Panel("Entropy, bits", f"scrubber_risk_entropy_log2{{{HERE}}}", "{{field}} {{side}}", "none"),
        Panel("Utility loss", f"scrubber_utility_loss_ratio{{{HERE}}}", "{{field}}"),
        Panel("Joins with raw identifiers", f"scrubber_risk_joinability_ratio{{{HERE}}}", "{{field}} with {{reference}}"),
        Panel("Drift since the day before", f"scrubber_schema_drift_ratio{{{HERE}}}", "{{field}}"),
        Panel("Findings in clean records, an hour", f"sum by (field, entity) (increase(scrubber_residual_detections_total{{{HERE}}}[1h]))", "{{entity}} in {{field}}", "none"),
        Panel("Clean records searched a second", f"sum by (topic) (rate(scrubber_residual_scanned_total{{{HERE}}}[$__rate_interval]))", "{{topic}}", "cps"),
        Panel("Unknown fields a second, of the sample", f"sum by (topic, action) (rate(scrubber_schema_unknown_fields_total{{{HERE}}}[$__rate_interval]))", "{{topic}} {{action}}", "cps"),
        Panel("Canaries through the plan, an hour", f"sum by (class) (increase(scrubber_canary_injected_total{{{HERE}}}[1h]))", "{{class}}", "none"),
        Panel("Canaries missed", f"sum by (class) (scrubber_canary_missed_total{{{HERE}}})", "{{class}}", "none"),
        Panel("Values refused a second", f'topk(10, sum by (field, scrubber) (rate(scrubber_field_actions_total{{{HERE}, outcome="refused"}}[$__rate_interval])))', "{{field}} {{scrubber}}", "cps"),
    ),
    "Delivery": (
        Panel("Records a second", f"sum by (topic, outcome) (rate(scrubber_records_total{{{HERE}}}[$__rate_interval]))", "{{topic}} {{outcome}}", "cps"),
        Panel("Lag", f"sum by (topic) (scrubber_consumer_lag_records{{{HERE}}})", "{{topic}}", "none"),
        Panel("Delay from event to clean, 99 of 100", f"histogram_quantile(0.99, sum by (le, topic) (rate(scrubber_end_to_end_delay_seconds_bucket{{{HERE}}}[$__rate_interval])))", "{{topic}}", "s"),
        Panel("Transactions a second", 'sum by (outcome) (rate(scrubber_transactions_total{job=~"$job"}[$__rate_interval]))', "{{outcome}}", "cps"),
        Panel("Time of a transaction, 99 of 100", 'histogram_quantile(0.99, sum by (le) (rate(scrubber_transaction_duration_seconds_bucket{job=~"$job"}[$__rate_interval])))', "p99", "s"),
        Panel("Dead letters by reason", f"sum by (topic, code) (rate(scrubber_dead_letters_total{{{HERE}}}[$__rate_interval]))", "{{topic}} {{code}}", "cps"),
        Panel("Topics that are stopped", f"scrubber_topic_stopped{{{HERE}}}", "{{topic}} {{reason}}", "none"),
        Panel("Clients made anew", 'sum by (instance) (scrubber_incarnations_total{job=~"$job"})', "{{instance}}", "none"),
    ),
    "Keys and resources": (
        Panel("CPU of one event", f"sum by (topic) (rate(scrubber_processing_duration_seconds_sum{{{HERE}}}[$__rate_interval])) / sum by (topic) (rate(scrubber_processing_duration_seconds_count{{{HERE}}}[$__rate_interval]))", "{{topic}}", "s"),
        Panel("Sketches", f"scrubber_sketch_bytes{{{HERE}}}", "{{topic}} {{kind}}", "bytes"),
        Panel("Age of the epoch", 'scrubber_pseudonym_epoch_age_seconds{job=~"$job"}', "{{realm}}", "s"),
        Panel("Keys destroyed", 'sum by (kind) (scrubber_key_destructions_total{job=~"$job"})', "{{kind}}", "none"),
        Panel("Policies that run", 'scrubber_policy_info{job=~"$job"}', "{{policy}} {{sha256}}", "none"),
        Panel("Versions that run", 'scrubber_build_info{job=~"$job"}', "{{instance}} {{version}} {{backend}}", "none"),
    ),
}  # fmt: skip

SOURCE = model.DataSourceRef(type_val="prometheus", uid="${datasource}")


def build() -> Any:
    board = (
        dashboard.Dashboard("stream-scrubber: what leaks, before and after")
        .uid("stream-scrubber")
        .tags(["stream-scrubber", "privacy", "kafka"])
        .refresh("1m")
        .time("now-6h", "now")
        .timezone("browser")
        .editable()
        .with_variable(dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"))
        .with_variable(_labels("job", "scrubber_build_info"))
        .with_variable(_labels("topic", 'scrubber_records_total{job=~"$job"}'))
        .with_variable(
            dashboard.CustomVariable("horizon")
            .label("Horizon")
            .values("24h,1h,7d,epoch")
            .current(model.VariableOption(text="24h", value="24h", selected=True))
        )
    )
    number = count(1)
    for row, panels in ROWS.items():
        board = board.with_row(dashboard.Row(row).id(next(number)))
        for panel in panels:
            board = board.with_panel(_panel(panel).id(next(number)))
    return board.build()


def _labels(name: str, series: str) -> Any:
    return (
        dashboard.QueryVariable(name)
        .label(name.capitalize())
        .datasource(SOURCE)
        .query(f"label_values({series}, {name})")
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .include_all(include_all=True)
        .multi(multi=True)
    )


def _panel(panel: Panel) -> Any:
    made = (stat.Panel() if panel.stat else timeseries.Panel()).title(panel.title).unit(panel.unit).datasource(SOURCE)
    if panel.what:
        made = made.description(panel.what)
    made = made.span(4 if panel.stat else 8).height(4 if panel.stat else 7)
    return made.with_target(prometheus.Dataquery().expr(panel.expr).legend_format(panel.legend).ref_id("A"))


if __name__ == "__main__":
    sys.stdout.write(JSONEncoder(sort_keys=True, indent=2).encode(build()) + "\n")
