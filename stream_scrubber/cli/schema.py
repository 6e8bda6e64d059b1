"""Print the JSON Schema of the policy language, for editors: stream-scrubber schema > stream-scrubber.schema.json"""

from __future__ import annotations

import argparse
import json

from stream_scrubber.cli import OK


def arguments(_parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def run(_options: argparse.Namespace) -> int:
    from stream_scrubber.policy.schema import policy_schema

    print(json.dumps(policy_schema(), indent=2))
    return OK
