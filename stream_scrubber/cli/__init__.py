"""The command line: one file a verb, imported only when it is called.

Exit codes: 0 ok, 1 findings, 2 bad use, 130 interrupted. Errors are one message without a traceback; an unexpected
one names its type and place, never its text, because exception text can quote input.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from stream_scrubber.version import __version__

OK, FINDINGS, BAD_USE, INTERRUPTED, BROKEN = 0, 1, 2, 130, 70

VERBS = {
    "demo": "see it work: raw events, clean events, and what leaks before and after",
    "run": "scrub raw topics into clean ones, as a service file says",
    "offsets": "go on after a gap, when retention was faster than the workers",
    "scrub": "scrub a file or standard input, without Kafka",
    "report": "what leaks in a file of events, before and after, as a page or as JSON",
    "top": "watch a running service: what leaks, and how delivery goes",
    "export": "write Grafana's board and Prometheus's rules, with your own labels",
    "lint": "check policies and service files",
    "preview": "show what detectors find in a text, and why",
    "test": "run the tests that policies carry",
    "schema": "print the JSON Schema of the policy language",
    "explain": "say what a code means",
    "keys": "make a keystore; show, replace and destroy keys",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a message is never lost to a terminal's character set
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        prog="stream-scrubber",
        description="Between raw Kafka topics and clean ones: scrubs events by policy, and measures what still leaks.",
        epilog="verbs:\n" + "\n".join(f"  {verb:8} {what}" for verb, what in VERBS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="stream-scrubber [--version] VERB …",
    )
    parser.add_argument("--version", action="version", version=f"stream-scrubber {__version__}")
    parser.add_argument("verb", choices=VERBS, metavar="VERB", help="one of the verbs below; VERB --help says more")
    chosen = parser.parse_args(words[:1] or ["--help"])
    return _guarded(chosen.verb, words[1:])


def _guarded(verb: str, words: list[str]) -> int:
    from stream_scrubber.errors import PolicyError, ScrubberError

    try:
        module = import_module(f"stream_scrubber.cli.{verb}")
        parser = argparse.ArgumentParser(prog=f"stream-scrubber {verb}", description=module.__doc__)
        module.arguments(parser)
        code = int(module.run(parser.parse_args(words)))
        sys.stdout.flush()  # a full disk shows here, not after the exit code has been given
    except PolicyError as error:
        for mistake in error.mistakes:
            print(mistake.pretty(), file=sys.stderr)
        return BAD_USE
    except ScrubberError as error:
        print(f"stream-scrubber {verb}: {error}", file=sys.stderr)
        return BAD_USE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _give_up_output()  # the reader went away
        return OK
    except OSError as error:
        name = f"{error.filename}: " if isinstance(error.filename, str) else ""
        print(f"stream-scrubber {verb}: {name}{error.strerror or type(error).__name__}", file=sys.stderr)
        try:
            sys.stdout.flush()
        except OSError:
            _give_up_output()
        return BAD_USE
    except Exception as error:  # noqa: BLE001  promise 2: an unexpected exception's text may quote input
        print(_place(error), file=sys.stderr)
        return BROKEN
    else:
        return code


def _give_up_output() -> None:
    """What is left in the buffer goes nowhere, so that the interpreter's own flush at the end has no complaint."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _place(error: Exception) -> str:
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames[-4:]))
    return f"stream-scrubber: internal error {type(error).__name__} in {where} (text withheld: it may quote data)"
