"""A run without Kafka: the reference workload through the reference policy, to be mutated by tests."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.workload import events, reference
from stream_scrubber.record import Record
from stream_scrubber.verify.history import Expect, Produced, Released
from stream_scrubber.verify.judge import judge
from stream_scrubber.verify.verdict import Verdict

PARTITIONS = 4
CLEAN, DEAD = "clean.bench", "dlq.bench"
Event = dict[str, Any]


def canaries(produced: Produced) -> set[str]:
    raw = produced.record
    assert raw.key is not None
    assert raw.value is not None
    headers = [(name, value or b"") for name, value in raw.headers or ()]
    return events.canaries(events.Raw(raw.key, raw.value, raw.timestamp or 0, headers))


def identify(clean: Record) -> str | None:
    found = json.loads(clean.value or b"{}").get("messageId")
    return found if isinstance(found, str) else None


def oracle(produced: Produced, clean: Record) -> bool:
    raw = produced.record
    return (
        json.loads(clean.value or b"") == reference.scrub(json.loads(raw.value or b""))
        and clean.key == reference.scrub_key(raw.key or b"")
        and clean.timestamp == reference.scrub_timestamp(raw.timestamp or 0)
        and not clean.headers
    )


@dataclass
class Run:
    """What was produced and released; tests change `committed`, `aborted` and `texts` at will."""

    produced: list[Produced]
    committed: list[Record] = field(default_factory=list)
    aborted: list[Record] = field(default_factory=list)
    texts: dict[str, bytes] = field(default_factory=dict)

    def judge(self) -> Verdict:
        return judge(
            self.produced,
            Released(self.committed, self.aborted),
            identify=identify,
            oracle=oracle,
            canaries=canaries,
            dead_letter_topics={DEAD},
            texts=self.texts,
        )

    def replace(self, number: int, **change: Any) -> None:
        self.committed[number] = self.committed[number]._replace(**change)

    def edit(self, number: int, change: Callable[[Event], Any]) -> None:
        event = json.loads(self.committed[number].value or b"")
        change(event)
        self.replace(number, value=json.dumps(event).encode())


def raw_records(count: int, seed: int = 1) -> list[Produced]:
    """As a producer places them: a key has its partition. 300 span 25 minutes, so that floors show."""
    following = [0] * PARTITIONS
    produced = []
    for raw in events.records(count, seed, users=200, rate_per_s=0.2):
        partition = zlib.crc32(raw.key) % PARTITIONS
        place = ("raw.bench", partition, following[partition])
        following[partition] += 1
        record = Record(raw.value, raw.key, list(raw.headers), raw.timestamp_ms, *place)
        produced.append(Produced(reference.pseudonym(json.loads(raw.value)["messageId"]), record))
    return produced


def run(count: int = 300, *, scrub: Callable[[Event], Event] = reference.scrub) -> Run:
    """All of them clean, by `scrub`."""
    toy = Run(raw_records(count))
    following = [0] * PARTITIONS
    for each in toy.produced:
        raw = each.record
        key = reference.scrub_key(raw.key or b"")
        partition = zlib.crc32(key) % PARTITIONS
        value = json.dumps(scrub(json.loads(raw.value or b"")), separators=(",", ":")).encode()
        stamp = reference.scrub_timestamp(raw.timestamp or 0)
        toy.committed.append(Record(value, key, [], stamp, CLEAN, partition, following[partition]))
        following[partition] += 1
    return toy


def dead_letter(produced: Produced, offset: int = 0, code: str = "bad_json") -> Record:
    """A pointer, as the product writes it."""
    raw = produced.record
    headers: list[tuple[str, bytes | None]] = [
        ("__connect.errors.topic", raw.topic.encode()),
        ("__connect.errors.partition", str(raw.partition).encode()),
        ("__connect.errors.offset", str(raw.offset).encode()),
        ("scrubber.code", code.encode()),
    ]
    return Record(None, None, headers, 0, DEAD, 0, offset)


def expect(toy: Run, number: int, expected: Expect, code: str = "") -> None:
    toy.produced[number] = toy.produced[number]._replace(expect=expected, code=code)
