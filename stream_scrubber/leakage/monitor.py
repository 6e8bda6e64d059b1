"""Leakage, live: what the worker measures of each topic while it scrubs, and what it publishes at a fixed clock.

`LeakageMonitor` belongs to one policy with a `leakage:` block. It is an observer for `Pipeline`, has a `tick` that
the loop calls now and then, and gives `risks`, which scrapes read. All of it runs on the loop's thread; only `risks`
is called from others, and gives what the last tick published.

Rules:

* every record goes into uniqueness and k; a record that comes again after an aborted transaction does not count again;
* a sample, drawn under a secret by the record's place, is looked at field by field;
* nothing is published per event: at each tick the running window and the last complete one, and with fewer than 100
  subjects only the state, which says why;
* a start makes windows cold: `cold` is told until a window was watched from its beginning. Nothing is restored,
  because what was seen since the last save would be missing, and a figure that is off by an unknown amount is worse
  than one that is late;
* one secret serves all horizons. A record then is hashed once and not four times, and what is merged into the week
  can be compared with the hour. It lives as long as the longest window, and is destroyed when it ends; LEAKAGE.md's
  secret per horizon would end the hour's sooner, but the week's, which tells the most, no sooner.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Any

from stream_scrubber.compiler.reference import strangers
from stream_scrubber.keys import EpochRule, Keystore, MemoryKeystore
from stream_scrubber.keys.epochs import DAY_MS, HOUR_MS
from stream_scrubber.leakage.declared import identifiers, released_fields, scanned_fields
from stream_scrubber.leakage.figures import SMALLEST_COUNT, clamp_count
from stream_scrubber.leakage.mix import mix
from stream_scrubber.leakage.observe import ObservationPlan, compile_observer
from stream_scrubber.leakage.rehearsal import Rehearsal
from stream_scrubber.leakage.residual import ResidualCounts, compile_scan
from stream_scrubber.leakage.sampled import Fields
from stream_scrubber.leakage.windows import DAY, HOUR, Horizon, State, WindowFigures, Windows
from stream_scrubber.metrics import Risk
from stream_scrubber.pipeline import Pipeline
from stream_scrubber.policy import Policy
from stream_scrubber.record import Record

REALM = "~leakage"
"""The keystore's realm of measuring secrets. No policy can have it: a realm begins with a letter or digit."""

EVERY_S = 60.0
"""Seconds between two publications."""

RATE = 0.01
"""Share of records that are looked at field by field."""

TOPICS = 64
"""Topics of one policy that are told apart; records of more are measured together as `__other__`."""

OTHER = "__other__"
NEVER_TURNS_MS = 7 * DAY_MS
"""What the horizon `epoch` means for a policy whose pseudonyms never turn."""

K, KS = 20, (2, 5, 20)
"""The k of budgets that name none, and all k that are published."""

_MASK = (1 << 64) - 1

Labels = tuple[tuple[str, str], ...]


class LeakageMonitor:
    """See the module. `now` gives ms since 1970; `store` keeps the secrets, one in memory serves without."""

    def __init__(
        self,
        policy: Policy,
        now: Callable[[], int],
        store: Keystore | None = None,
        *,
        rate: float = RATE,
        every_s: float = EVERY_S,
    ) -> None:
        if policy.leakage is None:
            raise ValueError(f"policy {policy.name} has no leakage block")
        self.policy = policy
        self.pipeline: Pipeline | None = None
        """Set when it exists: canaries run through it."""
        self.rate = rate
        self._now = now
        self._every_ms = int(every_s * 1000)
        self._rule = policy.epochs or EpochRule()
        self._secrets = _Secrets(policy, store or MemoryKeystore(), now())
        self._topics: dict[str, _Topic] = {}
        self._published: tuple[Risk, ...] = ()
        self._next = now() + self._every_ms
        if not policy.topics.is_pattern:
            self._open(policy.topics.source)

    def __call__(self, record: Record, raw: dict[str, Any], clean: dict[str, Any]) -> None:
        """An observer for `Pipeline`."""
        (self._topics.get(record.topic) or self._open(record.topic)).add(record, raw, clean)

    def _open(self, topic: str) -> _Topic:
        name = topic or self.policy.topics.source
        if name not in self._topics and len(self._topics) >= TOPICS:
            name = OTHER
        if name not in self._topics:
            self._topics[name] = _Topic(self.policy, name, self._rule, self._secrets, self.rate, self._now())
        return self._topics[name]

    def tick(self) -> bool:
        """Publish when it is time. True when it was."""
        now = self._now()
        if now < self._next:
            return False
        self._next = now + self._every_ms
        self.publish()
        return True

    def publish(self) -> None:
        """Close what has ended, rehearse, count, and show it to scrapes."""
        now = self._now()
        if self._secrets.turn(now):
            for topic in self._topics.values():
                topic.rekey(now)
        risks: list[Risk] = []
        for name, topic in list(self._topics.items()):
            topic.advance(now)
            if self.pipeline is not None and name != OTHER:
                topic.rehearsal.run(self.pipeline, mix(now, self._secrets.salt), now)
            risks.extend(topic.risks())
        self._published = tuple(risks)

    def risks(self) -> tuple[Risk, ...]:
        """What the last tick published. Safe to call from any thread."""
        return self._published

    def figures(self) -> dict[str, tuple[WindowFigures, ...]]:
        """The windows of every topic, for a person who asks."""
        return {name: topic.windows.figures() for name, topic in self._topics.items()}


