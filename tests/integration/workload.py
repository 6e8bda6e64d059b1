"""The reference workload with hostile records among it, and what has to become of each.

Rules:

- Everything is made anew from a seed, so that 400,000 records need not be kept.
- What a pseudonym must be is computed here from the test's own key file, by the published form, not by the product.
- A hostile record is a broken copy of a good one: the canaries of the good one must not be seen again either.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from confluent_kafka import Producer

from benchmarks.workload import events, reference
from stream_scrubber.record import Record
from stream_scrubber.verify.history import Expect, Produced

PARTITIONS = 6
FLOOR_MS = 15 * 60 * 1000
REALM = "reference"
DOMAINS = {"messageId": "message", "userId": "user", "anonymousId": "anonymous"}

Event = dict[str, Any]


def _edited(change: Callable[[Event], Any]) -> Callable[[bytes], bytes]:
    def edit(value: bytes) -> bytes:
        event = json.loads(value)
        change(event)
        return json.dumps(event, separators=(",", ":")).encode()

    return edit


def _replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda value: value.replace(old, new, 1)


HOSTILE: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
    ("bad_json", lambda value: value[:-9]),
    ("bad_json", lambda value: value + b"{}"),
    ("bad_json", _replaced(b'"density":3', b'"density":NaN')),
    ("duplicate_key", _replaced(b'"userId":', b'"userId":"u-1","userId":')),
    ("duplicate_key", _replaced(b'"userId":', b'"\\u0075serId":"u-1","userId":')),
    ("type", _edited(lambda event: event["context"].update(ip=5))),
    ("type", _edited(lambda event: event.update(userId=[event["userId"]]))),
    ("bad_ip", _edited(lambda event: event["context"].update(ip="999.1.2.3"))),
    ("bad_time", _edited(lambda event: event.update(timestamp="yesterday"))),
    ("bad_place", _edited(lambda event: event["context"]["location"].update(latitude=123.4567))),
    ("bad_utf8", _replaced(b'"userId":"u', b'"userId":"\xff')),
    ("bad_encoding", lambda value: b"\xef\xbb\xbf" + value),
    ("bad_number", _replaced(b'"density":3', b'"density":1e999')),
    ("number_range", lambda value: value[:-1] + b',"more":%d}' % 2**70),
    ("too_deep", lambda value: value[:-1] + b',"more":' + b"[" * 100 + b"]" * 100 + b"}"),
    ("not_object", lambda value: b"[" + value + b"]"),
    ("not_object", lambda _value: b"null"),
    ("empty", lambda _value: b""),
    ("shape", _edited(lambda event: event.update(context=event["context"]["ip"]))),
    ("schema_bytes", lambda value: b"\0\0\0\0\1" + value),
    ("bad_key", lambda value: value),  # its key is binary, see `records`
)
"""Code of the dead letter, and how a good value is broken."""


@dataclass
class Workload:
    """`count` records for `topic`, every `hostile_every`-th broken. `base` (ms) is about when they were produced."""

    topic: str
    count: int
    base: int
    seed: int = 1
    hostile_every: int = 1000
    rate_per_s: float = 2_000.0
    originals: dict[str, events.Raw] = field(default_factory=dict)
    """The good ones behind the broken ones, by coordinates."""

    def _good(self) -> Iterator[events.Raw]:
        return events.records(self.count, self.seed, users=2_000, rate_per_s=self.rate_per_s)

    def records(self) -> Iterator[tuple[Produced, events.Raw]]:
        """In the order produced, with the offsets that a fresh topic gives them."""
        following = [0] * PARTITIONS
        for number, raw in enumerate(self._good()):
            code, key, value = "", raw.key, raw.value
            if number % self.hostile_every == self.hostile_every - 1:
                code, break_ = HOSTILE[number // self.hostile_every % len(HOSTILE)]
                value = break_(raw.value)
                if code == "bad_key":
                    key = b"\xff\xfe\x00" + key
            partition = zlib.crc32(key) % PARTITIONS
            stamp = self.base + number // 2_000
            headers: list[tuple[str, bytes | None]] = list(raw.headers)
            record = Record(value, key, headers, stamp, self.topic, partition, following[partition])
            following[partition] += 1
            identity = json.loads(raw.value)["messageId"]
            yield Produced(identity, record, Expect.DEAD_LETTER if code else Expect.CLEAN, code), raw

    def produced(self) -> Iterator[Produced]:
        for each, raw in self.records():
            if each.expect is Expect.DEAD_LETTER:
                r = each.record
                self.originals[f"{r.topic}/{r.partition}/{r.offset}"] = raw
            yield each

    def produce(self, bootstrap: str, *, pause: Callable[[int], None] = lambda _number: None) -> None:
        """All of them, acknowledged. `pause` is called with each number and may sleep."""
        producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 5})
        failed: list[str] = []

        def delivered(error: Any, _message: Any) -> None:
            if error is not None:
                failed.append(error.name())

        for number, (each, _) in enumerate(self.records()):
            pause(number)
            r = each.record
            while True:
                try:
                    producer.produce(
                        r.topic,
                        r.value,
                        r.key,
                        r.partition,
                        on_delivery=delivered,
                        timestamp=r.timestamp or 0,
                        headers=r.headers,
                    )
                    break
                except BufferError:
                    producer.poll(0.1)
            if number % 500 == 0:
                producer.poll(0)
        assert producer.flush(60) == 0
        assert not failed, f"{len(failed)} records were not produced: {failed[0]}"

    def canaries(self, produced: Produced) -> set[str]:
        r = produced.record
        if produced.expect is Expect.DEAD_LETTER:
            return events.canaries(self.originals[f"{r.topic}/{r.partition}/{r.offset}"])
        headers = [(name, value or b"") for name, value in r.headers or ()]
        return events.canaries(events.Raw(r.key or b"", r.value or b"", r.timestamp or 0, headers))


@dataclass(frozen=True)
class Pseudonyms:
    """All tokens that the keys of a key file give: written from the description, to check the product by."""

    keys: tuple[bytes, ...]

    @classmethod
    def of(cls, key_file: Path) -> Pseudonyms:
        realms = json.loads(key_file.read_bytes())["realms"]
        return cls(tuple(bytes.fromhex(key) for key in realms.get(REALM, {}).values() if key))

    def of_value(self, domain: str, value: str) -> set[str]:
        prefix = b"\x01" + b"".join(len(part).to_bytes(2, "big") + part for part in (REALM.encode(), domain.encode()))
        text = value.replace("-", "").lower() if len(value) == 36 and value[8:24:5] == "----" else value
        tokens = set()
        for key in self.keys:
            digest = hashlib.blake2b(prefix + text.encode(), digest_size=15, key=key).digest()
            tokens.add(base64.b32encode(digest).decode().lower())
        return tokens


@dataclass
class Oracle:
    """Whether a clean record is what the reference policy means."""

    pseudonyms: Pseudonyms

    def ids(self, workload: Workload) -> Mapping[str, str]:
        """Token of the message id → message id, for every record."""
        return {
            token: each.id
            for each, _ in workload.records()
            for token in self.pseudonyms.of_value("message", each.id)
        }

    def __call__(self, produced: Produced, clean: Record) -> bool:
        raw = produced.record
        event, seen = json.loads(raw.value or b""), json.loads(clean.value or b"")
        wanted = reference.scrub(event)
        tokens = [(seen, name, event[name], domain) for name, domain in DOMAINS.items()]
        tokens.append((seen["context"]["device"], "advertisingId", event["context"]["device"]["advertisingId"], "ad"))
        if not all(where.pop(name) in self.pseudonyms.of_value(domain, value) for where, name, value, domain in tokens):
            return False
        for name in DOMAINS:
            del wanted[name]
        del wanted["context"]["device"]["advertisingId"]
        place = seen["context"]["location"]
        for name in ("latitude", "longitude"):
            if place[name] != round(place[name], 1):
                return False
            place[name] = round(place[name] * 10)
        return (
            seen == wanted
            and (clean.key or b"").decode() in self.pseudonyms.of_value("user", (raw.key or b"").decode())
            and clean.timestamp == (raw.timestamp or 0) // FLOOR_MS * FLOOR_MS
            and not clean.headers
        )
