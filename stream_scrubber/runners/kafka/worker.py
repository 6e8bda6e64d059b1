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

import gc
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from operator import methodcaller
from typing import Any, Protocol

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from stream_scrubber.dead_letters import pointer
from stream_scrubber.errors import ConfigError, KeystoreError, Permanent, Temporary
from stream_scrubber.metrics import Metrics
from stream_scrubber.pipeline import Pipeline
from stream_scrubber.record import DeadLetter, Dropped, Outcome, Record, Scrubbed
from stream_scrubber.runners.kafka import clients
from stream_scrubber.runners.kafka.errors import (
    FENCED,
    GROUP_CAUSED,
    PURGED,
    RECORD_CAUSED,
    Action,
    classify,
    classify_consumer,
)
from stream_scrubber.runners.kafka.placement import Route, place_new

RETRIES = 5
"""How often a retriable call is made again before its outcome counts as open."""

CALL_TIMEOUT_S = 45.0
"""Longer than a transaction may last: the broker, not the client, decides what became of it."""

INIT_TIMEOUT_S = 10.0
"""Nothing is open yet: a shorter wait, so that a stop is heard."""

ABORTS_BEFORE_HALVING = 2
"""So many aborts at one place may be the broker's fault; after them the batch is halved: it may be too slow."""

SCRUB_S = 2.0
"""A batch is scrubbed for so long, and at least one record; what is left of it is for the next transaction."""

SLOW_TRANSACTION_S = 5.0
"""A transaction that takes longer is halved: it must stay far below its timeout."""

FLUSH_S = 0.2
"""How soon a refused record is noticed."""

LEAVE_S = 2.0
"""How long a leaving instance waits for the group to hear of it."""

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


@dataclass(slots=True)
class Batch:
    """One transaction's records with their outcomes, and where its partitions begin and go on."""

    results: list[tuple[Record, Outcome, Route]] = field(default_factory=list)
    first: dict[Place, int] = field(default_factory=dict)
    following: dict[Place, int] = field(default_factory=dict)
    """The offset to go on at: that of the last record, plus one."""
    oldest: dict[str, int] = field(default_factory=dict)
    """The first timestamp of each topic."""

    def offsets(self) -> list[TopicPartition]:
        return [TopicPartition(*place, offset) for place, offset in self.following.items()]


class Hooks(Protocol):
    """What runs between batches, on the loop's own thread."""

    def tick(self, worker: Worker) -> None: ...