class _Secrets:
    """The secret of the running period, and the end of the one before."""

    def __init__(self, policy: Policy, store: Keystore, now: int) -> None:
        epoch = policy.epochs.length if policy.epochs else 0
        anchor = policy.epochs.anchor if policy.epochs else "monday"
        self.epoch_ms = epoch or NEVER_TURNS_MS
        self._rule = EpochRule(max(7 * DAY_MS, self.epoch_ms), anchor)
        self.anchor_s = self._rule.origin // 1000
        self._store = store
        self._name = policy.name
        self._period, self._start = "", 0
        self.secret = b""
        self.salt = 0
        self.turn(now)

    def turn(self, now: int) -> bool:
        """True when a new period began: everything from before can no longer be compared."""
        start, _, period = self._rule.of(now)
        if self._period and start <= self._start:
            return False  # the same period, or a clock that went back: what serves goes on serving
        made = self._store.make(REALM, period)
        if isinstance(made, bytes):
            # one key in the store for all policies; sketches of two policies must not be comparable
            self.secret = blake2b(self._name.encode(), digest_size=32, key=made).digest()
        else:
            self.secret = _throwaway()  # a period that somebody ended early: nothing of it is kept
        if self._period and isinstance(made, bytes):
            self._store.destroy(REALM, self._period)
        self._period, self._start = period, start
        self.salt = int.from_bytes(blake2b(b"sample", digest_size=8, key=self.secret).digest(), "big") | 1
        return True


def _throwaway() -> bytes:
    made = MemoryKeystore().make(REALM, "once")
    assert isinstance(made, bytes)  # noqa: S101  nobody can have destroyed it
    return made


