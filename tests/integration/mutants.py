"""Workers broken on purpose: a check that does not catch them shows nothing.

``python -c "from tests.integration.mutants import main; raise SystemExit(main('leaky'))" run SERVICE``

`slow` is not broken: it only takes its time between the steps of a transaction, so that kills land inside.
The two delivery mutants kill themselves once, at the step that hurts them.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, Producer

from stream_scrubber.cli import main as command_line
from stream_scrubber.cli import run as verb
from stream_scrubber.record import DeadLetter, Outcome, Record, Scrubbed
from stream_scrubber.runners.kafka.worker import Batch, Worker

PAUSE_S = 0.05


def kill_once(where: str) -> None:
    """The first worker in this folder that gets here dies."""
    try:
        os.close(os.open(Path.cwd() / f"killed-at-{where}", os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


class Slow(Worker):
    """Waits at every crash point of every transaction."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more, reached=lambda _point: time.sleep(PAUSE_S))


class Crashing(Worker):
    """Dies once, at the crash point that the environment names. Not broken: nothing may come of it."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more, reached=self._die)

    @staticmethod
    def _die(point: str) -> None:
        if point == os.environ["CRASH_POINT"] and (Path.cwd() / "armed").exists():
            kill_once(point)


class _Changing(Worker):
    """Changes outcomes before they are produced."""

    def change(self, record: Record, outcome: Outcome) -> Outcome:
        raise NotImplementedError

    def _scrub(self, consumer: Consumer, messages: Any, batch: Batch) -> None:
        super()._scrub(consumer, messages, batch)
        batch.results[:] = [(record, self.change(record, outcome), route) for record, outcome, route in batch.results]


class Leaky(_Changing):
    """Puts an unkeyed hash of the person into a header."""

    def change(self, record: Record, outcome: Outcome) -> Outcome:
        if not isinstance(outcome, Scrubbed):
            return outcome
        hashed = hashlib.sha256(record.key or b"").hexdigest().encode()
        return outcome._replace(headers=[*outcome.headers, ("user", hashed)])


class Fine(_Changing):
    """Floors times to the minute, where the policy says fifteen."""

    def change(self, record: Record, outcome: Outcome) -> Outcome:
        if not isinstance(outcome, Scrubbed) or outcome.value is None or record.value is None:
            return outcome
        clean, raw = json.loads(outcome.value), json.loads(record.value)
        clean["timestamp"] = raw["timestamp"][:16] + ":00Z"
        return outcome._replace(value=json.dumps(clean).encode())


class Refusing(_Changing):
    """Makes dead letters of everything: nothing is lost, and nothing is there."""

    def change(self, record: Record, outcome: Outcome) -> Outcome:
        return DeadLetter("scrubber_failed", "", self._by_topic[record.topic][1].dead_letters)


class Twice(Worker):
    """Produces, then commits, without a transaction around both: at least once, dressed as exactly once."""

    def _exactly_once(self, consumer: Consumer, producer: Producer, batch: Batch) -> None:
        producer.begin_transaction()
        self._produce_all(producer, batch)
        producer.commit_transaction()
        kill_once("twice")
        consumer.commit(offsets=batch.offsets(), asynchronous=False)


class Lossy(Worker):
    """Commits, then produces: at most once."""

    def _exactly_once(self, consumer: Consumer, producer: Producer, batch: Batch) -> None:
        consumer.commit(offsets=batch.offsets(), asynchronous=False)
        kill_once("lossy")
        producer.begin_transaction()
        self._produce_all(producer, batch)
        producer.commit_transaction()


MUTANTS: dict[str, type[Worker]] = {
    "slow": Slow,
    "crashing": Crashing,
    "leaky": Leaky,
    "fine": Fine,
    "refusing": Refusing,
    "twice": Twice,
    "lossy": Lossy,
}


def main(name: str) -> int:
    """The command line with this worker in it."""
    verb.Worker = MUTANTS[name]  # type: ignore[misc]
    return command_line()
