"""Show which detector finds what in a text, and why: for writing policies.

Finds are shown by place and type, and the text as it would be released; --show-raw adds what was found. Exit 0 when
nothing is found, 1 when something is, 2 on bad use.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from stream_scrubber.cli import FINDINGS, OK
from stream_scrubber.detectors import explaining
from stream_scrubber.detectors.explaining import Finding
from stream_scrubber.detectors.user import pattern_find
from stream_scrubber.errors import ConfigError, Mismatch
from stream_scrubber.policy import Policy
from stream_scrubber.scrubbers.base import BuildContext
from stream_scrubber.scrubbers.text import MaskText


def arguments(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--text", metavar="TEXT", help="the text; - is standard input")
    source.add_argument("--file", metavar="FILE", help="a file that holds the text, in UTF-8")
    parser.add_argument("--find", default="structured", metavar="NAMES", help="detectors or groups, by commas")
    parser.add_argument("--pattern", action="append", default=[], metavar="NAME=RE2", help="a pattern of one's own")
    parser.add_argument("--policy", metavar="FILE", help="take mask_text as this policy has it")
    parser.add_argument("--field", metavar="SELECTOR", help="and from this rule, where several have one")
    parser.add_argument("--show-raw", action="store_true", help="also print the text that was found")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def run(options: argparse.Namespace) -> int:
    text = _text(options)
    scrubber = _of_policy(options.policy, options.field) if options.policy else _of_words(options.find, options.pattern)
    patterns = {name: pattern_find(name, pattern) for name, pattern in scrubber.patterns.items()}
    findings = explaining.explain(text, scrubber.detectors(), patterns)
    shown = text if options.show_raw else None
    released, refused = _released(scrubber, text, keeps=options.show_raw)
    if options.format == "json":
        rows = [_row(finding, shown) for finding in findings]
        print(json.dumps({"findings": rows, "released": released, "refused": refused or None}, indent=2))
    else:
        _print(findings, shown, released, refused)
    return FINDINGS if findings or refused else OK


def _text(options: argparse.Namespace) -> str:
    if options.text is not None and options.text != "-":
        return str(options.text)
    try:
        raw = Path(options.file).read_bytes() if options.file else sys.stdin.buffer.read()
        return raw.decode().removesuffix("\n")
    except OSError as error:
        raise ConfigError(f"{options.file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError("the text is not UTF-8") from None


def _of_words(names: str, patterns: Sequence[str]) -> MaskText:
    own = dict(each.partition("=")[::2] for each in patterns)
    try:
        return MaskText(find=tuple(filter(None, names.split(","))), patterns=own)
    except ValueError as error:
        raise ConfigError(str(error)) from None


def _of_policy(file: str, field: str | None) -> MaskText:
    """The `mask_text` of a policy's only rule that has one, or of the rule `field`."""
    found = {
        str(rule.selector): scrubber
        for rule in Policy.load(file).rules
        for scrubber in rule.chain.scrubbers
        if isinstance(scrubber, MaskText)
    }
    if field in found:
        return found[field]
    if field is None and len(found) == 1:
        return next(iter(found.values()))
    which = f"name one of them with --field: {', '.join(found)}" if found else "it has none"
    raise ConfigError(f"{file}: mask_text of which rule? {which}")


def _released(scrubber: MaskText, text: str, *, keeps: bool) -> tuple[str | None, str]:
    """The text that would be released, or the reason why not. Tokens come from a key that is thrown away; what
    `keep` would leave is replaced unless `keeps`."""
    if not keeps:
        hidden = {name: "replace" for name, how in scrubber.operators.items() if how == "keep"}
        scrubber = replace(
            scrubber,
            operator="replace" if scrubber.operator == "keep" else scrubber.operator,
            operators={**scrubber.operators, **hidden},  # type: ignore[dict-item]
        )
    try:
        return scrubber.build(BuildContext(realm="preview", key=os.urandom(32)))(text), ""
    except Mismatch as mismatch:
        return None, mismatch.code


def _row(finding: Finding, shown: str | None) -> dict[str, object]:
    row: dict[str, object] = finding._asdict()
    return row if shown is None else {**row, "raw": shown[finding.start : finding.end]}


def _print(findings: Sequence[Finding], shown: str | None, released: str | None, refused: str) -> None:
    for start, end, entity, detector, reason in findings:
        raw = f"  {_printable(shown[start:end])}" if shown is not None else ""
        kind = entity if entity == detector else f"{detector}, in {entity}"
        print(f"{start:>6}:{end:<6} {kind}{raw}\n              {reason}")
    if not findings:
        print("nothing found")
    print(f"refused: {refused}" if released is None else f"released: {_printable(released)}")


def _printable(text: str) -> str:
    """The text on one line that cannot drive a terminal."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text
    )
