"""Fixtures that give tests a real Kafka, and say loudly what was left out where none can be run.

Rules:

- `kafka` is shared by the whole session and never hurt: a test takes topics and groups of its own names.
- `broker` and `cluster` belong to one test, which may stop, kill and freeze them. They are never what was
  given by address.
- A test that uses one of them is marked `kafka`, so ``-m "not kafka"`` needs no marks in the files.
- Without Java 17 and Maven such tests are skipped, and the summary's last words say how many and why; with
  STREAM_SCRUBBER_REQUIRE_KAFKA=1 they fail instead.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.kafka_jars import NoKafkaError, fetch
from tests.integration.kafka_lab import Broker, Cluster

LEFT_OUT = "no real Kafka"
NEED_KAFKA = {"kafka", "kafka_jars"}


@dataclass(frozen=True, slots=True)
class GivenKafka:
    """A Kafka that somebody else runs, named by STREAM_SCRUBBER_TEST_BOOTSTRAP."""

    bootstrap: str


@pytest.hookimpl(tryfirst=True)  # before pytest itself deselects by -m
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if NEED_KAFKA & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.kafka)


@pytest.hookimpl(wrapper=True, tryfirst=True)  # around pytest's own summary: what is said last is read
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    yield
    reasons = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    count = sum(LEFT_OUT in reason for reason in reasons)
    if count:
        terminalreporter.write_sep("!", "NOT TESTED", red=True, bold=True)
        terminalreporter.write_line(
            f"{count} tests against a real Kafka were LEFT OUT: nothing is proven here about delivery. "
            "They need Java 17 and Maven, or STREAM_SCRUBBER_TEST_BOOTSTRAP.",
            red=True,
        )


@pytest.fixture(scope="session")
def kafka_jars() -> Path:
    """The folder of Kafka's jars."""
    try:
        return fetch()
    except NoKafkaError as missing:
        reason = f"{LEFT_OUT}: {missing}"
    if os.environ.get("STREAM_SCRUBBER_REQUIRE_KAFKA") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def kafka(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Broker | GivenKafka]:
    """A Kafka to use, not to hurt: `kafka.bootstrap`."""
    given = os.environ.get("STREAM_SCRUBBER_TEST_BOOTSTRAP")
    if given:
        yield GivenKafka(given)
        return
    jars: Path = request.getfixturevalue("kafka_jars")
    with Broker(jars, tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture
def broker(kafka_jars: Path, tmp_path: Path) -> Iterator[Broker]:
    """A Kafka of this test's own, to hurt."""
    with Broker(kafka_jars, tmp_path / "kafka") as own:
        yield own


@pytest.fixture
def cluster(kafka_jars: Path, tmp_path: Path) -> Iterator[Cluster]:
    """Three brokers of this test's own, to hurt."""
    with Cluster(kafka_jars, tmp_path / "kafka") as own:
        yield own
