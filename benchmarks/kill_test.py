#!/usr/bin/env python3
"""The kill test in its full form: 400,000 reference events, 400 of them hostile, two workers, six `kill -9`.

    python -m benchmarks.kill_test [EVENTS]

The short form of the same experiment runs with the tests (`tests/integration/test_delivery.py`).
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

from tests.integration.kafka_jars import KAFKA_VERSION, fetch
from tests.integration.kafka_lab import Broker
from tests.integration.rig import Rig
from tests.integration.test_delivery import KILLS, kill_and_restart, now
from tests.integration.workload import Workload


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 400_000
    # two blocks: the rig's workers end before the broker
    with tempfile.TemporaryDirectory() as folder, Broker(fetch(), Path(folder) / "kafka") as broker:
        rig = Rig(broker.bootstrap, Path(folder) / "rig")
        with rig:
            started = time.monotonic()
            workload = Workload(rig.raw, count, now())
            verdict = kill_and_restart(
                rig, workload, kills=KILLS, seed=7, seconds=count / 4_000, patience=600
            )
            print(f"Apache Kafka {KAFKA_VERSION}, {count:,} events, {KILLS} kills: {time.monotonic() - started:.0f} s")
            print(verdict)
            print(f"resident memory of this judge: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")
            whole = verdict.clean + verdict.dead_letters == count and verdict.aborted > 0
    return 0 if verdict.ok and whole else 1


if __name__ == "__main__":
    raise SystemExit(main())
