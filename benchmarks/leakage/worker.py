#!/usr/bin/env python3
"""What measuring live costs the worker: CPU an event of the reference backend, with the monitor and without.

    python -m benchmarks.leakage.worker [--records N] [--rounds N] [--rate SHARE]

Both in one run and in turns, the least of several rounds, because other work on the machine only ever adds. Publishing
is told apart: it happens once a minute whatever the rate of events.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.workload import events
from stream_scrubber import KeyRing, MemoryKeystore, Pipeline, Policy, Record
from stream_scrubber.leakage.monitor import RATE, LeakageMonitor

POLICY = Path(__file__).parents[2] / "examples" / "reference" / "policy.yaml"
NOW = 1_795_392_000_000


def cost(work: Callable[[], object], count: int) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) / count * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rate", type=float, default=RATE)
    args = parser.parse_args()
    policy = Policy.load(POLICY)
    assert policy.epochs
    ring = KeyRing(MemoryKeystore(), policy.realm, policy.epochs, every_epoch_open=True)
    played = [
        Record(one.value, one.key, list(one.headers), one.timestamp_ms, "raw.bench", 0, at)
        for at, one in enumerate(events.records(args.records))
    ]
    gc.collect()
    gc.freeze()
    best = {"off": float("inf"), "windows only": float("inf"), "on": float("inf")}
    monitor = _monitor(policy, args.rate)
    for _ in range(args.rounds):
        for name, rate in (("off", None), ("windows only", 0.0), ("on", args.rate)):
            monitor = monitor if rate is None else _monitor(policy, rate)
            pipeline = Pipeline(policy, ring, observer=None if rate is None else monitor)
            best[name] = min(best[name], cost(lambda pipeline=pipeline: _all(pipeline, played), len(played)))  # type: ignore[misc]
    print(f"{args.records:,} events, two sets, {args.rate:.0%} of them looked at field by field; µs of CPU an event")
    for name, spent in best.items():
        print(f"  {name:14}{spent:8.1f}   {spent / best['off'] - 1:+6.1%}")
    monitor.pipeline = Pipeline(policy, ring)
    began = time.process_time()
    monitor.publish()
    print(f"  one publication {1e3 * (time.process_time() - began):6.0f} ms, once a minute")
    print(f"  sketches packed {sum(one.windows.size() for one in monitor._topics.values()) / 1024:6.0f} KiB")  # noqa: SLF001


def _all(pipeline: Pipeline, played: Sequence[Record]) -> None:
    for record in played:
        pipeline(record)


def _monitor(policy: Policy, rate: float) -> LeakageMonitor:
    return LeakageMonitor(policy, lambda: NOW, rate=rate)


if __name__ == "__main__":
    main()
