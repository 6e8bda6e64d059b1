"""A real Apache Kafka on this machine that tests may stop, kill and freeze.

Rules:

- Brokers listen on loopback only, on ports chosen before the start and kept over restarts, so that clients
  find a restarted broker under its old address.
- A broker is ended by its process id, and always is: `stop` also ends one that was paused.
- A kill keeps the data folder and the page cache: `start` goes on with what was acknowledged. The loss of a
  disk is a matter for `Cluster`, which replicates three times.
- Settings are for small machines: few partitions for the internal topics, a small heap, short waits.
"""

from __future__ import annotations

import base64
import contextlib
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

INTERNAL_PARTITIONS = 3
START_SECONDS = 60
STOP_SECONDS = 30
HEAP = "512m"
CLUSTER_HEAP = "384m"

_SMALL: Mapping[str, object] = {
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    "auto.create.topics.enable": "false",
    "offsets.topic.num.partitions": INTERNAL_PARTITIONS,
    "transaction.state.log.num.partitions": INTERNAL_PARTITIONS,
    # a killed broker registers again only when its old session is over: 9 s by default
    "broker.session.timeout.ms": 2000,
    "broker.heartbeat.interval.ms": 500,
    "group.initial.rebalance.delay.ms": 0,
    "group.min.session.timeout.ms": 1000,
    "group.consumer.min.session.timeout.ms": 3000,
    "group.consumer.min.heartbeat.interval.ms": 1000,
    "group.consumer.heartbeat.interval.ms": 1000,
    "group.consumer.session.timeout.ms": 6000,
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": 1000,
    "log.cleaner.dedupe.buffer.size": 8388608,  # the default of 128 MiB does not fit the heap
}


def free_ports(count: int) -> list[int]:
    """Loopback ports that nobody listens on now, all different."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _new_cluster_id() -> str:
    # a leading dash would be read as an option of the format tool
    return "k" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[1:22]


@dataclass(frozen=True, slots=True)
class Node:
    """One broker's number and ports; `advertised` differs from `port` when a proxy stands before it."""

    number: int
    port: int
    controller_port: int
    advertised: int

    @classmethod
    def new(cls, number: int = 1, advertised: int | None = None) -> Self:
        port, controller_port = free_ports(2)
        return cls(number, port, controller_port, advertised or port)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.advertised}"


