#!/usr/bin/env python3
"""What an event costs on Kafka: a bare copy, the exactly-once worker, the at-least-once worker, in turn.

    python -m benchmarks.kafka [--events 400000] [--rounds 1] [--bootstrap-servers ADDRESS]

Each runs in a process of its own, on the same raw topic, with the same client settings, from the first record to the
last one there. The figure is CPU time of the process (librdkafka's threads included) from the first commit on, by
event; the ratio to the bare copy is what counts on a noisy machine. Resident memory is read from /proc at the marks.
Without an address it runs an Apache Kafka of its own (Java 17, Maven).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

PARTITIONS = 6
BATCH = 5_000
POLICY = Path(__file__).parents[1] / "examples" / "reference" / "policy.yaml"
KINDS = ("bare copy", "exactly once", "at least once")


class Meter:
    """CPU and memory of this process by events done. The first batch is the warm-up: joining, compiling."""

    def __init__(self, events: int) -> None:
        self.events = events
        self.done = 0
        self._from: tuple[int, float, float] | None = None
        self._marks = [events // 2, events]
        self.memory: list[float] = []

    def add(self, count: int) -> bool:
        """More events are committed. True when all are."""
        self.done += count
        if self._from is None:
            self._from = self.done, time.process_time(), time.monotonic()
        while self._marks and self.done >= self._marks[0]:
            self._marks.pop(0)
            self.memory.append(resident())
        return self.done >= self.events

    def result(self) -> dict[str, Any]:
        assert self._from is not None
        count, cpu, clock = self._from
        done = self.done - count
        return {
            "cpu": (time.process_time() - cpu) / done * 1e6,
            "rate": done / (time.monotonic() - clock),
            "memory": self.memory,
        }


def resident() -> float:
    """MiB of this process."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def bare_copy(address: str, raw: str, clean: str, events: int) -> dict[str, Any]:
    """Consume, produce, commit: the same loop without anything in it."""
    from confluent_kafka import TopicPartition

    from stream_scrubber.runners.kafka import clients

    group = uuid.uuid4().hex
    settings = {"bootstrap.servers": address}
    producer = clients.producer(settings, group, 0, lambda _error: None, exactly_once=True)
    producer.init_transactions(30)
    consumer = clients.consumer(settings, group, f"{group}-0", lambda _error: None)
    consumer.subscribe(
        [raw],
        on_assign=lambda c, places: c.incremental_assign([TopicPartition(p.topic, p.partition, 0) for p in places]),
    )
    meter, ended = Meter(events), False
    while not ended:
        messages = [message for message in consumer.consume(BATCH, 0.1) if message.error() is None]
        if not messages:
            continue
        producer.begin_transaction()
        following: dict[int, int] = {}
        for message in messages:
            producer.produce(
                clean, message.value(), message.key(), -1, None, None, message.timestamp()[1], message.headers()
            )
            following[message.partition()] = message.offset() + 1
        places = [TopicPartition(raw, *place) for place in following.items()]
        producer.send_offsets_to_transaction(places, consumer.consumer_group_metadata(), 30)
        producer.commit_transaction(30)
        ended = meter.add(len(messages))
    result = meter.result()
    consumer.close()
    return result


def worker(address: str, raw: str, clean: str, events: int, *, exactly_once: bool) -> dict[str, Any]:
    """The product's own loop, pipeline and all."""
    from dataclasses import replace

    from stream_scrubber import KeyRing, MemoryKeystore, Pipeline, Policy
    from stream_scrubber.metrics import Metrics
    from stream_scrubber.runners.kafka.placement import Route
    from stream_scrubber.runners.kafka.worker import Settings, Worker, spare_the_collector

    text = POLICY.read_text().replace("raw.bench", raw).replace("clean.bench", clean)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "policy.yaml"
        file.write_text(text.replace("dlq.bench", f"{clean}.dlq"))
        policy = Policy.load(file)
    assert policy.epochs
    pipeline = Pipeline(policy, KeyRing(MemoryKeystore(), policy.realm, policy.epochs, True))
    common = {"bootstrap.servers": address}
    settings = Settings(uuid.uuid4().hex, 0, common, common, batch=BATCH)
    meter = Meter(events)

    class Measured(Worker):
        def _account(self, batch: Any, seconds: float) -> None:
            super()._account(batch, seconds)
            if meter.add(len(batch.results)):
                self.stop()

    runner = Measured(
        replace(settings, exactly_once=exactly_once),
        lambda: [Route(raw, PARTITIONS, policy, clean, f"{clean}.dlq")],
        {policy.name: pipeline},
        Metrics([pipeline]),
        now=lambda: time.time_ns() // 1_000_000,
        log=lambda *_, **__: None,
    )
    results: list[dict[str, Any]] = []
    leave = runner._close  # noqa: SLF001
    runner._close = lambda *a, **k: (results.append(meter.result()), leave(*a, **k))  # type: ignore[method-assign]  # noqa: SLF001
    spare_the_collector()  # as `run` does
    runner.run()
    return results[0]


