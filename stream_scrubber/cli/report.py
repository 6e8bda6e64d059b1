"""What leaks, before and after, in a file of raw events: a page of HTML that needs nothing else, or JSON.

Give raw events and a policy, which is then run over them; or raw and clean events in the same order, line by line, as
`scrub` writes them when it refuses none. Nothing in the report is a value of the events.
"""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from stream_scrubber.cli import OK
from stream_scrubber.cli.common import now_ms
from stream_scrubber.codec.json import decode, encode
from stream_scrubber.errors import ConfigError, Refused
from stream_scrubber.keys import EpochRule, KeyRing, MemoryKeystore
from stream_scrubber.leakage.declared import scanned_fields
from stream_scrubber.leakage.observe import ObservationPlan
from stream_scrubber.leakage.page import render
from stream_scrubber.leakage.report import Collector, to_json
from stream_scrubber.pipeline import Pipeline
from stream_scrubber.policy import Policy
from stream_scrubber.record import Record
from stream_scrubber.runners.files import parse_record


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("raw", metavar="RAW", help="raw events, one JSON object a line")
    parser.add_argument("clean", nargs="?", metavar="CLEAN", help="clean events of the same lines; else by the policy")
    parser.add_argument("--policy", required=True, metavar="FILE", help="whose `leakage:` block says what is measured")
    parser.add_argument("--records", action="store_true", help="each line is a whole record, not only its value")
    parser.add_argument("--out", default="-", metavar="FILE", help="where to write; default: standard output")
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="decides what attacks draw; default: 1")


def run(options: argparse.Namespace) -> int:
    policy = Policy.load(options.policy)
    if policy.leakage is None:
        raise ConfigError(f"policy {policy.name} has no leakage block, which says whose privacy is measured")
    rules = policy.leakage
    plan = ObservationPlan(rules.subjects, tuple(rules.sets.values()))
    collector = Collector(plan, tuple(rules.sets), scanned_fields(policy), secrets.token_bytes(32))
    left_out = _pair(options, policy, collector) if options.clean else _scrubbed(options, policy, collector)
    name = Path(options.raw).name
    report = collector.report(f"Leakage of {policy.name}", f"{name}, all of it", options.seed)
    _write(options.out, encode(to_json(report)) + b"\n" if options.json else render(report).encode())
    if left_out:
        print(f"{left_out:,} lines are in no figure: refused, dropped, or no object", file=sys.stderr)
    return OK


def _scrubbed(options: argparse.Namespace, policy: Policy, collector: Collector) -> int:
    """By the live code under throwaway keys. Gives the lines that are in no figure."""
    rule = policy.epochs or EpochRule()
    ring = KeyRing(MemoryKeystore(), policy.realm, rule, every_epoch_open=True)

    now, lines, taken = now_ms(), 0, 0

    def observe(record: Record, raw: dict[str, Any], clean: dict[str, Any]) -> None:
        nonlocal taken
        taken += 1
        collector.add(raw, clean, rule.start_of(record.timestamp or now))

    pipeline = Pipeline(policy, ring, observer=observe)
    for line in _lines(options.raw):
        lines += 1
        try:
            pipeline(parse_record(line) if options.records else Record(line, timestamp=now), now)
        except Refused:
            continue
    return lines - taken


def _pair(options: argparse.Namespace, policy: Policy, collector: Collector) -> int:
    raws, cleans = list(_lines(options.raw)), list(_lines(options.clean))
    if len(raws) != len(cleans):
        raise ConfigError(
            f"{len(raws):,} raw lines and {len(cleans):,} clean ones: they are compared line by line, so a file from "
            "which lines were refused or dropped does not fit; leave CLEAN out and the policy is run over the raw one"
        )
    rule = policy.epochs or EpochRule()
    limits = policy.form.topics.max_bytes, policy.form.topics.max_depth
    left_out = 0
    for before, after in zip(raws, cleans, strict=True):
        try:
            if options.records:
                one, other = parse_record(before), parse_record(after)
                epoch = rule.start_of(one.timestamp or 0)
                collector.add(decode(one.value or b"", *limits), decode(other.value or b"", *limits), epoch)
            else:
                collector.add(decode(before, *limits), decode(after, *limits))
        except Refused:
            left_out += 1
    return left_out


def _lines(path: str) -> Iterator[bytes]:
    with _opened(path) as file:
        for line in file:
            if stripped := line.rstrip(b"\r\n"):
                yield stripped


def _opened(path: str) -> BinaryIO:
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None


def _write(path: str, data: bytes) -> None:
    if path == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        Path(path).write_bytes(data)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
