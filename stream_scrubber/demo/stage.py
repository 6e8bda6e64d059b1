"""The demo as a machine: an in-memory Kafka, a player of events, a real worker, and the leakage of what passed.

No terminal here: `Stage` is started, asked, and stopped. The broker is librdkafka's mock cluster, which has no
transactions, so the worker runs at least once and says so.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from confluent_kafka import Producer

from stream_scrubber.demo.events import TOPIC, records
from stream_scrubber.errors import ScrubberError
from stream_scrubber.keys import KeyRing, MemoryKeystore
from stream_scrubber.leakage.monitor import LeakageMonitor
from stream_scrubber.leakage.window import LeakageWindow, SetFigures
from stream_scrubber.metrics import Metrics
from stream_scrubber.pipeline import Pipeline
from stream_scrubber.policy import Policy
from stream_scrubber.record import Outcome, Record, Scrubbed
from stream_scrubber.runners.kafka.placement import Topics, routes
from stream_scrubber.runners.kafka.worker import Settings, Worker
from stream_scrubber.runners.mock_cluster import MockCluster

BANNER = (
    "in-memory demo broker (librdkafka's mock cluster): no transactions, so delivery here is at least once; "
    "5 MiB a partition; gone when the demo ends"
)
PARTITIONS = 12
RATE = 1_500
"""Events a second: slow enough to watch, and for the mock's 5 MiB a partition."""

TICK_S = 5.0
"""Between two publications; on people's data it would be a minute."""
SAMPLED = 0.1
"""Share of events looked at field by field: more than a worker does, because a demo is short."""

DAY_MS = 86_400_000
DAYS, TOTAL = 4.0, 40_000
"""Simulated days that the player needs `TOTAL` events for; it goes on at that pace."""


def policy_file() -> Path:
    """The demo's policy: inside an installed package, or in the examples of a checkout."""
    inside = Path(__file__).parent / "files" / "policy.yaml"
    return inside if inside.exists() else Path(__file__).parents[2] / "examples" / "demo" / "policy.yaml"


@dataclass(frozen=True, slots=True)
class Counters:
    played: int
    clean: int
    dropped: int
    dead: int
    seconds: float


class Stage:
    """Runs from `start` to `stop`. Everything it shows was invented by `demo.events`."""

    def __init__(self, now: Callable[[], int]) -> None:
        self.policy = Policy.load(policy_file())
        assert self.policy.epochs is not None  # noqa: S101  the demo's own policy
        ring = KeyRing(MemoryKeystore(), self.policy.realm, self.policy.epochs, every_epoch_open=True)
        self.leakage = LeakageWindow(self.policy, secrets.token_bytes(32))
        self.monitor = LeakageMonitor(self.policy, now, rate=SAMPLED, every_s=TICK_S)
        self.pipeline = Pipeline(self.policy, ring, observer=self._observe)
        self.monitor.pipeline = self.pipeline
        self.metrics = Metrics([self.pipeline])
        self.metrics.risks = self.monitor.risks
        self.example: tuple[Record, Scrubbed] | None = None
        """One record before and after."""
        self.failure: str = ""
        self._now = now
        self.figures: tuple[SetFigures, ...] = ()
        """As last measured; empty while too few people were seen."""
        self._played = 0
        self._stopping = threading.Event()
        self._began = 0.0
        self._cluster = MockCluster({TOPIC: PARTITIONS, "clean.shop.app": PARTITIONS, "dlq.shop.app": 1})
        self._threads: list[threading.Thread] = []
        self._worker: Worker | None = None

    def start(self) -> str:
        """Starts broker, worker and player; gives the broker's address."""
        self._cluster.__enter__()
        address = self._cluster.bootstrap
        client: dict[str, str | int] = {"bootstrap.servers": address, "log_level": 0}
        topics = Topics(client)
        found = routes([self.policy], topics.look()[1], address)
        # a session of 6 s: the mock cluster takes no shorter one, and would hold partitions for 45
        settings = Settings(
            "demo", 0, {**client, "session.timeout.ms": 6_000}, client, exactly_once=False, batch=1_000, wait_s=0.2
        )
        self._worker = Worker(
            settings,
            lambda: found,
            {self.policy.name: self.pipeline},
            self.metrics,
            now=self._now,
            log=lambda _event, **_coordinates: None,
            hooks=_Ticks(self.monitor),
        )
        self._began = time.monotonic()
        self._threads = [
            threading.Thread(target=self._guarded, args=(part,), name=name, daemon=True)
            for name, part in (("worker", self._worker.run), ("player", lambda: self._play(client)))
        ]
        for thread in self._threads:
            thread.start()
        return address

    def stop(self) -> None:
        """Stops the player, lets the worker finish its batch, ends the broker."""
        self._stopping.set()
        if self._worker is not None:
            self._worker.stop()
        for thread in self._threads:
            thread.join(timeout=15)
        self._cluster.__exit__(None, None, None)

    def counters(self) -> Counters:
        by_outcome = {outcome: count for (_, outcome), count in dict(self.metrics.records).items()}
        return Counters(
            self._played,
            by_outcome.get("clean", 0),
            by_outcome.get("dropped", 0),
            by_outcome.get("dead_letter", 0),
            time.monotonic() - self._began,
        )

    def measure(self) -> tuple[SetFigures, ...]:
        """Counts the window anew, for the table; `/metrics` serves what the monitor publishes."""
        self.figures = tuple(self.leakage.figures())
        return self.figures

    def wait(self, seconds: float) -> None:
        self._stopping.wait(seconds)

    def _guarded(self, part: Callable[[], None]) -> None:
        try:
            part()
        except ScrubberError as error:
            self.failure = str(error)
            self._stopping.set()

    def _play(self, client: dict[str, str | int]) -> None:
        producer = Producer({**client, "linger.ms": 20})
        start = self._now() - int(DAYS * DAY_MS)
        began = time.monotonic()
        for record in self._shown(records(start, days=DAYS * 1_000, total=TOTAL * 1_000)):
            while self._played > (time.monotonic() - began) * RATE and not self._stopping.is_set():
                time.sleep(0.01)
            if self._stopping.is_set():
                break
            self._produce(producer, record)
            self._played += 1
        producer.flush(5)

    def _shown(self, events: Iterator[Record]) -> Iterator[Record]:
        """Keeps the first event with something to mask as the example, scrubbed by a pipeline of its own."""
        pipeline = Pipeline(self.policy, self._ring_of_its_own())
        for record in events:
            if self.example is None and b"@mail.example" in (record.value or b""):
                outcome: Outcome = pipeline(record)
                if isinstance(outcome, Scrubbed):
                    self.example = (record, outcome)
            yield record

    def _ring_of_its_own(self) -> KeyRing:
        assert self.policy.epochs is not None  # noqa: S101  the demo's own policy
        return KeyRing(MemoryKeystore(), self.policy.realm, self.policy.epochs, every_epoch_open=True)

    @staticmethod
    def _produce(producer: Producer, record: Record) -> None:
        while True:
            try:
                producer.produce(
                    record.topic, record.value, record.key, headers=list(record.headers or ()),
                    timestamp=record.timestamp or 0,
                )  # fmt: skip
                return
            except BufferError:
                producer.poll(0.1)

    def _observe(self, record: Record, raw: dict[str, Any], clean: dict[str, Any]) -> None:
        self.leakage(record, raw, clean)
        self.monitor(record, raw, clean)


@dataclass(frozen=True, slots=True)
class _Ticks:
    """Publishes between batches."""

    monitor: LeakageMonitor

    def tick(self, _worker: Worker) -> None:
        self.monitor.tick()