class _Topic:
    """One raw topic. `add` is the hot path."""

    def __init__(
        self, policy: Policy, name: str, rule: EpochRule, secrets: _Secrets, rate: float, now: int
    ) -> None:
        assert policy.leakage is not None  # noqa: S101  the monitor looked
        self.name = name
        self.policy = policy
        self.rehearsal = Rehearsal(policy, name)
        self.residual = ResidualCounts()
        self.unknown: Counter[str] = Counter()
        self._rule = rule
        self._secrets = secrets
        self._bound = round(rate * 2**64)
        self._places: dict[int, int] = {}
        self._settings = policy.leakage
        self._scan = compile_scan(scanned_fields(policy))
        self._seen_unknown: dict[str, int] = {}
        self._released: dict[str, int] = {}
        self._look_raw = strangers(policy.automaton, self._seen_unknown, rejects=False)
        self._look_clean = strangers(policy.automaton, self._released, rejects=False)
        self.windows = self._new_windows(now)
        self._add = self.windows.add
        self._epochs: dict[int, int] = {}
        self._day = now // 1000 // DAY
        self._compile()
        self._fields = self._new_fields(None)

    def _new_windows(self, now: int) -> Windows:
        anchor = self._secrets.anchor_s
        ks = sorted({*KS, *(budget.k for budget in self._settings.settings.budgets)})
        return Windows(
            list(self._settings.sets),
            (
                Horizon("1h", HOUR),
                Horizon("24h", DAY),
                Horizon("7d", 7 * DAY, anchor),
                Horizon("epoch", self._secrets.epoch_ms // 1000, anchor),
            ),
            now // 1000,
            ks,
        )

    def _compile(self) -> None:
        rules = self._settings
        plan = ObservationPlan(rules.subjects, tuple(rules.sets.values()))
        self._observe = compile_observer(plan, self._secrets.secret)

    def _new_fields(self, before: Fields | None) -> Fields:
        return Fields(released_fields(self.policy), identifiers(self.policy), self._secrets.secret, before)

    def add(self, record: Record, raw: dict[str, Any], clean: dict[str, Any]) -> None:
        _, _, _, timestamp, _, partition, offset = record
        places = self._places
        if 0 < offset <= places.get(partition, -1) and self.name != OTHER:
            return  # redone after an abort: it counted
        places[partition] = offset
        hour = (timestamp or 0) // HOUR_MS
        epoch = self._epochs.get(hour)
        if epoch is None:
            epoch = self._epoch(hour, timestamp or 0)
        self._add(self._observe(raw, clean, epoch))
        if ((offset << 16) + partition + 1) * self._secrets.salt & _MASK < self._bound:
            self._sampled(raw, clean)

    def _epoch(self, hour: int, timestamp: int) -> int:
        """Remembered by the hour when every epoch begins on one."""
        start = self._rule.start_of(timestamp)
        if self._rule.length % HOUR_MS == 0 and self._rule.origin % HOUR_MS == 0:
            if len(self._epochs) >= 1_024:
                self._epochs.clear()
            self._epochs[hour] = start
        return start

    def _sampled(self, raw: dict[str, Any], clean: dict[str, Any]) -> None:
        self._fields.add(raw, clean)
        self.residual.add(self._scan(clean))
        self._look_raw(raw)
        self._look_clean(clean)
        if self._seen_unknown:
            self.unknown["dropped"] += sum(self._seen_unknown.values())
            self._seen_unknown.clear()
        if self._released:
            self.unknown["released"] += sum(self._released.values())
            self._released.clear()

    def rekey(self, now: int) -> None:
        self.windows.rekey(now // 1000)
        self._compile()
        self._fields = self._new_fields(None)

    def advance(self, now: int) -> None:
        self.windows.advance(now // 1000)
        day = now // 1000 // DAY
        if day > self._day:
            self._day = day
            self._fields = self._new_fields(self._fields)

    # -- publishing

    def risks(self) -> Iterator[Risk]:
        topic = (("topic", self.name),)
        windows = self.windows.figures()
        for window in windows:
            yield from self._of_window(window)
        day = [one.state for one in windows if one.horizon == "24h" and not one.complete]
        if State.MEASURED in day:  # figures of fields are of the running day, and absent like the day's own
            yield from self._of_fields()
        yield from self._counted()
        yield from self._budgets()
        yield Risk("scrubber_sketch_bytes", (*topic, ("kind", "windows")), self.windows.size())

    def _of_window(self, window: WindowFigures) -> Iterator[Risk]:
        kind = "complete" if window.complete else "running"
        here = (("topic", self.name), ("horizon", window.horizon), ("window", kind))
        state = state_of(window)
        yield Risk("scrubber_risk_state", (*here, ("state", state)), 1)
        if window.state is State.NO_RECORDS:
            return
        yield Risk("scrubber_window_subjects", here, clamp_count(round(window.subjects)))
        yield Risk("scrubber_window_records", here, clamp_count(window.records))
        yield Risk("scrubber_window_unattributed_records", here, clamp_count(window.unattributed))
        for (name, side), spread in window.spreads.items():
            labels = (*here, ("qid", name), ("side", side))
            for below in spread.records_below:
                yield Risk("scrubber_risk_records_below_k_ratio", (*labels, ("k", str(below.k))), below.share)
            unique = (*labels, ("k", "2"))
            yield Risk("scrubber_risk_values_below_k_ratio", unique, spread.unique_tuples)
            yield Risk("scrubber_risk_anonymity_log2", labels, spread.anonymity_log2)
            yield Risk("scrubber_risk_bayes_vulnerability_ratio", labels, spread.bayes_vulnerability)
        for (name, side, points), found in window.unicity.items():
            if found.share is None or found.trials < SMALLEST_COUNT:
                continue
            attack = (*here, ("attack", f"unicity_p{points}"), ("qid", name), ("side", side))
            yield Risk("scrubber_attack_success_ratio", attack, found.share)
            yield Risk("scrubber_attack_baseline_ratio", attack, found.baseline or 0.0)
            yield Risk("scrubber_attack_trials", attack, found.trials)

    def _of_fields(self) -> Iterator[Risk]:
        topic = ("topic", self.name)
        labels: Labels
        for one in self._fields.figures():
            for side, entropy in (("raw", one.raw_entropy_log2), ("clean", one.clean_entropy_log2)):
                if entropy is not None:
                    labels = (topic, ("field", one.field), ("side", side), ("horizon", "24h"))
                    yield Risk("scrubber_risk_entropy_log2", labels, entropy)
            if one.loss is not None:
                yield Risk("scrubber_utility_loss_ratio", (topic, ("field", one.field)), one.loss)
            if one.drift is not None:
                moved = max(one.drift.divergence, one.drift.flips)
                yield Risk("scrubber_schema_drift_ratio", (topic, ("field", one.field)), moved)
        for join in self._fields.joins():
            if join.excess is not None and join.sure_excess is not None:
                labels = (topic, ("field", join.field), ("reference", join.reference))
                yield Risk("scrubber_risk_joinability_ratio", labels, join.excess)
                yield Risk("scrubber_risk_joinability_low_ratio", labels, join.sure_excess)

    def _counted(self) -> Iterator[Risk]:
        topic = ("topic", self.name)
        labels: Labels
        yield Risk("scrubber_residual_scanned_total", (topic,), self.residual.scanned)
        yield Risk("scrubber_residual_records_total", (topic,), self.residual.hit)
        yield Risk("scrubber_residual_low_ratio", (topic,), self.residual.interval.low)
        for found, count in self.residual.detections.items():
            labels = (topic, ("field", found.field), ("entity", found.entity), ("detector", found.detector))
            yield Risk("scrubber_residual_detections_total", labels, count)
        for action in ("dropped", "released"):
            labels = (topic, ("action", action))
            yield Risk("scrubber_schema_unknown_fields_total", labels, self.unknown[action])
        counts = self.rehearsal.counts
        for kind, count in counts.injected.items():
            yield Risk("scrubber_canary_injected_total", (topic, ("class", kind)), count)
        for (kind, sink), count in counts.leaked.items():
            yield Risk("scrubber_canary_leaked_total", (topic, ("class", kind), ("sink", sink)), count)
        for kind, count in counts.missed.items():
            yield Risk("scrubber_canary_missed_total", (topic, ("class", kind)), count)

    def _budgets(self) -> Iterator[Risk]:
        settings = self._settings.settings
        for budget in settings.budgets:
            labels = _budget(self.name, budget.set, budget.k, budget.horizon)
            yield Risk("scrubber_risk_budget_ratio", labels, budget.max)
            yield Risk("scrubber_risk_budget_subjects", labels, max(budget.min_subjects, 100))
        if settings.budget is not None and settings.budget.below_k is not None:
            for name in self._settings.sets:
                labels = _budget(self.name, name, K, "24h")
                yield Risk("scrubber_risk_budget_ratio", labels, settings.budget.below_k)
                yield Risk("scrubber_risk_budget_subjects", labels, 100)
        residual = settings.budget.residual if settings.budget else None
        yield Risk("scrubber_residual_budget_ratio", (("topic", self.name),), residual or 0.0)


def _budget(topic: str, name: str, k: int, horizon: str) -> Labels:
    return (("topic", topic), ("qid", name), ("k", str(k)), ("horizon", horizon))


def state_of(window: WindowFigures) -> str:
    """The word of `risk_state`. A window that was not watched from its start is `cold`, if it has figures."""
    if window.state is State.MEASURED and not window.whole:
        return "cold"
    return window.state.value


def monitors(
    policies: Iterable[Policy],
    now: Callable[[], int],
    stores: Callable[[Policy], Keystore | None],
    every_s: float = EVERY_S,
) -> dict[str, LeakageMonitor]:
    """One for each policy with a `leakage:` block, by the policy's name."""
    return {
        policy.name: LeakageMonitor(policy, now, stores(policy), every_s=every_s)
        for policy in policies
        if policy.leakage is not None
    }


def attach(found: dict[str, LeakageMonitor], pipelines: dict[str, Pipeline]) -> None:
    """Canaries need the pipelines that run."""
    for name, monitor in found.items():
        monitor.pipeline = pipelines[name]


def all_risks(found: Sequence[LeakageMonitor]) -> Callable[[], Iterable[Risk]]:
    """What a collector asks at each scrape."""
    return lambda: [risk for monitor in found for risk in monitor.risks()]
