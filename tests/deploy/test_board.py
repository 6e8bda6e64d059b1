"""Board, rules, alerts and runbooks name only what exists, and Prometheus itself takes them and gets data."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from stream_scrubber.cli.export import for_alerts, for_series
from stream_scrubber.cli.top import samples, view
from stream_scrubber.metrics import NAMES

DEPLOY = Path(__file__).parents[2] / "deploy"
PROMETHEUS = DEPLOY / "prometheus"
COMMAND = [sys.executable, "-c", "from stream_scrubber.cli import main; raise SystemExit(main())"]
_METRIC = re.compile(r"\bscrubber_[a-z0-9_]+")

ZERO_BY_NATURE = {
    "scrubber_dead_letters_total": "the demo's events are all sound, so that no reason was ever counted",
    "scrubber_residual_detections_total": "a series begins with the first finding, and the demo leaks nothing",
    "scrubber_topic_stopped": "no topic of the demo has lost records",
    "scrubber_schema_drift_ratio": "needs a day before the running one",
    "scrubber_key_destructions_total": "no epoch ends while the demo runs",
    "scrubber_pseudonym_epoch_age_seconds": "housekeeping runs in `run`, not in the demo, whose keys are thrown away",
    "scrubber_risk_budget_ratio": "the demo's policy names no budget",
    "job_topic:scrubber_risk_records_below_k:clean_complete": "needs a window that is complete and watched from its start",
    "scrubber_risk_joinability": "alarmed for fields with over 1,000 distinct values, which a short demo may not reach",
    'window="complete"': "needs a complete window: the demo is shorter than an hour",
}  # fmt: skip
"""Parts of queries that return nothing on a demo run, and why."""


def queries() -> dict[str, str]:
    """Every panel's query with its variables replaced, by title."""
    board = json.loads((DEPLOY / "grafana" / "stream-scrubber.json").read_text())
    values = {"$job": ".+", "$topic": ".+", "$horizon": "24h", "$__rate_interval": "30s"}
    found = {}
    for panel in board["panels"]:
        for target in panel.get("targets", ()):
            expr = target["expr"]
            for name, value in values.items():
                expr = expr.replace(name, value)
            assert "$" not in expr
            found[f"{panel['id']} {panel['title']}"] = expr
    return found


def rules() -> Iterator[dict[str, Any]]:
    for name in ("rules.yml", "alerts.yml"):
        for group in YAML(typ="safe").load(PROMETHEUS / name)["groups"]:
            yield from group["rules"]


def exists(metric: str) -> bool:
    return metric in NAMES or re.sub(r"_(bucket|sum|count)$", "", metric) in NAMES


def test_every_metric_of_panels_rules_alerts_and_runbooks_exists() -> None:
    texts = [*queries().values(), *(rule["expr"] for rule in rules())]
    texts += [path.read_text() for path in sorted((DEPLOY / "runbooks").glob("*.md"))]
    named = {metric for text in texts for metric in _METRIC.findall(text)}
    assert len(named) > 30
    recorded = {word for rule in rules() for word in _METRIC.findall(rule.get("record", ""))}
    assert {metric for metric in named if not exists(metric)} <= recorded


def test_every_alert_has_a_tier_and_a_runbook_that_says_cause_check_and_fix() -> None:
    alerts = [rule for rule in rules() if "alert" in rule]
    assert len(alerts) >= 10
    pages = set()
    for alert in alerts:
        assert alert["labels"]["severity"] in ("page", "ticket")
        page = DEPLOY / "runbooks" / alert["annotations"]["runbook_url"].rsplit("/", 1)[1]
        pages.add(page.name)
        text = page.read_text()
        assert text.startswith(f"# {alert['alert']}\n")
        for heading in ("## Cause", "## Check", "## Fix"):
            assert heading in text
        assert " ".join(alert["expr"].split()) in " ".join(text.split())
    assert pages == {path.name for path in (DEPLOY / "runbooks").glob("*.md")}


def test_every_alert_is_tested_to_fire_and_not_to_fire() -> None:
    names = {rule["alert"] for rule in rules() if "alert" in rule}
    tests = {test["name"] for test in YAML(typ="safe").load(PROMETHEUS / "tests.yml")["tests"]}
    assert tests == {f"{name} {how}" for name in names for how in ("fires", "does not fire")}


def test_the_board_has_its_variables_and_its_rows() -> None:
    board = json.loads((DEPLOY / "grafana" / "stream-scrubber.json").read_text())
    assert [variable["name"] for variable in board["templating"]["list"]][:3] == ["datasource", "job", "topic"]
    assert next(panel["title"] for panel in board["panels"] if panel["type"] == "row") == "Overview"
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    for panel in board["panels"]:
        for target in panel.get("targets", ()):
            assert 'job=~"$job"' in target["expr"]  # what `export --label` adds to


@pytest.mark.skipif(
    importlib.util.find_spec("grafana_foundation_sdk") is None, reason="the extra `dashboards` is not installed"
)
def test_the_board_is_what_its_code_builds() -> None:
    built = subprocess.run([sys.executable, DEPLOY / "grafana" / "board.py"], capture_output=True, text=True, check=True)
    assert built.stdout == (DEPLOY / "grafana" / "stream-scrubber.json").read_text()