@dataclass(frozen=True, slots=True)
class Settings:
    """What a worker needs to know of its service."""

    group: str
    slot: int
    consumer: Mapping[str, Any] = field(repr=False)  # passwords are among them
    producer: Mapping[str, Any] = field(repr=False)
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
        """When a transaction last committed, or there was last nothing to do. An abort is no progress."""
        self.stopping_since: float | None = None
        self.joined = False
        """Whether the group has told this instance its partitions, which may be none."""
        self._routes = routes
        self._topics: frozenset[str] = frozenset()
        self._by_topic: dict[str, tuple[Pipeline, Route]] = {}
        self._now = now
        self._log = log
        self._hooks = hooks
        self._reached = reached
        self._gaps: set[Place] = set()
        self._back_at: dict[Place, int] = {}
        self._ends: dict[Place, int] = {}
        self._skipped: set[Place] = set()
        self._carried: list[Any] = []
        self._limit = settings.batch
        self._fits = settings.batch
        self._suspects: dict[Place, int] = {}
        self._ever_joined = False
        self._aborts: Counter[tuple[Place, int]] = Counter()
        self._poison: dict[tuple[str, int, int], str] = {}
        self._fencings: list[float] = []
        self._callback_error: Exception | None = None
        self._undelivered: list[KafkaError] = []
        self._route()

    def stop(self) -> None:
        """Finish the batch, commit, leave. Safe to call from a signal handler."""
        self.stopping_since = self.stopping_since or time.monotonic()

    @property
    def stopping(self) -> bool:
        return self.stopping_since is not None

    def run(self) -> None:
        """Incarnation after incarnation, until `stop`."""
        delay = 0.5
        while not self.stopping:
            started = time.monotonic()
            try:
                self._incarnation()
            except Failed as failed:
                self._note_end(failed)
            except (Temporary, KeystoreError) as reason:
                # a keystore that is away: nothing flows without its keys, and nothing becomes a dead letter for it
                self._log("incarnation_ended", reason=str(reason))
            self.metrics.incarnations += 1
            delay = 0.5 if time.monotonic() - started > FENCING_WINDOW_S else min(delay * 2, 8.0)
            self._sleep(delay)

    def _sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self.stopping and time.monotonic() < until:
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
        producer = clients.producer(
            s.producer, s.group, s.slot, self._on_error, self._on_delivery, exactly_once=s.exactly_once
        )
        consumer: Consumer | None = None
        whole = False
        try:
            if s.exactly_once:
                # before subscribing: this aborts what a dead predecessor left open
                self._call("init", producer.init_transactions, INIT_TIMEOUT_S)
            consumer = clients.consumer(s.consumer, s.group, s.instance, self._on_error)
            self._forget()
            self._subscribe(consumer)
            self._loop(consumer, producer)
            whole = True
        finally:
            self._close(consumer, producer, whole=whole)

    def _forget(self) -> None:
        """What an earlier incarnation knew of its partitions: gaps are found again, if they are still there."""
        self.joined = False
        for known in (self.assigned, self._ends, self._gaps, self._back_at, self.metrics.lag, self.metrics.stopped):
            known.clear()
        self._skipped.clear()
        self._carried.clear()
        self._drop_routes()
        self._callback_error = None

    def _close(self, consumer: Consumer | None, producer: Producer, *, whole: bool) -> None:
        """Closes both. A producer that failed is only dropped: closing would wait for what cannot be delivered, and
        its transaction is settled by the next one's `init_transactions`."""
        if consumer is not None:
            with suppress(KafkaException, RuntimeError):
                if self.stopping and not self.settings.keep_place:
                    _leave(consumer)
            with suppress(KafkaException, RuntimeError):
                consumer.close()
        with suppress(KafkaException):
            if whole:
                producer.close()
            else:
                producer.purge()
        self.assigned.clear()
        self.joined = False

    def _subscribe(self, consumer: Consumer) -> None:
        consumer.subscribe(
            sorted(self._topics), on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_revoke
        )

    def _route(self) -> bool:
        """Look again at which topics there are. True when the set has changed.

        A topic that is gone keeps its route while a partition of it is assigned: its records keep coming until the
        rebalance is through, and one that is passed over would be lost.
        """
        before = self._topics
        found = {route.topic: (self.pipelines[route.policy.name], route) for route in self._routes()}
        self._topics = frozenset(found)
        self._by_topic |= found
        self._drop_routes()
        return before != self._topics

    def _drop_routes(self) -> None:
        needed = self._topics | {topic for topic, _ in self.assigned}
        for topic in self._by_topic.keys() - needed:
            del self._by_topic[topic]

    def _look_again(self, consumer: Consumer) -> None:
        """New topics of a pattern. A broker that does not answer, or a topic without outputs, changes nothing now:
        what runs goes on, and the next start refuses with the same words."""
        try:
            if self._route():
                self._subscribe(consumer)
        except ConfigError as error:
            self._log("routes_kept", reason=str(error))

    def _loop(self, consumer: Consumer, producer: Producer) -> None:
        tick = look = time.monotonic()
        while not self.stopping:
            batch = self._read(consumer)
            if batch.results:
                self._transaction(consumer, producer, batch)
            elif self.lag() == 0 if self.assigned else self.joined:
                self.last_progress = time.monotonic()
            now = time.monotonic()
            if now - tick >= 1.0:
                tick = now
                self._measure_lag(consumer)
                self._commit_ends(consumer)
                if self._hooks is not None:
                    self._hooks.tick(self)
            if now - look >= 30.0:
                look = now
                self._look_again(consumer)

    def _read(self, consumer: Consumer) -> Batch:
        """The next records of partitions that are assigned and running, in order, with their outcomes."""
        size = min(self._limit, self._fits)
        carried = len(self._carried)
        try:
            # called in any case: a consumer that is not asked for too long loses its place in the group
            messages = consumer.consume(max(1, size - carried), 0 if carried else self.settings.wait_s)
        except KafkaException as exception:
            error: KafkaError = exception.args[0]
            raise Failed(classify_consumer(error), error, "consume") from None
        if self._callback_error is not None:
            raise self._callback_error
        if carried:
            messages = [*self._carried, *messages]
            messages, self._carried = messages[:size], messages[size:]
        batch = Batch()
        if messages:
            self._scrub(consumer, messages, batch)
        if self._carried:
            self._forget_ends()
        return batch

    def _forget_ends(self) -> None:
        """Records of these partitions wait: an end seen before them is not where this instance stands."""
        for message in self._carried:
            if message.error() is None:
                self._ends.pop((message.topic(), message.partition()), None)

    def _scrub(  # noqa: C901  one loop for every record: calls would cost more than they explain
        self, consumer: Consumer, messages: Sequence[Any], batch: Batch
    ) -> None:
        """Fills `batch`, for `SCRUB_S` at most; later messages are carried over, in order."""
        started, now = time.perf_counter(), self._now()
        until, clock = started + SCRUB_S, time.perf_counter
        results, first, following, poison = batch.results, batch.first, batch.following, self._poison
        assigned, by_topic, stopped = self.assigned, self._by_topic, self.metrics.stopped
        for index, message in enumerate(messages):
            if results and clock() > until:
                self._carried = [*messages[index:], *self._carried]
                break
            error = message.error()
            if error is not None:
                self._on_message_error(consumer, message, error)
                continue
            topic, partition, offset = message.topic(), message.partition(), message.offset()
            place = (topic, partition)
            expected = following.get(place)
            if expected is None:
                expected = assigned.get(place)
            # a batch can hold records of partitions that a rebalance has just taken away, or given back anew
            if expected is None or offset < expected:
                continue
            if topic in stopped:
                self._skipped.add(place)
                continue
            if topic not in by_topic:
                raise Temporary(f"records of {topic} come, but no policy is for it")
            if place not in first:
                first[place] = offset
                if self._back_at and self._back_at.pop(place, offset) != offset:
                    raise Temporary("the consumer did not go back to where it was told to")
            following[place] = offset + 1
            pipeline, route = by_topic[topic]
            record, outcome = to_record(message, topic, partition, offset)
            if poison and (topic, partition, offset) in poison:
                outcome = DeadLetter(poison[topic, partition, offset], "", route.dead_letters)
            results.append((record, outcome or pipeline(record, now), route))
        if results:
            seconds = time.perf_counter() - started
            self._fits = max(1, min(self.settings.batch, int(SCRUB_S * len(results) / max(seconds, 1e-6))))
            for topic, count in Counter([record.topic for record, *_ in results]).items():
                self.metrics.processed(topic, seconds * count / len(results), count)
                times = [r.timestamp for r, *_ in results if r.timestamp is not None and r.topic == topic]
                if times:
                    batch.oldest[topic] = min(times)

    def _on_message_error(self, consumer: Consumer, message: Message, error: KafkaError) -> None:
        place = (message.topic() or "", message.partition() or 0)
        if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001  librdkafka's local codes begin so
            if place in self.assigned and place not in self._back_at:
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
        self._gaps.add(place)
        self.metrics.stopped[topic] = reason
        consumer.pause([TopicPartition(*there) for there in self.assigned if there[0] == topic])

    # one transaction

    def _transaction(self, consumer: Consumer, producer: Producer, batch: Batch) -> None:
        started = time.perf_counter()
        self._undelivered.clear()
        attempt = self._exactly_once if self.settings.exactly_once else self._at_least_once
        try:
            attempt(consumer, producer, batch)
        except Failed as failure:
            failed = self._first_cause(producer, failure)
            if failed.action is not Action.ABORT:
                raise failed from None
            self._abort(consumer, producer, batch, failed)
            return
        self._account(batch, time.perf_counter() - started)

    def _exactly_once(self, consumer: Consumer, producer: Producer, batch: Batch) -> None:
        self._call("begin", producer.begin_transaction)
        self._reached("begun")
        self._produce_all(producer, batch)
        self._flush(producer)
        self._reached("produced")
        self._call(
            "offsets",
            producer.send_offsets_to_transaction,
            batch.offsets(),
            consumer.consumer_group_metadata(),
            CALL_TIMEOUT_S,
        )
        self._reached("offsets_sent")
        self._call("commit", producer.commit_transaction, CALL_TIMEOUT_S)
        self._reached("committed")

    def _flush(self, producer: Producer) -> None:
        """Until all is delivered, or one is refused. Committing would flush too, but when a broker has refused one
        record it waits for the records behind it until they, and the transaction, time out."""
        left = 1
        while left:
            left = producer.flush(FLUSH_S)
            if self._undelivered:
                raise Failed(Action.ABORT, KafkaError(KafkaError._STATE), "flush")  # noqa: SLF001

    def _first_cause(self, producer: Producer, failed: Failed) -> Failed:
        """Why a transaction takes nothing more. Calls only say that they may not; the refused record says it."""
        if failed.error.code() != KafkaError._STATE or not self.settings.exactly_once:  # noqa: SLF001
            return failed
        producer.poll(0)
        cause = self._undelivered[0] if self._undelivered else failed.error
        action = Action.NEW_INCARNATION if cause.fatal() or cause.code() in FENCED else Action.ABORT
        return Failed(action, cause, failed.phase)

    def _at_least_once(self, consumer: Consumer, producer: Producer, batch: Batch) -> None:
        """Flush, then commit: a fault between the two writes the batch again."""
        self._produce_all(producer, batch)
        left = producer.flush(CALL_TIMEOUT_S)
        for error in self._undelivered:
            if error.code() in RECORD_CAUSED:
                raise Failed(Action.ABORT, error, "flush")
        if left or self._undelivered:
            raise Temporary(f"{left + len(self._undelivered)} records were not delivered")
        self._reached("produced")
        try:
            consumer.commit(offsets=batch.offsets(), asynchronous=False)
        except KafkaException as exception:
            raise Temporary(f"offsets were not committed ({exception.args[0].name()})") from None
        self._reached("committed")

    def _produce_all(self, producer: Producer, batch: Batch) -> None:
        """Queue every outcome. One that the client finds too large becomes a dead letter, in `batch` too."""
        results, half = batch.results, len(batch.results) // 2
        send = self._produce
        for index, (record, outcome, route) in enumerate(results):
            if type(outcome) is Scrubbed:  # asked first and cheaply: this runs for every record
                topic, key, value, headers, timestamp, partition = outcome
                if not send(producer, topic, value, key, partition, timestamp, headers):
                    letter = DeadLetter("output_too_large", "", route.dead_letters)
                    results[index] = (record, letter, route)
                    self._point(producer, record, letter, route)
            elif type(outcome) is DeadLetter:
                self._point(producer, record, outcome, route)
            if index == half:
                self._reached("half_produced")

    def _point(self, producer: Producer, record: Record, letter: DeadLetter, route: Route) -> None:
        headers = pointer(record, letter, route.policy.name, route.policy.sha256)
        if not self._produce(producer, letter.topic or route.dead_letters, None, None, None, None, headers):
            raise Permanent("the producer's message.max.bytes is too small for a dead letter")

    def _produce(
        self,
        producer: Producer,
        topic: str,
        value: bytes | None,
        key: bytes | None,
        partition: int | None,
        timestamp: int | None,
        headers: list[tuple[str, bytes | None]],
    ) -> bool:
        """Queue one record. False when the client finds it too large; raises `Failed` for any other refusal.

        Without a timestamp it is now. The first millisecond of 1970 becomes the second: librdkafka takes 0 for now.
        """
        at = 0 if timestamp is None else timestamp or 1
        into = -1 if partition is None else partition
        produce: Callable[..., None] = producer.produce
        while True:
            try:
                # by position: cheaper than by name, and this runs for every record
                produce(topic, value, key, into, None, None, at, headers)
            except BufferError:
                producer.poll(0.1)
            except KafkaException as exception:
                error: KafkaError = exception.args[0]
                if error.code() == KafkaError.MSG_SIZE_TOO_LARGE:
                    return False
                raise Failed(classify(error), error, "produce") from None
            else:
                return True

    def _on_delivery(self, error: KafkaError | None, _message: Message) -> None:
        # what an abort throws away is told of late, when the next transaction is open
        if error is not None and not (self.settings.exactly_once and error.code() in PURGED):
            self._undelivered.append(error)

    def _abort(self, consumer: Consumer, producer: Producer, batch: Batch, failed: Failed) -> None:
        """Abort, then read the same records again. What a record causes is halved to that one record."""
        self._log("transaction_aborted", reason=failed.error.name(), phase=failed.phase)
        if self.settings.exactly_once:
            self._call("abort", producer.abort_transaction, CALL_TIMEOUT_S)
        self.metrics.transactions["aborted"] += 1
        if failed.error.code() not in GROUP_CAUSED:
            self._suspect(batch, failed.error)
        # what was carried over from these partitions comes again
        self._carried = [m for m in self._carried if (m.topic(), m.partition()) not in batch.first]
        for place, offset in batch.first.items():
            if place in self.assigned:
                self._ends.pop(place, None)  # an end seen before is no longer where this consumer stands
                self._back_at[place] = offset
                try:
                    consumer.seek(TopicPartition(*place, offset))
                except KafkaException as exception:
                    raise Temporary(f"cannot go back ({exception.args[0].name()})") from None

    def _suspect(self, batch: Batch, error: KafkaError) -> None:
        """Make the next batch smaller. Only an error that a record can cause makes a dead letter of a record:
        what a broker or a network causes must never do that, however often it comes."""
        place = next(iter(batch.first.items()))
        self._aborts[place] += 1
        by_record = error.code() in RECORD_CAUSED
        if not by_record and self._aborts[place] < ABORTS_BEFORE_HALVING:
            return
        if by_record and len(batch.results) == 1:
            record = batch.results[0][0]
            code = "output_too_large" if error.code() == KafkaError.MSG_SIZE_TOO_LARGE else "poison"
            self._poison[record.topic, record.partition, record.offset] = code
            self._log("poison_record", topic=record.topic, partition=record.partition, offset=record.offset, code=code)
        if by_record:
            # a search that ends: it halves until it has found the record, which then is a dead letter
            self.last_progress = time.monotonic()
        self._limit = max(1, len(batch.results) // 2)
        self._suspects = dict(batch.following)

    def _account(self, batch: Batch, seconds: float) -> None:
        """After the commit, and only then: what is counted has happened."""
        metrics = self.metrics
        self.last_progress = time.monotonic()
        metrics.transactions["committed"] += 1
        metrics.transaction_duration.add(seconds)
        for (topic, kind), count in Counter([(r.topic, type(outcome)) for r, outcome, _ in batch.results]).items():
            metrics.records[topic, _WORDS[kind]] += count
        for record, outcome, _ in batch.results:
            if type(outcome) is DeadLetter:
                metrics.dead_letters[record.topic, outcome.code] += 1
        now = self._now()
        for topic, timestamp in batch.oldest.items():
            metrics.delayed(topic, (now - timestamp) / 1000)
        for place, offset in batch.following.items():
            if place in self.assigned:
                self.assigned[place] = offset
        if self._poison:
            for record, *_ in batch.results:
                self._poison.pop((record.topic, record.partition, record.offset), None)
        self._aborts.clear()
        self._resize(batch, seconds)

    def _resize(self, batch: Batch, seconds: float) -> None:
        """Larger again, but not before what is suspected has passed."""
        for place, offset in batch.following.items():
            if offset >= self._suspects.get(place, offset + 1):
                del self._suspects[place]
        if seconds > SLOW_TRANSACTION_S:
            self._limit = max(1, len(batch.results) // 2)
        elif not self._suspects.keys() & self.assigned.keys():
            self._limit = min(self.settings.batch, self._limit * 2)

    # what the clients tell

    def _on_assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Partitions that this instance gets, in addition to what it has; none of them, perhaps."""
        try:
            places, fresh = place_new(consumer, partitions)
            consumer.incremental_assign(places)
            if fresh:
                consumer.commit(offsets=fresh, asynchronous=False)
        except KafkaException as exception:
            self._callback_error = Temporary(f"cannot take partitions ({exception.args[0].name()})")
            return
        except Temporary as temporary:
            self._callback_error = temporary
            return
        for place in places:
            self.assigned[place.topic, place.partition] = place.offset
            self._skipped.discard((place.topic, place.partition))
        paused = [place for place in places if place.topic in self.metrics.stopped]
        if paused:
            consumer.pause(paused)
        self.joined = True
        if not self._ever_joined:  # once: a worker that joins again and again gets nowhere
            self._ever_joined = True
            self.last_progress = time.monotonic()
        self._log("assigned", partitions=len(self.assigned))

    def _on_revoke(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Revoked or lost: nothing is open here, so there is nothing to save."""
        for partition in partitions:
            place = (partition.topic, partition.partition)
            for known in (self.assigned, self._ends, self._back_at, self.metrics.lag):
                known.pop(place, None)
            if place in self._gaps and not self.stopping:
                self._callback_error = Temporary("a stopped partition went to another instance")
        gone = {(partition.topic, partition.partition) for partition in partitions}
        self._carried = [m for m in self._carried if (m.topic(), m.partition()) not in gone]
        self._drop_routes()
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

    def _commit_ends(self, consumer: Consumer) -> None:
        """Raw topics that are written in transactions end in control records, which no record's offset plus one
        passes. The group's position is moved over them, so that lag tools, and the destruction of keys, see the end.
        An end is known only while all before it is committed: `_abort` forgets it."""
        passed = [
            TopicPartition(*place, end)
            for place, end in self._ends.items()
            if end > self.assigned.get(place, end)
            and place[0] in self._by_topic
            and place[0] not in self.metrics.stopped
            and place not in self._skipped
            and place not in self._back_at
        ]
        if not passed:
            return
        try:
            consumer.commit(offsets=passed, asynchronous=False)
        except KafkaException as exception:
            self._log("ends_not_committed", reason=exception.args[0].name())
            return
        for place in passed:
            self.assigned[place.topic, place.partition] = place.offset

    def lag(self) -> int | None:
        """Records behind the ends of all assigned partitions that run; None while an end is not known yet.

        Safe from any thread: it looks at copies.
        """
        ends, measured, stopped = dict(self._ends), dict(self.metrics.lag), dict(self.metrics.stopped)
        running = {place: offset for place, offset in dict(self.assigned).items() if place[0] not in stopped}
        if any(place not in ends and place not in measured for place in running):
            return None
        return sum(
            0 if ends.get(place, -1) >= offset else measured.get(place, 0) for place, offset in running.items()
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
                if self.stopping and phase == "init":
                    break
        raise Failed(Action.NEW_INCARNATION, error, phase)


def spare_the_collector() -> None:
    """For a process that only works: Python's cycle collector looks at a batch's records again and again, though none
    of them is in a cycle, for a sixth of all CPU time. It runs about once a batch instead."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def _leave(consumer: Consumer) -> None:
    """Give the partitions back now: a static member that only closes keeps them for the whole session timeout.

    Closing right after `unsubscribe` is closing only: the group hears of it when the revocation has been served, and
    the member then has no id any more.
    """
    consumer.unsubscribe()
    until = time.monotonic() + LEAVE_S
    while consumer.memberid() and time.monotonic() < until:
        consumer.poll(0.05)


_headers = methodcaller("headers")
_WORDS = {Scrubbed: "clean", Dropped: "dropped", DeadLetter: "dead_letter"}


def to_record(message: Any, topic: str, partition: int, offset: int) -> tuple[Record, DeadLetter | None]:
    """A message as the pipeline takes it, and a dead letter when it cannot even be looked at.

    confluent-kafka raises SystemError for a header whose name is not UTF-8: one such record, sent by anyone, must
    not end the worker, and its restart, for ever.

    It leaves the exception pending while it returns a list with a hole. Python's specialized call of a hot method
    does not notice, and whatever comes next fails, or crashes; `methodcaller` always looks.
    """
    kind, timestamp = message.timestamp()
    refused = None
    try:
        headers = _headers(message)
    except (SystemError, ValueError):
        headers, refused = None, DeadLetter("bad_header", "record.headers")
    at = timestamp if kind and timestamp >= 0 else None
    return Record(message.value(), message.key(), headers, at, topic, partition, offset), refused
