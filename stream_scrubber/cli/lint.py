"""Check policies: all mistakes at once, each with its place, code and a hint.

Exit 0 when nothing is to be done, 1 with errors or warnings (hints do not count), 2 when a path is wrong.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from stream_scrubber.cli import FINDINGS, OK
from stream_scrubber.cli.common import policy_files
from stream_scrubber.policy import Mistake, Policy, Severity
from stream_scrubber.policy.together import check_together


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH", help="policy files, or folders of them")
    parser.add_argument("--format", choices=list(_FORMATS), default="text", help="default: text")


def run(options: argparse.Namespace) -> int:
    files = policy_files(options.paths)
    mistakes = check_files(files)
    _FORMATS[options.format](mistakes)
    if options.format == "text":
        counts = ", ".join(f"{sum(m.severity is kind for m in mistakes)} {kind}s" for kind in Severity)
        print(f"{len(files)} files: {counts}")
    return FINDINGS if any(mistake.severity is not Severity.HINT for mistake in mistakes) else OK


def check_files(files: Sequence[Path]) -> list[Mistake]:
    """The mistakes of each policy, and of all of them together."""
    mistakes: list[Mistake] = []
    policies = []
    for file in files:
        policy, found = Policy.check(file)
        mistakes.extend(found)
        if policy is not None:
            policies.append(policy)
    return [*mistakes, *check_together(policies)]


def _text(mistakes: Sequence[Mistake]) -> None:
    for mistake in mistakes:
        print(mistake.pretty())


def _json(mistakes: Sequence[Mistake]) -> None:
    print(json.dumps([asdict(mistake) for mistake in mistakes], indent=2))


def _github(mistakes: Sequence[Mistake]) -> None:
    kinds = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "notice"}
    for m in mistakes:
        message = f"{m.message} {m.hint}".strip().replace("%", "%25").replace("\n", "%0A")
        print(f"::{kinds[m.severity]} file={m.file},line={m.line},col={m.column},title={m.code}::{message}")


def _sarif(mistakes: Sequence[Mistake]) -> None:
    levels = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "note"}
    results = [
        {
            "ruleId": m.code,
            "level": levels[m.severity],
            "message": {"text": f"{m.message} {m.hint}".strip()},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": m.file},
                        "region": {"startLine": m.line, "startColumn": m.column},
                    }
                }
            ],
        }
        for m in mistakes
    ]
    run = {"tool": {"driver": {"name": "stream-scrubber"}}, "results": results}
    print(json.dumps({"version": "2.1.0", "runs": [run]}, indent=2))


_FORMATS: dict[str, Callable[[Sequence[Mistake]], None]] = {
    "text": _text,
    "json": _json,
    "github": _github,
    "sarif": _sarif,
}
