"""Scrub raw topics into clean ones, as a service file says. Exactly once within one Kafka cluster, for readers with
read_committed. Start it again, as often as there are partitions, to scale.

Ends cleanly on SIGTERM and Ctrl-C. Exit 2 for what a person has to change, 1 when the slot is taken or Kafka refuses.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from stream_scrubber.cli import FINDINGS, OK
from stream_scrubber.cli.common import key_ring, now_ms
from stream_scrubber.errors import ConfigError, Permanent
from stream_scrubber.keys import KeyRing, Keystore, MemoryKeystore
from stream_scrubber.leakage.monitor import LeakageMonitor, all_risks, attach, monitors
from stream_scrubber.leakage.table import in_lines
from stream_scrubber.metrics import Metrics
from stream_scrubber.pipeline import Pipeline
from stream_scrubber.policy import Policy
from stream_scrubber.runners.kafka import clients
from stream_scrubber.runners.kafka.housekeeping import Housekeeping, Realm
from stream_scrubber.runners.kafka.observe import Observed, Observer
from stream_scrubber.runners.kafka.placement import Route, Topics, first_start, parse_start, routes
from stream_scrubber.runners.kafka.service import Service, load
from stream_scrubber.runners.kafka.slots import lock_folder, pod_ordinal, take
from stream_scrubber.runners.kafka.worker import Hooks, Settings, Worker, spare_the_collector
from stream_scrubber.runners.mock_cluster import is_mock
from stream_scrubber.web.server import Answer, Server

STUCK_S = 60.0
"""Without progress for so long, while there is something to do, a worker ends itself: never alive but stuck."""

STOP_S = 25.0
"""A stop that takes longer, because Kafka does not answer, is broken off: the next start settles what is open.
Kubernetes kills after 30."""

STUCK_EXIT = 75


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("service", metavar="SERVICE", help="the service file")
    parser.add_argument("--from", dest="start", default="earliest", metavar="WHERE",
                        help="where a group without offsets starts: earliest (default), latest, or a time")  # fmt: skip
    parser.add_argument("--instance", type=int, metavar="N", help="this instance's slot; default: the lowest free one")
    parser.add_argument("--keep-place", action="store_true", help="keep the partitions over a quick restart")
    parser.add_argument("--backfill", action="store_true",
                        help="make keys of past epochs too; end when caught up, and destroy them")  # fmt: skip
    parser.add_argument("--observe", action="store_true", help="shadow mode: produce and commit nothing")
    parser.add_argument("--seconds", type=float, metavar="N", help="with --observe: end after so long")


def run(options: argparse.Namespace) -> int:
    service = load(Path(options.service))
    start = parse_start(options.start)
    topics = Topics(service.consumer)
    cluster, there = topics.look()
    if is_mock(cluster) and service.form.delivery == "exactly_once" and not options.observe:
        raise ConfigError("this is librdkafka's mock cluster, which has no transactions: use delivery: at_least_once")

    def look() -> list[Route]:
        return routes(service.policies, topics.look()[1], topics.address)

    found = routes(service.policies, there, topics.address)
    if options.observe:
        return _observe(service, found, start, options)
    return _work(service, look, start, options)


def log(event: str, **coordinates: object) -> None:
    """One JSON line on standard error. Coordinates and codes only. A reader that went away ends nothing."""
    with suppress(OSError):
        print(json.dumps({"at": now_ms(), "event": event, **coordinates}), file=sys.stderr, flush=True)


def _work(service: Service, look: Callable[[], list[Route]], start: str, options: argparse.Namespace) -> int:
    slot = take(service.group, _wanted_slot(options), lock_folder(os.environ))
    rings = {policy.name: key_ring(policy, None, every_epoch_open=options.backfill) for policy in service.policies}
    if any(ring is not None and ring.store.throwaway for ring in rings.values()):
        raise ConfigError("a throwaway keystore forgets its keys: `run` needs one that stays")
    watched = service.policies if service.form.measure else ()
    measured = monitors(watched, now_ms, lambda policy: _store(rings[policy.name]))
    pipelines = {
        policy.name: Pipeline(policy, rings[policy.name], observer=measured.get(policy.name))
        for policy in service.policies
    }
    attach(measured, pipelines)
    metrics = Metrics(list(pipelines.values()))
    metrics.risks = all_risks(list(measured.values()))
    positions = clients.onlooker(service.consumer, service.group)
    if first_start(positions, look(), start):
        log("first_start", group=service.group, start=start)
    form = service.form
    settings = Settings(
        service.group,
        slot.number,
        service.consumer,
        service.producer,
        exactly_once=form.delivery == "exactly_once",
        batch=form.batch.records,
        wait_s=form.batch.wait / 1000,
        keep_place=options.keep_place,
    )
    housekeeping = Housekeeping(_realms(service, rings), look, lambda: positions, now_ms, log)
    hooks = _Measured(_Backfill(housekeeping) if options.backfill else housekeeping, list(measured.values()))
    worker = Worker(settings, look, pipelines, metrics, now=now_ms, log=log, hooks=hooks)
    port = _port(form.http.port, slot.number)
    server = Server(form.http.address, port, metrics.registry(), _healthy(worker), _ready(worker))
    log("running", group=service.group, slot=slot.number, delivery=form.delivery, metrics=f"{server.url}/metrics")
    _on_signals(worker.stop)
    threading.Thread(target=_watch, args=(worker,), name="watchdog", daemon=True).start()
    spare_the_collector()
    try:
        worker.run()
    except Permanent as permanent:
        log("stopped", reason=str(permanent))
        return FINDINGS
    finally:
        server.close()
        positions.close()
        slot.release()
    log("ended")
    return OK


def _serve_beside(service: Service, metrics: Metrics, answer: Answer) -> Server:
    """A shadow run may stand beside a worker: when the worker has the port, it takes a free one and says which."""
    http = service.form.http
    try:
        return Server(http.address, http.port, metrics.registry(), answer, answer)
    except ConfigError:
        return Server(http.address, 0, metrics.registry(), answer, answer)


def _port(first: int, slot: int) -> int:
    """Instances of one host cannot share a port: each has the first one plus its slot. A pod is a host of its own."""
    return first if first == 0 or pod_ordinal(os.environ) is not None else first + slot


def _wanted_slot(options: argparse.Namespace) -> int | None:
    wanted: int | None = options.instance
    return pod_ordinal(os.environ) if wanted is None else wanted


def _realms(service: Service, rings: Mapping[str, KeyRing | None]) -> list[Realm]:
    by_realm: dict[str, Realm] = {}
    for policy in service.policies:
        ring = rings[policy.name]
        if ring is not None and policy.form.pseudonyms is not None:
            by_realm[policy.realm] = Realm(ring, policy.form.pseudonyms.max_hold)
    return list(by_realm.values())


def _store(ring: KeyRing | None) -> Keystore | None:
    return None if ring is None else ring.store


class _Measured:
    """Publishes leakage between batches, before what else runs there."""

    def __init__(self, hooks: Hooks, found: Sequence[LeakageMonitor]) -> None:
        self._hooks = hooks
        self._monitors = found

    def tick(self, worker: Worker) -> None:
        for monitor in self._monitors:
            monitor.tick()
        self._hooks.tick(worker)


class _Backfill:
    """Ends the worker when it has caught up, after a last look at the keys it made."""

    def __init__(self, housekeeping: Housekeeping) -> None:
        self._housekeeping = housekeeping

    def tick(self, worker: Worker) -> None:
        if worker.assigned and worker.lag() == 0:
            self._housekeeping.sweep(worker)
            log("caught_up", partitions=len(worker.assigned))
            worker.stop()


def _on_signals(stop: Callable[[], None]) -> None:
    def handle(_number: int, _frame: object) -> None:
        stop()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)


def _healthy(worker: Worker) -> Callable[[], tuple[bool, Mapping[str, Any]]]:
    def answer() -> tuple[bool, Mapping[str, Any]]:
        since = time.monotonic() - worker.last_progress
        return since < STUCK_S, {"seconds_since_progress": round(since, 1), "lag": worker.lag()}

    return answer


def _ready(worker: Worker) -> Callable[[], tuple[bool, Mapping[str, Any]]]:
    def answer() -> tuple[bool, Mapping[str, Any]]:
        stopped = dict(worker.metrics.stopped)
        # an instance that the group left without partitions is ready to take some
        return worker.joined and not stopped, {"partitions": len(worker.assigned), "stopped": stopped}

    return answer


def _watch(worker: Worker) -> None:
    """On its own thread, because what is stuck cannot watch itself.

    The loop notes progress when it commits, and when it sees that there is nothing to do: in every other state,
    clients that cannot be made included, the time runs.
    """
    while True:
        time.sleep(0.5)
        now, since = time.monotonic(), worker.stopping_since
        if now - worker.last_progress >= STUCK_S or (since is not None and now - since >= STOP_S):
            # on a thread of its own: standard error may be what is blocked
            threading.Thread(target=log, args=("stuck",), daemon=True).start()
            time.sleep(0.5)
            os._exit(STUCK_EXIT)


def _observe(service: Service, found: list[Route], start: str, options: argparse.Namespace) -> int:
    measured = monitors(service.policies, now_ms, lambda _policy: None)
    pipelines = {policy.name: _watching(policy, measured.get(policy.name)) for policy in service.policies}
    attach(measured, pipelines)
    metrics = Metrics(list(pipelines.values()))
    metrics.risks = all_risks(list(measured.values()))

    def tick() -> None:
        for monitor in measured.values():
            monitor.tick()

    observer = Observer(
        service.consumer, service.group, found, pipelines, metrics, start=start, now=now_ms, tick=tick
    )
    observing = lambda: (True, {"mode": "observe"})  # noqa: E731
    server = _serve_beside(service, metrics, observing)
    log("observing", topics=sorted(observer.routes), metrics=f"{server.url}/metrics")
    _on_signals(observer.stop)
    try:
        observed = observer.run(options.seconds)
    except Permanent as permanent:
        log("stopped", reason=str(permanent))
        return FINDINGS
    finally:
        server.close()
    _print(observed, pipelines)
    for line in in_lines(measured.values()):
        print(line)
    return OK


def _watching(policy: Policy, observer: LeakageMonitor | None) -> Pipeline:
    ring = KeyRing(MemoryKeystore(), policy.realm, policy.epochs, every_epoch_open=True) if policy.epochs else None
    return Pipeline(policy, ring, observer=observer, watch_unknown=True)


def _print(observed: Observed, pipelines: Mapping[str, Pipeline]) -> None:
    """Codes, selectors and counts: nothing of a record."""
    total = observed.records.total()
    print(f"observed {total:,} records in {observed.seconds:.0f} s; nothing was produced, nothing committed")
    for word, count in observed.records.most_common():
        print(f"  {count:>12,}  {word.replace('_', ' ')}")
    if observed.dead:
        print("dead letters it would write:")
    for (policy, code, field), count in observed.dead.most_common():
        print(f"  {count:>12,}  {policy}: {code}{' at ' + field if field else ''}")
    for name, pipeline in pipelines.items():
        unknown = pipeline.tally.unknown
        if unknown:
            print(f"fields that policy {name} does not name, by the object they stand in:")
        for path, count in sorted(unknown.items(), key=lambda item: -item[1]):
            print(f"  {count:>12,}  in {path or 'the value itself'}")
