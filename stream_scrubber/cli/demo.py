"""See it work: invented events through an in-memory Kafka, one record before and after, and what leaks on both sides.

Needs nothing else. Serves real metrics meanwhile. Ends by itself, or cleanly on Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from stream_scrubber.cli import FINDINGS, OK
from stream_scrubber.cli.common import now_ms
from stream_scrubber.demo.stage import BANNER, Stage
from stream_scrubber.demo.telling import Row, in_words, rows
from stream_scrubber.web.server import Server

if TYPE_CHECKING:
    from rich.table import Table

_MEASURE_EVERY_S = 3.0


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=60.0, metavar="N", help="default: 60; 0 goes on until Ctrl-C")
    parser.add_argument("--port", type=int, default=0, metavar="N", help="of /metrics on loopback; default: a free one")


def run(options: argparse.Namespace) -> int:
    stage = Stage(now_ms)

    def well() -> tuple[bool, Mapping[str, Any]]:
        return not stage.failure, {}

    server = Server("127.0.0.1", options.port, stage.metrics.registry(), well, well)
    try:
        address = stage.start()
        print(f"broker   {address}  {BANNER}")
        print(f"metrics  {server.url}/metrics")
        print(f"policy   {stage.policy.name}, {len(stage.policy.rules)} rules, sha256 {stage.policy.sha256[:12]}")
        with _interrupts() as interrupted:
            _watch(stage, options.seconds, interrupted)
    finally:
        stage.stop()
        server.close()
    if stage.failure:
        print(f"the demo ended early: {stage.failure}", file=sys.stderr)
        return FINDINGS
    _last_words(stage)
    return OK


@contextmanager
def _interrupts() -> Iterator[list[bool]]:
    """A list that fills on Ctrl-C or SIGTERM: the demo then ends as it does by itself."""
    seen: list[bool] = []
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in handlers:
        signal.signal(number, lambda _number, _frame: seen.append(True))
    try:
        yield seen
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _watch(stage: Stage, seconds: float, interrupted: list[bool]) -> None:
    show = _live if sys.stdout.isatty() and "CI" not in os.environ else _lines
    with show(stage) as update:
        began = last = time.monotonic()
        shown = False
        while not interrupted and not stage.failure and (not seconds or time.monotonic() - began < seconds):
            stage.wait(0.1)
            if stage.example is not None and not shown:
                shown = True
                _before_and_after(stage)
            if time.monotonic() - last >= _MEASURE_EVERY_S:
                last = time.monotonic()
                stage.measure()
                update()
    stage.measure()


def _before_and_after(stage: Stage) -> None:
    assert stage.example is not None  # noqa: S101  the caller looked
    raw, clean = stage.example
    print("\none record, before and after (invented, so it can be shown):")
    print(f"  key    {(raw.key or b'').decode()}  ->  {(clean.key or b'').decode()}")
    print(f"  time   {raw.timestamp}  ->  {clean.timestamp}")
    print(f"  size   {len(raw.value or b'')} B  ->  {len(clean.value or b'')} B")
    before, after = json.loads(raw.value or b"{}"), json.loads(clean.value or b"{}")
    for path, value in _leaves(before):
        kept = dict(_leaves(after)).get(path)
        print(f"  {path:36} {value!s:.46}  ->  {'-' if kept is None else kept}")
    print()


def _leaves(value: object, path: str = "") -> list[tuple[str, object]]:
    if isinstance(value, dict):
        return [leaf for name, inner in value.items() for leaf in _leaves(inner, f"{path}.{name}" if path else name)]
    if isinstance(value, list):
        return [leaf for at, inner in enumerate(value) for leaf in _leaves(inner, f"{path}[{at}]")]
    return [(path, value)]


def _counted(stage: Stage) -> str:
    now = stage.counters()
    rate = now.clean / now.seconds if now.seconds else 0
    return f"{now.seconds:4.0f} s  {now.played:,} played  {now.clean:,} clean  {now.dead:,} dead  {rate:,.0f} ev/s"


@contextmanager
def _lines(stage: Stage) -> Iterator[Callable[[], None]]:
    """Plain lines, for logs and pipes."""

    def update() -> None:
        parts = [_counted(stage)]
        parts += [f"{row.name}: {row.figure} {row.raw} -> {row.clean}" for row in rows(stage) if row.brief]
        print("  |  ".join(parts), flush=True)

    yield update


@contextmanager
def _live(stage: Stage) -> Iterator[Callable[[], None]]:
    """A table that is drawn anew, for terminals."""
    from rich.live import Live

    with Live(_table(stage), refresh_per_second=4) as live:
        yield lambda: live.update(_table(stage))


def _table(stage: Stage) -> Table:
    from rich.table import Table

    table = Table(title=_counted(stage), caption="k = 20 people; 4 points of one trace. Ctrl-C ends.")
    for heading in ("set", "what leaks", "raw", "clean", "by chance"):
        table.add_column(heading, justify="right" if heading in ("raw", "clean", "by chance") else "left")
    for row in rows(stage):
        table.add_row(row.name, row.figure, row.raw, row.clean, row.chance)
    return table


def _last_words(stage: Stage) -> None:
    print(f"\n{_counted(stage)}")
    found = rows(stage)
    _print_table(found)
    for line in in_words(stage):
        print(line)


def _print_table(found: list[Row]) -> None:
    if not found:
        print("too few people seen for figures: let it run longer")
        return
    print(f"  {'set':12}{'what leaks':44}{'raw':>13}{'clean':>13}{'by chance':>13}")
    for row in found:
        print(f"  {row.name:12}{row.figure:44}{row.raw:>13}{row.clean:>13}{row.chance:>13}")
