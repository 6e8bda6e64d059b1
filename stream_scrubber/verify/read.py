"""Reads clean and dead-letter topics as their readers would: the only file of this package that knows Kafka.

Rules:

- A reader belongs to no group and commits nothing: what it does changes nothing for anyone.
- It reads from the first offset to the end as of now, and an error of any partition ends it loudly.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from typing import Any

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Consumer, KafkaError, KafkaException, TopicPartition

from stream_scrubber.errors import Temporary
from stream_scrubber.record import Record
from stream_scrubber.verify.history import Released

BATCH = 5000
SILENCE_SECONDS = 30.0


def read_released(bootstrap: str, topics: Collection[str]) -> Released:
    """Everything in these topics, split into what committed readers see and what was aborted (or is open)."""
    kept = {_place(record) for record in read(bootstrap, topics, "read_committed")}
    committed: list[Record] = []
    aborted: list[Record] = []
    for record in read(bootstrap, topics, "read_uncommitted"):
        (committed if _place(record) in kept else aborted).append(record)
    return Released(committed, aborted)


def read(
    bootstrap: str, topics: Collection[str], isolation: str, *, done: Callable[[], bool] = lambda: True
) -> Iterator[Record]:
    """Every record to the end, and until `done` says so what is written meanwhile: a concurrent reader."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "stream-scrubber.verify",  # asked for by the client, joined never
            "isolation.level": isolation,
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "error",
            "check.crcs": True,
            "enable.metrics.push": False,
        }
    )
    try:
        position = {place: 0 for topic in topics for place in _partitions(consumer, topic)}
        position = {place: _first(consumer, place) for place in position}
        last = False
        while not last:
            last = done()  # asked before reading: what is written before `done` is read
            yield from _to_the_end(consumer, position)
    finally:
        consumer.close()


def _to_the_end(consumer: Consumer, position: dict[tuple[str, int], int]) -> Iterator[Record]:
    """Assigned anew, every partition says once where it ends."""
    consumer.assign([TopicPartition(*place, offset) for place, offset in position.items()])
    unfinished = set(position)
    heard = time.monotonic()
    while unfinished:
        messages = consumer.consume(BATCH, 0.5)
        if messages:
            heard = time.monotonic()
        elif time.monotonic() - heard > SILENCE_SECONDS:
            raise Temporary(
                f"no end of {len(unfinished)} partitions within {SILENCE_SECONDS:.0f} s of silence"
            )
        for message in messages:
            error = message.error()
            if error is None:
                record = _record(message)
                position[record.topic, record.partition] = record.offset + 1
                yield record
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 the client's only name for it
                unfinished.discard((message.topic() or "", message.partition() or 0))
            else:
                raise KafkaException(error)


def _partitions(consumer: Consumer, topic: str) -> list[tuple[str, int]]:
    described = consumer.list_topics(topic, timeout=10).topics[topic]
    if described.error is not None:
        raise KafkaException(described.error)
    return [(topic, partition) for partition in described.partitions]


def _first(consumer: Consumer, place: tuple[str, int]) -> int:
    first, _ = consumer.get_watermark_offsets(TopicPartition(*place), timeout=10)
    return int(first)


def _record(message: Any) -> Record:  # the client's types leave open what a message without error has
    kind, timestamp = message.timestamp()
    return Record(
        value=message.value(),
        key=message.key(),
        headers=message.headers(),
        timestamp=None if kind == TIMESTAMP_NOT_AVAILABLE else timestamp,
        topic=message.topic(),
        partition=message.partition(),
        offset=message.offset(),
    )


def _place(record: Record) -> tuple[str, int, int]:
    return record.topic, record.partition, record.offset