def fill(address: str, raw: str, events: int) -> None:
    from confluent_kafka import Producer

    from benchmarks.workload import events as workload

    producer = Producer({"bootstrap.servers": address, "linger.ms": 20, "compression.type": "lz4"})
    shift = time.time_ns() // 1_000_000 - workload.START_MS - events
    for number, r in enumerate(workload.records(events)):
        while True:
            try:
                producer.produce(
                    raw, r.value, r.key, number % PARTITIONS, timestamp=r.timestamp_ms + shift, headers=list(r.headers)
                )
                break
            except BufferError:
                producer.poll(0.1)
        if number % 1000 == 0:
            producer.poll(0)
    assert producer.flush(60) == 0


@contextlib.contextmanager
def kafka(given: str | None) -> Iterator[str]:
    if given:
        yield given
        return
    from tests.integration.kafka_jars import fetch
    from tests.integration.kafka_lab import Broker

    with tempfile.TemporaryDirectory() as folder, Broker(fetch(), Path(folder) / "kafka") as broker:
        yield broker.bootstrap


def measure(kind: str, address: str, raw: str, events: int) -> Mapping[str, Any]:
    """One of `KINDS`, in a process of its own."""
    from tests.integration.kafka_lab import create_topics

    clean = f"clean.{uuid.uuid4().hex[:8]}"
    create_topics(address, {clean: PARTITIONS, f"{clean}.dlq": 1}, {"retention.bytes": "100000000"})
    command = [sys.executable, "-m", "benchmarks.kafka", "--one", kind, address, raw, clean, str(events)]
    out = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ).stdout
    return dict(json.loads(out.splitlines()[-1]))


def one(kind: str, address: str, raw: str, clean: str, events: str) -> None:
    count = int(events)
    if kind == "bare copy":
        result = bare_copy(address, raw, clean, count)
    else:
        result = worker(address, raw, clean, count, exactly_once=kind == "exactly once")
    print(json.dumps(result), flush=True)
    os._exit(0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--bootstrap-servers")
    parser.add_argument("--one", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        one(*options.one)
    from tests.integration.kafka_lab import create_topics

    best: dict[str, Mapping[str, Any]] = {}
    with kafka(options.bootstrap_servers) as address:
        raw = f"raw.{uuid.uuid4().hex[:8]}"
        create_topics(address, {raw: PARTITIONS})
        fill(address, raw, options.events)
        for _ in range(options.rounds):
            for kind in KINDS:
                result = measure(kind, address, raw, options.events)
                if kind not in best or result["cpu"] < best[kind]["cpu"]:
                    best[kind] = result
    half, whole = (f"RSS at {events // 1000}k" for events in (options.events // 2, options.events))
    print(f"{'':14} {'µs CPU/event':>13} {'ratio':>6} {'events/s':>9} {half:>13} {whole:>13}")
    for kind, result in best.items():
        memory = " ".join(f"{megabytes:9.0f} MiB" for megabytes in result["memory"])
        ratio = result["cpu"] / best["bare copy"]["cpu"]
        print(f"{kind:14} {result['cpu']:13.2f} {ratio:6.2f} {result['rate']:9,.0f} {memory}")


if __name__ == "__main__":
    main()
