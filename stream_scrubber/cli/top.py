"""A live view of a running service, from its /metrics: what leaks before and after, and how delivery goes.

Ends on Ctrl-C. With --once it prints what there is and ends.
"""

from __future__ import annotations

import argparse
import math
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stream_scrubber.cli import OK
from stream_scrubber.errors import ConfigError
from stream_scrubber.leakage.describe import share

if TYPE_CHECKING:
    from rich.console import Group

_LINE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: \S+)?")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_CONTROL = dict.fromkeys((*range(32), *range(127, 160)), "?")
"""A name from another process must not steer the terminal."""

HORIZONS = ("1h", "24h", "7d", "epoch")


@dataclass(frozen=True, slots=True)
class Sample:
    name: str
    labels: Mapping[str, str]
    value: float


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", nargs="?", default="http://127.0.0.1:9464/metrics", metavar="URL",
                        help="default: http://127.0.0.1:9464/metrics")  # fmt: skip
    parser.add_argument("--every", type=float, default=2.0, metavar="SECONDS", help="default: 2")
    parser.add_argument("--horizon", choices=HORIZONS, default="24h", help="which window; default: 24h")
    parser.add_argument("--once", action="store_true", help="print once and end")


def run(options: argparse.Namespace) -> int:
    if not options.url.startswith(("http://", "https://")):
        raise ConfigError("a URL begins with http:// or https://")
    from rich.console import Console
    from rich.live import Live

    if options.once:
        Console(highlight=False).print(view(fetch(options.url), options.horizon))
        return OK
    with Live(view(fetch(options.url), options.horizon), screen=False, refresh_per_second=4) as live:
        while True:
            time.sleep(options.every)
            live.update(view(fetch(options.url), options.horizon))


def fetch(url: str) -> list[Sample]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310  http or https, checked above
            return list(samples(answer.read().decode("utf-8", "replace")))
    except (urllib.error.URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        raise ConfigError(f"no metrics at {url}: {reason}") from None


def samples(text: str) -> Iterator[Sample]:
    """What stands in Prometheus's text format."""
    for line in text.splitlines():
        found = None if line.startswith("#") else _LINE.fullmatch(line)
        if found:
            labels = {name: value.translate(_CONTROL) for name, value in _LABEL.findall(found[2] or "")}
            yield Sample(found[1], labels, float(found[3]))


def view(found: list[Sample], horizon: str) -> Group:
    """All tables."""
    from rich.console import Group
    from rich.table import Table

    delivery = Table(title="delivery", title_justify="left")
    for heading in ("topic", "clean", "dropped", "dead letters", "lag"):
        delivery.add_column(heading, justify="left" if heading == "topic" else "right")
    for topic in _values(found, "scrubber_records_total", "topic"):
        counts = [_sum(found, "scrubber_records_total", topic=topic, outcome=one) for one in _OUTCOMES]
        lag = _sum(found, "scrubber_consumer_lag_records", topic=topic)
        delivery.add_row(topic, *(f"{count:,.0f}" for count in [*counts, lag]))
    leaks = Table(title=f"what still identifies people, running window {horizon}", title_justify="left")
    for heading in ("topic", "set", "figure", "raw", "clean"):
        leaks.add_column(heading, justify="right" if heading in ("raw", "clean") else "left")
    for leak in _leaks(found, horizon):
        leaks.add_row(*leak)
    alarms = Table(title="alarms", title_justify="left")
    for heading in ("topic", "what", "count"):
        alarms.add_column(heading, justify="right" if heading == "count" else "left")
    for alarm in _alarms(found):
        alarms.add_row(*alarm)
    return Group(delivery, leaks, alarms)


_OUTCOMES = ("clean", "dropped", "dead_letter")


def _leaks(found: list[Sample], horizon: str) -> Iterator[tuple[str, str, str, str, str]]:
    window = {"horizon": horizon, "window": "running"}
    for topic in _values(found, "scrubber_risk_state", "topic"):
        state = [one.labels["state"] for one in _of(found, "scrubber_risk_state", topic=topic, **window)]
        if state != ["measured"]:
            yield topic, "", f"state: {', '.join(state) or 'none'}", "", ""
        for qid in _values(found, "scrubber_risk_records_below_k_ratio", "qid", topic=topic):
            for name, more, what in _FIGURES:
                where = {"topic": topic, "qid": qid, **more, **window}
                if name.startswith("scrubber_attack"):
                    where["horizon"] = "epoch"
                raw, clean = (_one(found, name, side=side, **where) for side in ("raw", "clean"))
                if raw is not None or clean is not None:
                    bits = name.endswith("_log2")
                    told = _bits if bits else share
                    yield topic, qid, what, told(raw), told(clean)


_FIGURES: tuple[tuple[str, dict[str, str], str], ...] = (
    ("scrubber_risk_records_below_k_ratio", {"k": "20"}, "records that fewer than 20 people share"),
    ("scrubber_risk_values_below_k_ratio", {"k": "2"}, "combinations that one person alone has"),
    ("scrubber_risk_anonymity_log2", {}, "bits still to be guessed"),
    ("scrubber_attack_success_ratio", {"attack": "unicity_p2"}, "traces that 2 points single out (epoch)"),
    ("scrubber_attack_success_ratio", {"attack": "unicity_p4"}, "traces that 4 points single out (epoch)"),
)


def _alarms(found: list[Sample]) -> Iterator[tuple[str, str, str]]:
    for topic in _values(found, "scrubber_residual_scanned_total", "topic"):
        for name, what, labels in _COUNTS:
            yield topic, what, f"{_sum(found, name, topic=topic, **labels):,.0f}"
        joins = [one.value for one in _of(found, "scrubber_risk_joinability_low_ratio", topic=topic)]
        yield topic, "highest join of a clean field with raw ids", share(max(joins)) if joins else "no figure"


_COUNTS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("scrubber_canary_leaked_total", "canaries that leaked", {}),
    ("scrubber_canary_missed_total", "canaries that were missed", {}),
    ("scrubber_residual_records_total", "searched clean records with a finding", {}),
    ("scrubber_schema_unknown_fields_total", "unknown fields released", {"action": "released"}),
)


def _bits(value: float | None) -> str:
    return "no figure" if value is None else f"{value:.2f}"


def _of(found: list[Sample], name: str, **labels: str) -> list[Sample]:
    return [one for one in found if one.name == name and labels.items() <= one.labels.items()]


def _one(found: list[Sample], name: str, **labels: str) -> float | None:
    return next((one.value for one in _of(found, name, **labels) if not math.isnan(one.value)), None)


def _sum(found: list[Sample], name: str, **labels: str) -> float:
    return sum(one.value for one in _of(found, name, **labels))


def _values(found: list[Sample], name: str, label: str, **labels: str) -> list[str]:
    return sorted({one.labels.get(label, "") for one in _of(found, name, **labels)})
