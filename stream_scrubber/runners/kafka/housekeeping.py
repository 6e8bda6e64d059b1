"""The end of epoch keys.

A key is destroyed when its epoch and overlap are over and every input's committed position has passed that moment;
an input without lag counts as passed. An input that lags holds the key back, at most `max_hold`. Positions are those
of the whole group, so any worker may do it, and doing it twice does no harm.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from confluent_kafka import Consumer, TopicPartition

from stream_scrubber.errors import ConfigError, KeystoreError, Temporary
from stream_scrubber.keys import Epoch, KeyRing
from stream_scrubber.runners.kafka.placement import Route, at_time, committed, ends

if TYPE_CHECKING:
    from stream_scrubber.runners.kafka.worker import Worker

EVERY_S = 30.0
"""How often keys are looked at."""


@dataclass(frozen=True, slots=True)
class Realm:
    """The keys of one realm and how long they may be held back. `max_hold` is ms."""

    ring: KeyRing
    max_hold: int


class Housekeeping:
    """Runs on the loop's thread between batches. `positions` is a consumer of the group that never subscribes."""

    def __init__(
        self,
        realms: Sequence[Realm],
        routes: Callable[[], Sequence[Route]],
        positions: Callable[[], Consumer],
        now: Callable[[], int],
        log: Callable[..., None],
    ) -> None:
        self._realms = realms
        self._routes = routes
        self._positions = positions
        self._now = now
        self._log = log
        self._last = 0.0
        self._known: dict[str, Mapping[str, bool]] = {}

    def tick(self, worker: Worker) -> None:
        if time.monotonic() - self._last < EVERY_S:
            return
        self._last = time.monotonic()
        try:
            self.sweep(worker)
        except KeystoreError as error:
            # keys in memory serve on; destruction waits
            self._log("keystore_away", reason=str(error))

    def sweep(self, worker: Worker) -> None:
        """Destroy what is due, and forget keys that another worker has destroyed."""
        now = self._now()
        for realm in self._realms:
            rule, name = realm.ring.rule, realm.ring.realm
            if rule.length:
                worker.metrics.epoch_age[name] = (now - rule.start_of(now)) / 1000
            for epoch in self._due(realm, now):
                self._settle(worker, realm, epoch, now)
            known = dict(realm.ring.store.epochs(name))
            if self._known.get(name) != known:
                self._known[name] = known
                for pipeline in worker.pipelines.values():
                    pipeline.forget_keys()

    def _due(self, realm: Realm, now: int) -> list[Epoch]:
        rule = realm.ring.rule
        epochs = (
            rule.parse(name) for name, there in realm.ring.store.epochs(realm.ring.realm).items() if there
        )
        return [epoch for epoch in epochs if epoch is not None and epoch.end + rule.overlap <= now]

    def _settle(self, worker: Worker, realm: Realm, epoch: Epoch, now: int) -> None:
        over = epoch.end + realm.ring.rule.overlap
        try:
            routes = [route for route in self._routes() if route.policy.realm == realm.ring.realm]
            kind = "passed" if passed(self._positions(), routes, over) else ""
        except (Temporary, ConfigError):
            kind = ""  # positions are unknown: hold the key and look again
        if not kind and now > over + realm.max_hold:
            kind = "held_too_long"
        if kind and realm.ring.store.destroy(realm.ring.realm, epoch.name):
            worker.metrics.key_destructions[kind] += 1
            self._log("key_destroyed", realm=realm.ring.realm, epoch=epoch.name, reason=kind)


def passed(consumer: Consumer, routes: Sequence[Route], moment: int) -> bool:
    """True when the group's committed position of every partition lies behind all records older than `moment`."""
    partitions = [TopicPartition(route.topic, number) for route in routes for number in range(route.partitions)]
    return all(_partition_passed(consumer, place, moment) for place in committed(consumer, partitions))


def _partition_passed(consumer: Consumer, place: TopicPartition, moment: int) -> bool:
    _, high = ends(consumer, TopicPartition(place.topic, place.partition))
    if place.offset >= high or (place.offset < 0 and high == 0):
        return True
    return 0 <= at_time(consumer, place, moment) <= place.offset
