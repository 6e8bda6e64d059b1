"""The loop: raw to clean, exactly once.

An *incarnation* is one producer and one consumer. It ends when an error leaves the outcome of a transaction open;
the next one settles it. The order inside a transaction is correctness:

1. consume (rebalance callbacks run only here, while no transaction is open);
2. begin;
3. produce clean records and dead letters, which were scrubbed before: nothing unscrubbed is ever produced, because
   aborted records stay readable with ``read_uncommitted``;
4. send the offsets, each the record's own plus one (control records make gaps, so counts would be wrong);
5. commit.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from stream_scrubber.dead_letters import pointer
from stream_scrubber.errors import Permanent, Temporary
from stream_scrubber.metrics import Metrics
from stream_scrubber.pipeline import Pipeline
from stream_scrubber.record import DeadLetter, Dropped, Outcome, Record, Scrubbed
from stream_scrubber.runners.kafka import clients
from stream_scrubber.runners.kafka.errors import FENCED, RECORD_CAUSED, Action, classify, classify_consumer
from stream_scrubber.runners.kafka.placement import Route, place_new

RETRIES = 5
"""How often a retriable call is made again before its outcome counts as open."""

CALL_TIMEOUT_S = 45.0
"""Longer than a transaction may last: the broker, not the client, decides what became of it."""

ABORTS_BEFORE_HALVING = 2
"""So many aborts at one place may be the broker's fault; after them the batch is halved until the record is found."""

FENCINGS, FENCING_WINDOW_S = 3, 60.0
"""Two instances in one slot fence each other for ever: the third time within a minute this one ends."""

Place = tuple[str, int]
Log = Callable[..., None]


class Failed(Exception):
    """A call of a client failed; `action` says what is next. Internal to the loop."""

    def __init__(self, action: Action, error: KafkaError, phase: str) -> None:
        super().__init__(action, phase)
        self.action = action
        self.error = error
        self.phase = phase


class Hooks(Protocol):
    """What runs between batches, on the loop's own thread."""

    def tick(self, worker: Worker) -> None: ...


@dataclass(frozen=True, slots=True)
class Settings:
    """What a worker needs to know of its service."""

    group: str
    slot: int
    consumer: Mapping[str, Any]
    producer: Mapping[str, Any]
    exactly_once: bool = True
    batch: int = 5_000
    wait_s: float = 0.1
    keep_place: bool = False

    @property
    def instance(self) -> str:
        return f"{self.group}-{self.slot}"


