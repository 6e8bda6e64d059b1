"""Run the tests that policies carry, without Kafka and without keys. Exit 0 when all passed, 1 when some failed."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from xml.etree import ElementTree as Xml

from stream_scrubber.cli import BAD_USE, FINDINGS, OK
from stream_scrubber.cli.common import policy_files
from stream_scrubber.errors import ConfigError
from stream_scrubber.policy import Mistake, Policy
from stream_scrubber.testing import TestResult, run_policy_tests


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH", help="policy files, or folders of them")
    parser.add_argument("--junit", metavar="FILE", help="also write the results as JUnit XML")


def run(options: argparse.Namespace) -> int:
    results: list[tuple[str, TestResult]] = []  # with the policy's file
    broken: list[Mistake] = []
    for file in policy_files(options.paths):
        policy, mistakes = Policy.check(file)
        if policy is None:
            broken.extend(mistake for mistake in mistakes if mistake.severity == "error")
        else:
            results.extend((str(file), result) for result in run_policy_tests(policy))
    for mistake in broken:
        print(mistake.pretty(), file=sys.stderr)
    failed = sum(bool(result.failures) for _, result in results)
    for where, result in results:
        print(f"{'FAILED' if result.failures else 'passed'}  {where}  {result.name}")
        for failure in result.failures:
            print(f"          {failure}")
    print(f"{len(results) - failed} passed, {failed} failed")
    if options.junit:
        _write_junit(Path(options.junit), results)
    if broken:
        return BAD_USE
    return FINDINGS if failed else OK


def _write_junit(path: Path, results: list[tuple[str, TestResult]]) -> None:
    failed = sum(bool(result.failures) for _, result in results)
    suite = Xml.Element("testsuite", name="stream-scrubber", tests=str(len(results)), failures=str(failed))
    for file, result in results:
        case = Xml.SubElement(suite, "testcase", classname=file, name=result.name)
        for failure in result.failures:
            Xml.SubElement(case, "failure", message=failure)
    try:
        Xml.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
