"""Scrub newline-delimited JSON from a file or standard input to standard output, without Kafka.

Every epoch counts as open: past ones get keys too. Exit 0 when all lines passed, 1 when some were refused.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from stream_scrubber.cli import FINDINGS, OK
from stream_scrubber.cli.common import key_ring, now_ms
from stream_scrubber.errors import ConfigError
from stream_scrubber.pipeline import Pipeline
from stream_scrubber.policy import Policy
from stream_scrubber.runners.files import Summary, scrub

_EVERY_SECONDS = 10.0


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--policy", required=True, metavar="FILE", help="the policy to apply")
    parser.add_argument("file", nargs="?", default="-", metavar="FILE", help="input; standard input when left out")
    parser.add_argument("--records", action="store_true", help="each line is a whole record, not only its value")
    parser.add_argument("--dead-letters", metavar="FILE", help="where to write pointers to refused lines")
    parser.add_argument("--keystore", metavar="file:PATH", help="instead of the policy's keystore")
    parser.add_argument("--quiet", action="store_true", help="no progress and no summary")


def run(options: argparse.Namespace) -> int:
    policy = Policy.load(options.policy)
    pipeline = Pipeline(policy, key_ring(policy, options.keystore, every_epoch_open=True))
    with contextlib.ExitStack() as stack:
        if options.dead_letters and any(_same(other, options.dead_letters) for other in (options.file, options.policy)):
            raise ConfigError(f"{options.dead_letters}: dead letters would overwrite what is read")
        source = _open(options.file, "rb", stack) if options.file != "-" else sys.stdin.buffer
        letters = _open_letters(options.dead_letters, stack) if options.dead_letters else None
        progress = None if options.quiet else stack.enter_context(_progress(options.file))
        summary = scrub(
            pipeline,
            source,
            sys.stdout.buffer,
            now=now_ms(),
            whole_records=options.records,
            dead_letters=letters,
            progress=progress,
        )
        sys.stdout.buffer.flush()
    if not options.quiet:
        _print(summary)
    return FINDINGS if summary.refused else OK


def _open_letters(path: str, stack: contextlib.ExitStack) -> BinaryIO:
    """A file that holds something else is left alone: it could be a key file."""
    there = Path(path)
    if there.is_file() and there.stat().st_size and not there.read_bytes()[:8].startswith(b'{"line":'):
        raise ConfigError(f"{path}: is there and holds no dead letters; name another file")
    return _open(path, "wb", stack)


def _same(one: str, other: str) -> bool:
    return Path(one).exists() and Path(other).exists() and Path(one).samefile(other)


def _open(path: str, mode: str, stack: contextlib.ExitStack) -> BinaryIO:
    try:
        file = Path(path).open(mode)  # noqa: SIM115  closed by the stack
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    return stack.enter_context(file)  # type: ignore[return-value]  # a binary mode, so a binary file


@contextlib.contextmanager
def _progress(path: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, a line every 10 s elsewhere, both on standard error."""
    if sys.stderr.isatty() and path != "-" and "CI" not in os.environ:
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("scrubbing", total=Path(path).stat().st_size)
            yield lambda _lines, read: bar.update(task, completed=read)
        return
    last = time.monotonic()

    def line(lines: int, _read: int) -> None:
        nonlocal last
        if time.monotonic() - last >= _EVERY_SECONDS:
            last = time.monotonic()
            print(f"{lines:,} lines", file=sys.stderr, flush=True)

    yield line


def _print(summary: Summary) -> None:
    print(
        f"{summary.lines:,} lines: {summary.clean:,} clean, {summary.dropped:,} dropped, {summary.refused:,} refused",
        file=sys.stderr,
    )
    for (code, field), count in summary.dead.most_common():
        print(f"  {count:>9,}  {code}{' at ' + field if field else ''}", file=sys.stderr)
