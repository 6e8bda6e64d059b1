"""Go on after a gap. `offsets accept-gap SERVICE TOPIC --reason TEXT` moves committed offsets that retention has
passed to the first record that is still there: what was between them is lost, and that is a person's decision.

Stop the workers of the group first. Each move is one JSON line, to be kept, and stands in the offset's metadata.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from stream_scrubber.cli import OK
from stream_scrubber.cli.common import now_ms
from stream_scrubber.errors import ConfigError

LONGEST_REASON = 500


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["accept-gap"], help="what to do")
    parser.add_argument("service", metavar="SERVICE", help="the service file")
    parser.add_argument("topic", metavar="TOPIC", help="the raw topic that stopped")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why, for the audit")


def run(options: argparse.Namespace) -> int:
    from stream_scrubber.runners.kafka.gaps import accept_gap
    from stream_scrubber.runners.kafka.service import load

    reason = options.reason.strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        raise ConfigError(f"--reason takes a text of at most {LONGEST_REASON} characters")
    audits = accept_gap(load(Path(options.service)), options.topic, reason, now_ms())
    for audit in audits:
        print(json.dumps(audit))
    if not audits:
        print(f"no committed offset of {options.topic} is out of range: nothing changed")
    return OK