class Broker:
    """One broker, which is its own controller or one of a static quorum. `folder` holds all it writes."""

    def __init__(
        self,
        jars: Path,
        folder: Path,
        *,
        node: Node | None = None,
        settings: Mapping[str, object] | None = None,
        heap: str = HEAP,
        cluster_id: str | None = None,
    ) -> None:
        """With `cluster_id` the quorum stands in `settings`; without, the broker makes one of its own."""
        self.node = node or Node.new()
        self.bootstrap = self.node.address
        self._folder = folder
        self._properties = folder / "server.properties"
        self._log = folder / "broker.log"
        self._standalone = cluster_id is None
        self._cluster_id = cluster_id or _new_cluster_id()
        self._settings = {**_SMALL, **self._own_settings(), **(settings or {})}
        options = [f"-Xmx{heap}", "-XX:+UseSerialGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
        self._java = ["java", *options, "-cp", f"{jars}/*"]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *reason: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process id of the running broker."""
        return self._running.pid

    def start(self, *, wait: bool = True) -> None:
        """Starts with the data of earlier starts, and waits until it answers."""
        self._format()
        with self._log.open("ab") as log:
            command = [*self._java, "kafka.Kafka", str(self._properties)]
            self._process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        if wait:
            self.wait()

    def wait(self) -> None:
        """Until this broker answers a client and is named by the metadata."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._running.poll() is not None:
                raise RuntimeError(f"broker {self.node.number} ended while starting, see {self._log}")
            if _answers(f"127.0.0.1:{self.node.port}", self.node.number):
                return
        self.kill()
        raise RuntimeError(f"broker {self.node.number} does not answer, see {self._log}")

    def stop(self) -> None:
        """Ends it in good order (SIGTERM), a frozen one too, and does nothing when it is down."""
        if self._process is None:
            return
        self._running.send_signal(signal.SIGCONT)
        self._running.terminate()
        try:
            self._running.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._running.kill()
        self._ended()

    def kill(self) -> None:
        """Ends it at once (SIGKILL); the data stays."""
        self._running.kill()
        self._ended()

    def pause(self) -> None:
        """Freezes it (SIGSTOP): connections stay open, nothing answers."""
        self._running.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Lets a frozen broker go on (SIGCONT)."""
        self._running.send_signal(signal.SIGCONT)

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError(f"broker {self.node.number} is not running")
        return self._process

    def _ended(self) -> None:
        self._running.wait()
        self._process = None

    def _own_settings(self) -> dict[str, object]:
        node = self.node
        return {
            "node.id": node.number,
            "listeners": f"PLAINTEXT://127.0.0.1:{node.port},CONTROLLER://127.0.0.1:{node.controller_port}",
            "advertised.listeners": f"PLAINTEXT://{node.address}",
            "log.dirs": self._folder / "data",
            **(
                {"controller.quorum.bootstrap.servers": f"127.0.0.1:{node.controller_port}"}
                if self._standalone
                else {}
            ),
            **_replicas(1, in_sync=1),
        }

    def _format(self) -> None:
        if (self._folder / "data" / "meta.properties").exists():
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        self._properties.write_text("".join(f"{name}={value}\n" for name, value in self._settings.items()))
        command = [
            *self._java,
            "kafka.tools.StorageTool",
            "format",
            "-t",
            self._cluster_id,
            "-c",
            str(self._properties),
        ]
        if self._standalone:
            command.append("--standalone")
        with self._log.open("ab") as log:
            subprocess.run(command, stdout=log, stderr=log, check=True)


class Cluster:
    """Three brokers with a static quorum: every topic has three replicas, two of which have to be in sync."""

    def __init__(self, jars: Path, folder: Path, *, settings: Mapping[str, object] | None = None) -> None:
        nodes = [Node.new(number) for number in (1, 2, 3)]
        voters = ",".join(f"{node.number}@127.0.0.1:{node.controller_port}" for node in nodes)
        shared = {"controller.quorum.voters": voters, **_replicas(3, in_sync=2), **(settings or {})}
        name = _new_cluster_id()
        self.bootstrap = ",".join(node.address for node in nodes)
        self.brokers = {
            node.number: Broker(
                jars,
                folder / str(node.number),
                node=node,
                settings=shared,
                heap=CLUSTER_HEAP,
                cluster_id=name,
            )
            for node in nodes
        }

    def __enter__(self) -> Self:
        try:
            for broker in self.brokers.values():
                broker.start(wait=False)  # one alone has no majority
            for broker in self.brokers.values():
                broker.wait()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *reason: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends all of them. Without order: the last two would wait for a majority that is gone."""
        for broker in self.brokers.values():
            if broker._process is not None:
                broker.kill()

    def leader(self, topic: str, partition: int = 0) -> Broker:
        """The broker that leads this partition now."""
        described = AdminClient(_quiet(self.bootstrap)).list_topics(timeout=10)
        return self.brokers[described.topics[topic].partitions[partition].leader]

    def coordinator_of_group(self, group: str) -> Broker:
        """The broker that keeps this consumer group; its topic exists once any group has been used."""
        return self.leader("__consumer_offsets", _java_hash(group) % INTERNAL_PARTITIONS)

    def coordinator_of_transactions(self, transactional_id: str) -> Broker:
        """The broker that keeps this producer's transactions; its topic exists once any has been opened."""
        return self.leader("__transaction_state", _java_hash(transactional_id) % INTERNAL_PARTITIONS)


def create_topics(bootstrap: str, topics: Mapping[str, int], config: Mapping[str, str] | None = None) -> None:
    """Creates `{name: partitions}` and returns when every partition has a leader that clients can see."""
    admin = AdminClient(_quiet(bootstrap))  # kept until the futures are done: collected, it would fail them
    wanted = [
        NewTopic(name, num_partitions=count, config=dict(config or {})) for name, count in topics.items()
    ]
    for future in admin.create_topics(wanted, operation_timeout=30).values():
        future.result(30)
    deadline = time.monotonic() + 30
    while not all(_led(admin, name, count) for name, count in topics.items()):
        if time.monotonic() > deadline:
            raise RuntimeError(f"no leaders for {', '.join(topics)}")
        time.sleep(0.05)


def _led(admin: AdminClient, topic: str, partitions: int) -> bool:
    seen = admin.list_topics(topic, timeout=10).topics[topic].partitions
    return len(seen) == partitions and all(partition.leader >= 0 for partition in seen.values())


def _answers(address: str, number: int) -> bool:
    admin = AdminClient(_quiet(address))
    try:
        return number in admin.list_topics(timeout=0.5).brokers
    except KafkaException:
        return False


def _quiet(bootstrap: str) -> dict[str, str | int | float | bool]:
    # a broker that is still starting is no news for stderr
    return {"bootstrap.servers": bootstrap, "log_level": 0}


def _replicas(count: int, *, in_sync: int) -> dict[str, object]:
    return {
        "default.replication.factor": count,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": count,
        "transaction.state.log.replication.factor": count,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": count,
        "share.coordinator.state.topic.min.isr": in_sync,
    }


def _java_hash(text: str) -> int:
    """`String.hashCode` without its sign, as Kafka places groups and transactional ids."""
    folded = 0
    for letter in text:
        folded = (folded * 31 + ord(letter)) & 0xFFFFFFFF
    signed = folded - (1 << 32) if folded >> 31 else folded
    return 0 if signed == -(1 << 31) else abs(signed)
