"""The promise, as an experiment that can fail: kills, restarts, hostile records, and a judge that knows no worker.

``python -m benchmarks.kill_test`` takes 400,000 records instead of 20,000.
"""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

import pytest

from stream_scrubber.verify.verdict import Verdict
from tests.integration.conftest import GivenKafka
from tests.integration.kafka_lab import Broker
from tests.integration.rig import Rig, until
from tests.integration.workload import Workload

AnyKafka = Broker | GivenKafka
COUNT = 20_000
KILLS = 6


def now() -> int:
    return time.time_ns() // 1_000_000


def kill_and_restart(
    rig: Rig, workload: Workload, *, kills: int, seed: int, seconds: float, patience: float = 60, mutant: str = "slow"
) -> Verdict:
    """Two workers, `kills` seeded `kill -9` with restarts while records arrive for about `seconds`."""
    dice = random.Random(seed)
    every = max(1, int(workload.count / seconds / 20))
    arriving = threading.Thread(
        target=workload.produce,
        args=(rig.bootstrap,),
        kwargs={"pause": lambda number: time.sleep(0.05) if number % every == 0 else None},
        daemon=True,
    )
    arriving.start()
    slots = [rig.start("--instance", str(slot), mutant=mutant) for slot in (0, 1)]
    for worker in slots:
        worker.url()
    for _ in range(kills):
        victim = dice.randrange(2)
        until(lambda: slots[victim].events("assigned"), "the next one to be killed works")  # noqa: B023  asked now
        time.sleep(dice.uniform(0.2, 1.2) * seconds / 20)
        slots[victim].kill()
        slots[victim] = rig.start("--instance", str(victim), mutant=mutant)
    killed = time.monotonic()
    arriving.join()
    rig.wait_for_lag_zero(patience)
    print(f"lag 0 {time.monotonic() - killed:.1f} s after the last kill")
    rig.scrape()
    assert [worker.terminate() for worker in slots] == [0, 0]
    return rig.judge(workload)


def test_nothing_is_lost_twice_or_leaked_over_six_kills(kafka: AnyKafka, tmp_path: Path) -> None:
    with Rig(kafka.bootstrap, tmp_path) as rig:
        rig.write(batch={"records": 500})
        workload = Workload(rig.raw, COUNT, now())
        started = time.monotonic()
        verdict = kill_and_restart(rig, workload, kills=KILLS, seed=7, seconds=20)
        print(f"{time.monotonic() - started:.0f} s\n{verdict}")
        assert verdict.ok, verdict
        assert (verdict.clean, verdict.dead_letters) == (COUNT - COUNT // 1000, COUNT // 1000)
        assert verdict.aborted, "no kill landed inside a transaction: the experiment showed nothing"


def one_run(kafka: AnyKafka, folder: Path, mutant: str, *, count: int = 600, point: str = "") -> Verdict:
    """One worker on records that are there already, restarted if it dies."""
    with Rig(kafka.bootstrap, folder) as rig:
        rig.write(batch={"records": 200})
        workload = Workload(rig.raw, count, now(), hostile_every=100, rate_per_s=0.5)  # 20 minutes: floors show
        workload.produce(rig.bootstrap)
        (rig.folder / "armed").touch()
        worker = rig.start(mutant=mutant, point=point)
        deadline = time.monotonic() + 60
        while rig.behind():
            assert time.monotonic() < deadline, worker.text()
            if not worker.running:
                worker = rig.start(mutant=mutant, point=point)
            time.sleep(0.2)
        time.sleep(0.3)  # the lossy one produces after it commits
        if worker.running:
            worker.terminate()
        assert not point or (rig.folder / f"killed-at-{point}").exists()
        return rig.judge(workload)


@pytest.mark.parametrize(
    ("mutant", "caught_by"),
    [
        ("leaky", ("leaked", "wrong")),
        ("fine", ("wrong",)),
        ("refusing", ("misrouted",)),
        ("twice", ("duplicated",)),
        ("lossy", ("lost",)),
    ],
)
def test_a_worker_broken_on_purpose_is_caught(
    kafka: AnyKafka, tmp_path: Path, mutant: str, caught_by: tuple[str, ...]
) -> None:
    verdict = one_run(kafka, tmp_path, mutant)
    assert not verdict.ok
    assert all(getattr(verdict, kind) for kind in caught_by), verdict
