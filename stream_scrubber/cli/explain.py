"""Say what a code means, or where each rule of a policy comes from.

`explain SS012` and `explain bad_time` explain a mistake or the reason of a dead letter; `explain POLICY` prints every
rule of a policy and of all layers it extends, with file and line, and the reason where a layer loosens another.
`explain preset:NAME` does so for a preset.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

from stream_scrubber.cli import OK
from stream_scrubber.errors import REASONS, ConfigError
from stream_scrubber.policy import Policy
from stream_scrubber.policy.layers import PRESET
from stream_scrubber.policy.mistakes import CODES, did_you_mean
from stream_scrubber.policy.rules import Chain
from stream_scrubber.scrubbers.base import Scrubber


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="?", metavar="CODE|POLICY", help="all codes when left out")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    known = {**CODES, **REASONS}
    if options.what in known:
        told: Any = {options.what: known[options.what]}
        lines = [f"{options.what}: {known[options.what]}"]
    elif options.what is None:
        told = known
        lines = [f"{code:18} {meaning}" for code, meaning in known.items()]
    elif options.what.startswith(PRESET) or Path(options.what).is_file():
        told, lines = _policy(Policy.load(options.what))
    else:
        raise ConfigError(f'no code and no file "{options.what}"; {did_you_mean(options.what, known)}')
    print(json.dumps(told, indent=2) if options.json else "\n".join(lines))
    return OK


def _policy(policy: Policy) -> tuple[dict[str, Any], list[str]]:
    chains: dict[str, Chain] = {rule.selector.text: rule.chain for rule in policy.rules}
    envelope = policy.envelope
    if envelope.key.chain:
        chains["record.key"] = envelope.key.chain
    chains["record.timestamp"] = envelope.timestamp
    chains |= {f"record.headers.{name}": chain for name, chain in envelope.headers.items()}
    rules = [
        {
            "field": name,
            "rule": " then ".join(map(spelled, chain.scrubbers)),
            "from": policy.places[name],
            "reason": policy.reasons.get(name),
        }
        for name, chain in chains.items()
    ]
    told = {"policy": policy.name, "sha256": policy.sha256, "layers": list(policy.layers), "rules": rules}
    wide = max(len(str(rule["field"])) for rule in rules)
    lines = [f"{policy.name} {policy.sha256}", *(f"layer {layer}" for layer in policy.layers)]
    for rule in rules:
        why = f"  (loosened: {rule['reason']})" if rule["reason"] else ""
        lines.append(f"{rule['field']:{wide}}  {rule['rule']}  {rule['from']}{why}")
    return told, lines


def spelled(scrubber: Scrubber) -> str:
    """The scrubber with the parameters that are not at their default."""
    default = {one.name: one.default for one in fields(scrubber)}  # type: ignore[arg-type]  # all are dataclasses
    given = {name: getattr(scrubber, name) for name in default}
    words = [f"{name.rstrip('_')}: {value}" for name, value in given.items() if value != default[name] and value != {}]
    return f"{scrubber.name}({', '.join(words)})" if words else scrubber.name
