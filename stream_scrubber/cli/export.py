"""Write Grafana's board, or Prometheus's rules and alerts, with your own labels.

`dashboards` writes the board; each --label is asked of every series. `alerts` writes recording rules and alerts; each
--label is put on every alert, for your Alertmanager's routes.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from stream_scrubber.cli import OK
from stream_scrubber.errors import ConfigError

RUNBOOKS = "https://github.com/stream-scrubber/stream-scrubber/blob/main/deploy/runbooks/"
_LABEL = re.compile(r"([a-zA-Z_][a-zA-Z0-9_]*)=([A-Za-z0-9._/:-]{1,200})")
FILES = {"dashboards": ("grafana/stream-scrubber.json",), "alerts": ("prometheus/rules.yml", "prometheus/alerts.yml")}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=FILES, metavar="WHAT", help="dashboards or alerts")
    parser.add_argument("--label", action="append", default=[], metavar="NAME=VALUE", help="may be given several times")
    parser.add_argument("--runbooks", default=RUNBOOKS, metavar="URL", help="where your runbooks are")
    parser.add_argument("--to", metavar="FOLDER", help="where to write; default: standard output")


def run(options: argparse.Namespace) -> int:
    labels = [_label(text) for text in options.label]
    if not re.fullmatch(r"https?://[^\s\"'\\]+", options.runbooks):
        raise ConfigError("a URL of runbooks begins with http:// or https:// and has no quotes in it")
    for name in FILES[options.what]:
        text = (folder() / name).read_text()
        text = for_series(text, labels) if name.endswith(".json") else for_alerts(text, labels, options.runbooks)
        if options.to is None:
            sys.stdout.write(text)
            continue
        try:
            (Path(options.to) / Path(name).name).write_text(text)
        except OSError as error:
            raise ConfigError(f"{options.to}: {error.strerror}") from None
    return OK


def folder() -> Path:
    """`deploy/`: inside an installed package, or of a checkout."""
    inside = Path(__file__).parents[1] / "deploy"
    return inside if inside.exists() else Path(__file__).parents[2] / "deploy"


def for_series(text: str, labels: list[tuple[str, str]]) -> str:
    """The board with a matcher more in every query, all of which ask for the job."""
    matchers = "".join(f', {name}=\\"{value}\\"' for name, value in labels)
    return text.replace('job=~\\"$job\\"', f'job=~\\"$job\\"{matchers}')


def for_alerts(text: str, labels: list[tuple[str, str]], runbooks: str) -> str:
    """The rules with more labels on every alert, and runbooks at another address."""
    more = "".join(f'\n          {name}: "{value}"' for name, value in labels)
    text = re.sub(r"(\n          severity: \w+)", lambda found: found[1] + more, text)
    return text.replace(RUNBOOKS, runbooks.rstrip("/") + "/")


def _label(text: str) -> tuple[str, str]:
    found = _LABEL.fullmatch(text)
    if found is None or found[1] in ("job", "topic", "severity"):
        raise ConfigError("a label is NAME=VALUE, and job, topic and severity are taken")
    return found[1], found[2]
