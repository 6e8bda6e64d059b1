"""A stream-scrubber as its users have it: a folder with a service file, topics on a real Kafka, worker processes.

Rules:

- A worker is a process of its own, started by the command line's own `main`; what it prints goes to a file that
  is searched for canaries at the end.
- Every process is ended by its handle when the rig ends, also when a test fails.
- `mutant` starts a worker that is broken (or slowed) on purpose, see `mutants.py`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from confluent_kafka import Consumer, TopicPartition

from stream_scrubber.keys import FileKeystore
from stream_scrubber.verify.judge import judge
from stream_scrubber.verify.read import read_released
from stream_scrubber.verify.verdict import Verdict
from tests.integration.kafka_lab import create_topics
from tests.integration.workload import PARTITIONS, Oracle, Pseudonyms, Workload

ROOT = Path(__file__).parents[2]
POLICY = ROOT / "examples" / "reference" / "policy.yaml"
DAY_MS = 86_400_000


class Process:
    """One worker. `log` is the file with all it printed."""

    def __init__(self, command: list[str], log: Path, environment: dict[str, str]) -> None:
        self.log = log
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=environment, cwd=log.parent
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def wait(self, seconds: float = 60) -> int:
        """Its exit code."""
        return self._process.wait(seconds)

    def terminate(self, seconds: float = 30) -> int:
        if self.running:
            self._process.send_signal(signal.SIGTERM)
        return self.wait(seconds)

    def text(self) -> str:
        return self.log.read_text(errors="replace")

    def events(self, name: str) -> list[dict[str, Any]]:
        """The JSON lines of this event."""
        found = []
        for line in self.text().splitlines():
            if line.startswith("{"):
                try:
                    parsed = json.loads(line)
                except ValueError:
                    continue  # the last line of a killed one
                if parsed.get("event") == name:
                    found.append(parsed)
        return found

    def url(self) -> str:
        [running] = until(lambda: self.events("running")[-1:], f"{self.log.name} runs")
        return str(running["metrics"]).removesuffix("/metrics")

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(self.url() + path, timeout=5) as answer:  # noqa: S310  loopback
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


def until(ask: Callable[[], Any], what: str, seconds: float = 60.0) -> Any:
    """What `ask` gives when it gives something. Fails with `what`."""
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.1)


class Rig:
    """A service with the reference policy. Its topics are its own."""

    def __init__(self, bootstrap: str, folder: Path, *, partitions: int = PARTITIONS, topics: bool = True) -> None:
        self.bootstrap, self.folder = bootstrap, folder
        self.name = uuid.uuid4().hex[:8]
        self.raw, self.clean, self.dead = (f"{kind}.{self.name}" for kind in ("raw", "clean", "dlq"))
        self.group = f"g.{self.name}"
        self.service, self.policy = folder / "scrubber.yaml", folder / "policy.yaml"
        self.keys = folder / "keys.json"
        self.workers: list[Process] = []
        self.texts: dict[str, bytes] = {}
        folder.mkdir(parents=True, exist_ok=True)
        FileKeystore.init(self.keys, time.time_ns() // 1_000_000 - DAY_MS)
        self.write_policy()
        self.write()
        if topics:
            create_topics(bootstrap, {self.raw: partitions, self.clean: partitions, self.dead: 1})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        for worker in self.workers:
            if worker.running:
                worker.kill()

    def write_policy(self, change: Callable[[str], str] = lambda text: text) -> None:
        text = POLICY.read_text()
        for old, new in (("raw.bench", self.raw), ("clean.bench", self.clean), ("dlq.bench", self.dead)):
            text = text.replace(old, new)
        self.policy.write_text(change(text))

    def write(self, **more: Any) -> None:
        """The service file (JSON is YAML). `more` replaces its words."""
        content = {
            "version": 1,
            "name": "test",
            "group": self.group,
            "kafka": {"common": {"bootstrap.servers": self.bootstrap}, "consumer": {"session.timeout.ms": 6000}},
            "http": {"port": 0},
            "policies": "policy.yaml",
        }
        self.service.write_text(json.dumps({**content, **more}, indent=1))

    def environment(self) -> dict[str, str]:
        runtime = self.folder / "run"
        runtime.mkdir(exist_ok=True)
        return {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "SCRUBBER_KEYSTORE": f"file:{self.keys}",
            "XDG_RUNTIME_DIR": str(runtime),
        }

    def start(self, *options: str, mutant: str = "", point: str = "") -> Process:
        """One worker. `point` is for the mutant `crashing`."""
        module = "tests.integration.mutants" if mutant else "stream_scrubber.cli"
        entry = f"from {module} import main; raise SystemExit(main({f'{mutant!r}' if mutant else ''}))"
        command = [sys.executable, "-c", entry, "run", str(self.service), *options]
        file = self.folder / f"worker-{len(self.workers)}.log"
        worker = Process(command, file, {**self.environment(), "CRASH_POINT": point})
        self.workers.append(worker)
        return worker

    def call(self, *words: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """The command line, to its end."""
        entry = "from stream_scrubber.cli import main; raise SystemExit(main())"
        return subprocess.run(
            [sys.executable, "-c", entry, *words],
            capture_output=True, text=True, env=self.environment(), timeout=seconds, check=False,
        )  # fmt: skip

    def behind(self) -> int:
        """Records of raw that the group has not committed."""
        settings = {"bootstrap.servers": self.bootstrap, "group.id": self.group, "log_level": 0}
        # a reader of committed offsets would wait for the transaction that a killed worker left open
        consumer = Consumer({**settings, "isolation.level": "read_uncommitted"})
        try:
            count = len(consumer.list_topics(self.raw, timeout=10).topics[self.raw].partitions)
            places = consumer.committed([TopicPartition(self.raw, number) for number in range(count)], timeout=20)
            lag = 0
            for place in places:
                low, high = consumer.get_watermark_offsets(TopicPartition(place.topic, place.partition), timeout=10)
                lag += high - max(low, place.offset)
            return lag
        finally:
            consumer.close()

    def wait_for_lag_zero(self, seconds: float = 60.0) -> float:
        """How long it took."""
        started = time.monotonic()
        until(lambda: self.behind() == 0, "lag 0", seconds)
        return time.monotonic() - started

    def scrape(self) -> None:
        """Keep what the running workers show."""
        for number, worker in enumerate(self.workers):
            if worker.running:
                for path in ("/metrics", "/healthz", "/readyz"):
                    self.texts[f"{number}{path}"] = worker.get(path)[1].encode()

    def judge(self, workload: Workload) -> Verdict:
        """The verdict on all that was released, logged and shown."""
        oracle = Oracle(Pseudonyms.of(self.keys))
        ids = oracle.ids(workload)
        texts = {**self.texts, **{worker.log.name: worker.log.read_bytes() for worker in self.workers}}
        return judge(
            workload.produced(),
            read_released(self.bootstrap, [self.clean, self.dead]),
            identify=lambda record: ids.get(json.loads(record.value or b"{}").get("messageId", "")),
            oracle=oracle,
            canaries=workload.canaries,
            dead_letter_topics={self.dead},
            texts=texts,
        )
