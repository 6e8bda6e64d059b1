#!/usr/bin/env python3
"""What one event of the reference workload costs in the engine, without Kafka, beside hand-written orjson code.

    python benchmarks/engine.py [EVENTS]

CPU time of one core, best of five passes, both in turn; the ratio is what counts on a noisy machine.
"""

from __future__ import annotations

import hmac
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

from benchmarks.workload import events, reference
from stream_scrubber import KeyRing, MemoryKeystore, Pipeline, Policy, Record, Scrubbed

POLICY = Path(__file__).parents[1] / "examples" / "reference" / "policy.yaml"
KEY = bytes(32)


def by_hand(value: bytes) -> bytes:
    """What a careful person writes for this one policy: no checks of input, no epochs, nothing configurable."""
    e = orjson.loads(value)
    c, p = e["context"], e["properties"]

    def token(text: str) -> str:
        return hmac.digest(KEY, text.encode(), "sha256").hex()

    return orjson.dumps(
        {
            "type": e["type"],
            "event": e["event"],
            "messageId": token(e["messageId"]),
            "timestamp": reference.floor_iso(e["timestamp"]),
            "userId": token(e["userId"]),
            "anonymousId": token(e["anonymousId"]),
            "context": {
                "ip": reference.truncate_ip(c["ip"]),
                "locale": c["locale"][:2],
                "app": {"name": c["app"]["name"], "version": c["app"]["version"]},
                "device": {"advertisingId": token(c["device"]["advertisingId"]), "type": c["device"]["type"]},
                "os": {"name": c["os"]["name"]},
                "screen": {
                    "width": c["screen"]["width"] // 100 * 100,
                    "height": c["screen"]["height"] // 100 * 100,
                },
                "location": {
                    "latitude": c["location"]["latitude"] * 10 // 1 / 10,
                    "longitude": c["location"]["longitude"] * 10 // 1 / 10,
                },
            },
            "properties": {
                "comment": reference.mask(p["comment"]),
                "total": p["total"] // 10 * 10,
                "currency": p["currency"],
                "items": [{"category": i["category"], "price": i["price"] // 5 * 5} for i in p["items"]],
            },
        }
    )


def cost(run: Callable[[Any], object], events: Sequence[Any]) -> float:
    """µs of CPU an event, one pass. Results are not kept, as a worker does not keep them either."""
    started = time.process_time()
    for event in events:
        run(event)
    return (time.process_time() - started) / len(events) * 1e6


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    raw = list(events.records(count))
    policy = Policy.load(POLICY)
    assert policy.epochs
    pipeline = Pipeline(policy, KeyRing(MemoryKeystore(), policy.realm, policy.epochs, True))
    records = [Record(r.value, r.key, list(r.headers), r.timestamp_ms, "raw.bench") for r in raw]
    values = [record.value or b"" for record in records]
    assert all(isinstance(pipeline(record), Scrubbed) for record in records)
    product, hand = [], []
    for _ in range(5):
        product.append(cost(pipeline, records))
        hand.append(cost(by_hand, values))
    print(f"events        {count:>9,} of {sum(len(r.value) for r in raw) // count} B")
    print(f"by hand       {min(hand):9.2f} µs CPU an event (value only, orjson, unchecked input)")
    print(f"reference     {min(product):9.2f} µs CPU an event (value, key, headers, timestamp)")
    print(f"ratio         {min(product) / min(hand):9.2f}")


if __name__ == "__main__":
    main()
