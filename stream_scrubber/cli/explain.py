"""Say what a code means: a mistake of a policy (SS012) or the reason of a dead letter (bad_time)."""

from __future__ import annotations

import argparse

from stream_scrubber.cli import OK
from stream_scrubber.errors import REASONS, ConfigError
from stream_scrubber.policy.mistakes import CODES, did_you_mean


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("code", nargs="?", metavar="CODE", help="all codes when left out")


def run(options: argparse.Namespace) -> int:
    known = {**CODES, **REASONS}
    if options.code is None:
        for code, meaning in known.items():
            print(f"{code:18} {meaning}")
        return OK
    if options.code not in known:
        raise ConfigError(f'no code "{options.code}"; {did_you_mean(options.code, known)}')
    print(f"{options.code}: {known[options.code]}")
    return OK