def test_provisioning_has_the_fields_that_grafana_documents() -> None:
    folder = DEPLOY / "grafana" / "provisioning"
    source = YAML(typ="safe").load(folder / "datasources" / "prometheus.yaml")
    assert source["apiVersion"] == 1
    assert {"name", "type", "access", "url", "uid"} <= source["datasources"][0].keys()
    provider = YAML(typ="safe").load(folder / "dashboards" / "stream-scrubber.yaml")["providers"][0]
    assert provider["type"] == "file"
    assert provider["options"]["path"]


def test_export_puts_a_users_labels_on_every_query_and_every_alert() -> None:
    board = for_series((DEPLOY / "grafana" / "stream-scrubber.json").read_text(), [("cluster", "eu")])
    for panel in json.loads(board)["panels"]:
        for target in panel.get("targets", ()):
            assert 'job=~"$job", cluster="eu"' in target["expr"]
    text = for_alerts((PROMETHEUS / "alerts.yml").read_text(), [("team", "privacy")], "https://wiki.example/runbooks")
    for rule in YAML(typ="safe").load(text)["groups"][0]["rules"]:
        assert rule["labels"]["team"] == "privacy"
        assert rule["annotations"]["runbook_url"].startswith("https://wiki.example/runbooks/")
    asked = subprocess.run([*COMMAND, "export", "alerts", "--label", "job=x"], capture_output=True, text=True, check=False)
    assert asked.returncode == 2


# -- with Prometheus's own tools


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        if os.environ.get("STREAM_SCRUBBER_REQUIRE_PROMETHEUS") == "1":
            pytest.fail(f"{name} is not on this machine (apt-get install prometheus)")
        pytest.skip(f"NOT CHECKED: {name} is not on this machine (apt-get install prometheus)")
    return found


def test_promtool_takes_rules_and_alerts_and_their_tests() -> None:
    promtool = tool("promtool")
    for words in (["check", "rules", "rules.yml", "alerts.yml"], ["test", "rules", "tests.yml"], ["check", "config", "prometheus.yml"]):
        done = subprocess.run([promtool, *words], cwd=PROMETHEUS, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def ask(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310  loopback addresses of this test
        return bytes(answer.read())


@contextmanager
def started(words: list[str], **more: Any) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(what: str, well: Any, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if well():
                return
        except OSError:
            pass
        time.sleep(0.5)
    pytest.fail(f"waited {seconds:.0f} s for {what}")


@pytest.mark.slow
def test_every_panel_and_every_rule_returns_data_from_a_prometheus_that_scraped_a_demo(tmp_path: Path) -> None:
    prometheus, promtool = tool("prometheus"), tool("promtool")
    port, demo_port = free_port(), free_port()
    for name in ("rules.yml", "alerts.yml"):
        text = (PROMETHEUS / name).read_text().replace("interval: 1m", "interval: 2s")
        (tmp_path / name).write_text(text)
    (tmp_path / "prometheus.yml").write_text(
        "global: { scrape_interval: 1s, evaluation_interval: 2s }\nrule_files: [rules.yml, alerts.yml]\n"
        "scrape_configs:\n  - job_name: stream-scrubber\n    static_configs:\n"
        f"      - targets: ['127.0.0.1:{demo_port}']\n"
    )
    url, metrics = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{demo_port}/metrics"
    server = [
        prometheus, f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data",
        f"--web.listen-address=127.0.0.1:{port}",
    ]  # fmt: skip

    def has(query: str) -> bool:
        answer = json.loads(ask(f"{url}/api/v1/query?query={urllib.parse.quote(query)}"))
        assert answer["status"] == "success", query
        return bool(answer["data"]["result"])

    with started([*COMMAND, "demo", "--seconds", "240", "--port", str(demo_port)]), started(server):
        wait_for("figures", lambda: has('scrubber_attack_success_ratio{side="clean",attack="unicity_p4"}'), 200)
        time.sleep(8)
        text = ask(metrics)
        checked = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, check=False)
        assert checked.returncode == 0, checked.stderr.decode()
        silent = {title: query for title, query in queries().items() if not has(query)}
        silent |= {rule["record"]: rule["expr"] for rule in rules() if "record" in rule and not has(rule["record"])}
        unexplained = {
            title: query for title, query in silent.items()
            if not any(part in f"{title} {query}" for part in ZERO_BY_NATURE)
        }  # fmt: skip
        assert not unexplained
        groups = json.loads(ask(f"{url}/api/v1/rules"))["data"]["groups"]
        states = {rule["name"]: rule for group in groups for rule in group["rules"]}
        assert all(rule["health"] == "ok" for rule in states.values())
        # the demo is sound: nothing pages
        firing = {name for name, rule in states.items() if rule["type"] == "alerting" and rule["state"] == "firing"}
        assert not [name for name in firing if states[name]["labels"]["severity"] == "page"]
        once = subprocess.run([*COMMAND, "top", metrics, "--once"], capture_output=True, text=True, check=True)
        assert "raw.shop.app" in once.stdout
        assert "canaries that leaked" in once.stdout
        assert view(list(samples(text.decode())), "24h")
