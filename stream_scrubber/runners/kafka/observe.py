"""Shadow mode: reads raw in a group of its own, scrubs, measures; produces and commits nothing.

How a team tries a policy on production before switching over. Pseudonyms come from throwaway keys: observing
touches no keystore.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import Consumer, Message, TopicPartition

from stream_scrubber.errors import Permanent, Temporary
from stream_scrubber.metrics import Metrics
from stream_scrubber.pipeline import Pipeline
from stream_scrubber.record import DeadLetter, Dropped, Scrubbed
from stream_scrubber.runners.kafka import clients
from stream_scrubber.runners.kafka.errors import Action, classify_consumer
from stream_scrubber.runners.kafka.placement import Route, place_at
from stream_scrubber.runners.kafka.worker import to_record

BATCH = 2_000


@dataclass(slots=True)
class Observed:
    """What a shadow run saw. Codes, selectors and counts only."""

    records: Counter[str] = field(default_factory=Counter)
    dead: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """By policy, code and field."""
    seconds: float = 0.0


class Observer:
    """Reads every partition of the routes by assignment: no group is joined, so nobody's partitions move."""

    def __init__(
        self,
        settings: Mapping[str, Any],
        group: str,
        routes: Sequence[Route],
        pipelines: Mapping[str, Pipeline],
        metrics: Metrics,
        *,
        start: str,
        now: Callable[[], int],
        tick: Callable[[], object] = lambda: None,
    ) -> None:
        self.settings = settings
        self.group = f"{group}.observe"
        self.routes = {route.topic: route for route in routes}
        self.pipelines = pipelines
        self.metrics = metrics
        self.start = start
        self.now = now
        self.tick = tick
        """Called between batches."""
        self.observed = Observed()
        self._stopping = False

    def stop(self) -> None:
        self._stopping = True

    def run(self, seconds: float | None) -> Observed:
        """Until `stop`, or for so many seconds. Raises `Permanent` when Kafka refuses."""
        consumer = clients.consumer(self.settings, self.group, None, lambda _error: None)
        began = time.monotonic()
        try:
            consumer.assign(self._places(consumer))
            while not self._stopping and (seconds is None or time.monotonic() - began < seconds):
                self._batch(consumer)
                self.tick()
        finally:
            consumer.close()
            self.observed.seconds = time.monotonic() - began
        return self.observed

    def _places(self, consumer: Consumer) -> list[TopicPartition]:
        try:
            return [
                place_at(consumer, TopicPartition(route.topic, number), self.start)
                for route in self.routes.values()
                for number in range(route.partitions)
            ]
        except Temporary as temporary:
            raise Permanent(str(temporary)) from None

    def _batch(self, consumer: Consumer) -> None:
        started = time.perf_counter()
        counts: Counter[str] = Counter()
        for message in consumer.consume(BATCH, 0.2):
            error = message.error()
            if error is None:
                self._record(message, counts)
            elif classify_consumer(error) is not Action.RETRY:
                raise Permanent(f"Kafka refuses: {error.name()}") from None
        total = counts.total()
        for topic, count in counts.items():
            self.metrics.processed(topic, (time.perf_counter() - started) * count / total, count)

    def _record(self, message: Message, counts: Counter[str]) -> None:
        topic, partition, offset = message.topic() or "", message.partition() or 0, message.offset() or 0
        record, refused = to_record(message, topic, partition, offset)
        route = self.routes[record.topic]
        outcome = refused or self.pipelines[route.policy.name](record, self.now())
        counts[record.topic] += 1
        match outcome:
            case Scrubbed():
                word = "clean"
            case Dropped():
                word = "dropped"
            case DeadLetter():
                word = "dead_letter"
                self.observed.dead[route.policy.name, outcome.code, outcome.field] += 1
                self.metrics.dead_letters[record.topic, outcome.code] += 1
        self.observed.records[word] += 1
        self.metrics.records[record.topic, word] += 1