class Worker:
    """One instance of a group. `run` returns after `stop`, raises `Permanent` when a person has to act.

    `now` gives ms since 1970. `log` takes an event and coordinates, never content. `reached` is called with the name
    of each crash point; tests pass one that kills.
    """

    def __init__(
        self,
        settings: Settings,
        routes: Callable[[], Sequence[Route]],
        pipelines: Mapping[str, Pipeline],
        metrics: Metrics,
        *,
        now: Callable[[], int],
        log: Log,
        hooks: Hooks | None = None,
        reached: Callable[[str], None] = lambda _point: None,
    ) -> None:
        self.settings = settings
        self.metrics = metrics
        self.pipelines = pipelines
        self.assigned: dict[Place, int] = {}
        """Assigned partitions and the next offset of each."""
        self.last_progress = time.monotonic()
        self._routes = routes
        self._by_topic: dict[str, tuple[Pipeline, Route]] = {}
        self._now = now
        self._log = log
        self._hooks = hooks
        self._reached = reached
        self._stopping = False
        self._ends: dict[Place, int] = {}
        self._limit = settings.batch
        self._aborts: Counter[tuple[Place, int]] = Counter()
        self._poison: set[tuple[str, int, int]] = set()
        self._fencings: list[float] = []
        self._callback_error: Exception | None = None
        self._undelivered = 0
        self._route()

    def stop(self) -> None:
        """Finish the batch, commit, leave. Safe to call from a signal handler."""
        self._stopping = True

    @property
    def stopping(self) -> bool:
        return self._stopping

    def run(self) -> None:
        """Incarnation after incarnation, until `stop`."""
        delay = 0.5
        while not self._stopping:
            started = time.monotonic()
            try:
                self._incarnation()
            except Failed as failed:
                self._note_end(failed)
            except Temporary as temporary:
                self._log("incarnation_ended", reason=str(temporary))
            self.metrics.incarnations += 1
            delay = 0.5 if time.monotonic() - started > FENCING_WINDOW_S else min(delay * 2, 8.0)
            self._sleep(delay)

    def _sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < until:
            time.sleep(0.05)

    def _note_end(self, failed: Failed) -> None:
        code = failed.error.name()
        self._log("incarnation_ended", reason=code, phase=failed.phase)
        if failed.action is Action.STOP:
            raise Permanent(f"Kafka refuses: {code} in {failed.phase}")
        if failed.error.code() in FENCED:
            now = time.monotonic()
            self._fencings = [moment for moment in self._fencings if now - moment < FENCING_WINDOW_S] + [now]
            if len(self._fencings) >= FENCINGS:
                raise Permanent(f"slot {self.settings.slot} of group {self.settings.group} is used by another instance")

    # one incarnation

    def _incarnation(self) -> None:
        s = self.settings
        producer = clients.producer(s.producer, s.group, s.slot, self._on_error, exactly_once=s.exactly_once)
        consumer: Consumer | None = None
        try:
            if s.exactly_once:
                # before subscribing: this aborts what a dead predecessor left open
                self._call("init", producer.init_transactions, CALL_TIMEOUT_S)
            consumer = clients.consumer(s.consumer, s.group, s.instance, self._on_error)
            self.assigned.clear()
            self._ends.clear()
            self._subscribe(consumer)
            self._loop(consumer, producer)
        finally:
            self._close(consumer, producer)

    def _close(self, consumer: Consumer | None, producer: Producer) -> None:
        if consumer is not None:
            if self._stopping and not self.settings.keep_place:
                # a static member that only closes keeps its partitions for the whole session timeout
                consumer.unsubscribe()
            consumer.close()
        producer.close()
        self.assigned.clear()

    def _subscribe(self, consumer: Consumer) -> None:
        consumer.subscribe(
            sorted(self._by_topic), on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_revoke
        )

    def _route(self) -> bool:
        """Look again at which topics there are. True when the set has changed."""
        before = set(self._by_topic)
        self._by_topic = {
            route.topic: (self.pipelines[route.policy.name], route)
            for route in self._routes()
        }
        return before != set(self._by_topic)

    def _loop(self, consumer: Consumer, producer: Producer) -> None:
        tick = look = time.monotonic()
        while not self._stopping:
            messages = self._consume(consumer)
            if messages:
                self._transaction(consumer, producer, messages)
                self.last_progress = time.monotonic()
            elif self.assigned and self.lag() == 0:
                self.last_progress = time.monotonic()
            now = time.monotonic()
            if now - tick >= 1.0:
                tick = now
                self._measure_lag(consumer)
                if self._hooks is not None:
                    self._hooks.tick(self)
            if now - look >= 30.0:
                look = now
                if self._route():
                    self._subscribe(consumer)

    def _consume(self, consumer: Consumer) -> list[Message]:
        """The next batch: records of partitions that are assigned and running, in order."""
        messages = consumer.consume(self._limit, self.settings.wait_s)
        if self._callback_error is not None:
            error, self._callback_error = self._callback_error, None
            raise error
        return [message for message in messages if self._wanted(consumer, message)]

    def _wanted(self, consumer: Consumer, message: Message) -> bool:
        error = message.error()
        if error is not None:
            self._on_message_error(consumer, message, error)
            return False
        place = (message.topic() or "", message.partition() or 0)
        # a batch can hold records of partitions that a rebalance has just taken away
        return place in self.assigned and place[0] not in self.metrics.stopped

    def _on_message_error(self, consumer: Consumer, message: Message, error: KafkaError) -> None:
        place = (message.topic() or "", message.partition() or 0)
        if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001  librdkafka's local codes begin so
            self._ends[place] = message.offset() or 0
        elif error.code() == KafkaError._AUTO_OFFSET_RESET:  # noqa: SLF001
            self._stop_topic(consumer, place, "gap")
        elif classify_consumer(error) is not Action.RETRY:
            raise Failed(classify_consumer(error), error, "consume")

    def _stop_topic(self, consumer: Consumer, place: Place, reason: str) -> None:
        """Committed records are gone from this topic: it stops, the others go on, until a person accepts the gap."""
        topic = place[0]
        if topic not in self.metrics.stopped:
            self._log("topic_stopped", topic=topic, partition=place[1], reason=reason)
        self.metrics.stopped[topic] = reason
        consumer.pause([TopicPartition(*there) for there in self.assigned if there[0] == topic])

    # one transaction

    def _transaction(self, consumer: Consumer, producer: Producer, messages: list[Message]) -> None:
        started = time.perf_counter()
        results = self._scrub(messages)
        attempt = self._exactly_once if self.settings.exactly_once else self._at_least_once
        try:
            attempt(consumer, producer, results)
        except Failed as failed:
            if failed.action is not Action.ABORT:
                raise
            self._abort(consumer, producer, results, failed)
            return
        self._account(results, time.perf_counter() - started)

    def _scrub(self, messages: list[Message]) -> list[tuple[Record, Outcome, Route, Pipeline]]:
        now = self._now()
        started = time.perf_counter()
        results: list[tuple[Record, Outcome, Route, Pipeline]] = []
        for message in messages:
            record = to_record(message)
            pipeline, route = self._by_topic[record.topic]
            if self._poison and (record.topic, record.partition, record.offset) in self._poison:
                outcome: Outcome = DeadLetter("poison", "", route.dead_letters)
            else:
                outcome = pipeline(record, now)
            results.append((record, outcome, route, pipeline))
        seconds = time.perf_counter() - started
        by_topic = Counter(record.topic for record, *_ in results)
        for topic, count in by_topic.items():
            self.metrics.processed(topic, seconds * count / len(results), count)
        return results

    def _exactly_once(
        self, consumer: Consumer, producer: Producer, results: Sequence[tuple[Record, Outcome, Route, Pipeline]]
    ) -> None:
        self._call("begin", producer.begin_transaction)
        self._reached("begun")
        for index, result in enumerate(results):
            self._send(producer, *result)
            if index == len(results) // 2:
                self._reached("half_produced")
        self._reached("produced")
        offsets = [TopicPartition(*place, offset) for place, offset in next_offsets(results).items()]
        self._call(
            "offsets", producer.send_offsets_to_transaction, offsets, consumer.consumer_group_metadata(), CALL_TIMEOUT_S
        )
        self._reached("offsets_sent")
        self._call("commit", producer.commit_transaction, CALL_TIMEOUT_S)
        self._reached("committed")

    def _at_least_once(
        self, consumer: Consumer, producer: Producer, results: Sequence[tuple[Record, Outcome, Route, Pipeline]]
    ) -> None:
        """Flush, then commit: a fault between the two writes the batch again."""
        self._undelivered = 0
        for result in results:
            self._send(producer, *result)
        if producer.flush(CALL_TIMEOUT_S) or self._undelivered:
            raise Temporary(f"{self._undelivered or 'some'} records were not delivered")
        self._reached("produced")
        offsets = [TopicPartition(*place, offset) for place, offset in next_offsets(results).items()]
        try:
            consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as exception:
            raise Temporary(f"offsets were not committed ({exception.args[0].name()})") from None

    def _send(self, producer: Producer, record: Record, outcome: Outcome, route: Route, pipeline: Pipeline) -> None:
        match outcome:
            case Scrubbed():
                code = self._produce(
                    producer, outcome.topic, outcome.key, outcome.value, outcome.headers, outcome.timestamp, outcome[5]
                )
                if code is not None:
                    letter = DeadLetter("output_too_large", "", route.dead_letters)
                    self._send(producer, record, letter, route, pipeline)
            case DeadLetter():
                headers = pointer(record, outcome, pipeline.policy.name, pipeline.policy.sha256)
                self._produce(producer, outcome.topic or route.dead_letters, None, None, headers, 0, None)
            case Dropped():
                pass

    def _produce(
        self,
        producer: Producer,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: list[tuple[str, bytes | None]],
        timestamp: int,
        partition: int | None,
    ) -> KafkaError | None:
        """Queue one record. Gives the error when the client refuses its size; raises `Failed` for any other."""
        more: dict[str, Any] = {"headers": headers} if headers else {}
        if partition is not None:
            more["partition"] = partition
        if timestamp:
            more["timestamp"] = timestamp
        if not self.settings.exactly_once:
            more["on_delivery"] = self._on_delivery
        while True:
            try:
                producer.produce(topic, value, key, **more)
            except BufferError:
                producer.poll(0.1)
            except KafkaException as exception:
                error: KafkaError = exception.args[0]
                if error.code() == KafkaError.MSG_SIZE_TOO_LARGE:
                    return error
                raise Failed(classify(error), error, "produce") from None
            else:
                return None

    def _on_delivery(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self._undelivered += 1

    def _abort(
        self,
        consumer: Consumer,
        producer: Producer,
        results: Sequence[tuple[Record, Outcome, Route, Pipeline]],
        failed: Failed,
    ) -> None:
        """Abort, then read the same records again. What keeps aborting at one place is halved to one record."""
        self._log("transaction_aborted", reason=failed.error.name(), phase=failed.phase)
        self._call("abort", producer.abort_transaction, CALL_TIMEOUT_S)
        self.metrics.transactions["aborted"] += 1
        first: dict[Place, int] = {}
        for record, *_ in results:
            first.setdefault((record.topic, record.partition), record.offset)
        if failed.phase != "offsets":
            self._suspect(results, first, by_record=failed.error.code() in RECORD_CAUSED)
        for place, offset in first.items():
            if place in self.assigned:
                try:
                    consumer.seek(TopicPartition(*place, offset))
                except KafkaException as exception:
                    raise Temporary(f"cannot go back ({exception.args[0].name()})") from None

    def _suspect(
        self,
        results: Sequence[tuple[Record, Outcome, Route, Pipeline]],
        first: Mapping[Place, int],
        *,
        by_record: bool,
    ) -> None:
        place = next(iter(first.items()))
        self._aborts[place] += 1
        if not by_record and self._aborts[place] < ABORTS_BEFORE_HALVING:
            return
        if len(results) == 1:
            record = results[0][0]
            self._poison.add((record.topic, record.partition, record.offset))
            self._log("poison_record", topic=record.topic, partition=record.partition, offset=record.offset)
        self._limit = max(1, len(results) // 2)

    def _account(self, results: Sequence[tuple[Record, Outcome, Route, Pipeline]], seconds: float) -> None:
        """After the commit, and only then: what is counted has happened."""
        metrics = self.metrics
        metrics.transactions["committed"] += 1
        metrics.transaction_duration.add(seconds)
        oldest: dict[str, int] = {}
        for record, outcome, *_ in results:
            metrics.records[record.topic, _WORDS[type(outcome)]] += 1
            if type(outcome) is DeadLetter:
                metrics.dead_letters[record.topic, outcome.code] += 1
            if record.timestamp is not None and record.timestamp < oldest.get(record.topic, 2**63):
                oldest[record.topic] = record.timestamp
        now = self._now()
        for topic, timestamp in oldest.items():
            metrics.delayed(topic, (now - timestamp) / 1000)
        for place, offset in next_offsets(results).items():
            if place in self.assigned:
                self.assigned[place] = offset
        self._aborts.clear()
        self._limit = min(self.settings.batch, self._limit * 2)

    # what the clients tell

    def _on_assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        try:
            places, fresh = place_new(consumer, partitions)
            consumer.incremental_assign(places)
            if fresh:
                consumer.commit(offsets=places, asynchronous=False)
        except KafkaException as exception:
            self._callback_error = Temporary(f"cannot take partitions ({exception.args[0].name()})")
            return
        except Temporary as temporary:
            self._callback_error = temporary
            return
        for place in places:
            self.assigned[place.topic, place.partition] = place.offset
        paused = [place for place in places if place.topic in self.metrics.stopped]
        if paused:
            consumer.pause(paused)
        self._log("assigned", partitions=len(self.assigned))

    def _on_revoke(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Revoked or lost: nothing is open here, so there is nothing to save."""
        for partition in partitions:
            place = (partition.topic, partition.partition)
            self.assigned.pop(place, None)
            self._ends.pop(place, None)
            self.metrics.lag.pop(place, None)
        self._log("revoked", partitions=len(self.assigned))

    def _on_error(self, error: KafkaError) -> None:
        self._log("kafka_says", reason=error.name())

    def _measure_lag(self, consumer: Consumer) -> None:
        for place, offset in self.assigned.items():
            try:
                _, high = consumer.get_watermark_offsets(TopicPartition(*place), cached=True)
            except KafkaException:
                continue
            if high >= 0:
                self.metrics.lag[place] = max(0, high - max(offset, self._ends.get(place, 0)))

    def lag(self) -> int | None:
        """Records behind the ends of all assigned partitions; None while an end is not known yet."""
        if any(place not in self._ends and place not in self.metrics.lag for place in self.assigned):
            return None
        return sum(
            0 if self._ends.get(place, -1) >= offset else self.metrics.lag.get(place, 0)
            for place, offset in self.assigned.items()
        )

    def _call(self, phase: str, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a client. Retriable errors make the same call again; all others are `Failed` with what is next."""
        for _ in range(RETRIES):
            try:
                return function(*arguments)
            except KafkaException as exception:
                error: KafkaError = exception.args[0]
                action = classify(error)
                if action is not Action.RETRY:
                    raise Failed(action, error, phase) from None
        raise Failed(Action.NEW_INCARNATION, error, phase)


_WORDS = {Scrubbed: "clean", Dropped: "dropped", DeadLetter: "dead_letter"}


def next_offsets(results: Sequence[tuple[Record, Outcome, Route, Pipeline]]) -> dict[Place, int]:
    """The offset to go on at, by partition: that of the last record, plus one."""
    return {(record.topic, record.partition): record.offset + 1 for record, *_ in results}


def to_record(message: Message) -> Record:
    """A message as the pipeline takes it."""
    kind, timestamp = message.timestamp()
    return Record(
        message.value(),
        message.key(),
        message.headers(),  # type: ignore[arg-type]  # a list of pairs on every consumed message
        timestamp if kind and timestamp >= 0 else None,
        message.topic() or "",
        message.partition() or 0,
        message.offset() or 0,
    )
