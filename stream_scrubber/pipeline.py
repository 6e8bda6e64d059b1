"""`Record → Outcome`, pure: no client, no clock, no dice, no environment.

Keys come from the `KeyRing` that is passed in, and time from the caller. What fails does not flow: whatever goes
wrong with a record, the outcome is a dead letter with a code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from stream_scrubber.codec.json import decode, encode
from stream_scrubber.compiler.envelope import (
    HeadersAction,
    KeyAction,
    TimestampAction,
    compile_headers,
    compile_key,
    compile_timestamp,
    padded,
)
from stream_scrubber.compiler.reference import Tally, Transform, compile_fields
from stream_scrubber.compiler.subject import compile_subject
from stream_scrubber.errors import KeystoreError, Refused
from stream_scrubber.keys import EpochRule, KeyRing
from stream_scrubber.policy.load import Policy
from stream_scrubber.record import DeadLetter, Dropped, Outcome, Record, Scrubbed
from stream_scrubber.scrubbers.base import BuildContext, CurrentRecord

Observer = Callable[[Record, dict[str, Any], dict[str, Any]], None]
"""Called with record, raw object and clean object of every record that passes. What it raises stops the worker."""


MAX_EPOCHS = 64
"""Compiled epochs in memory. Producers choose timestamps, so there could be any number; the oldest goes first."""

MAX_TOPICS = 10_000
"""Topics whose outputs are remembered. In files every line may name another."""


class _Compiled(NamedTuple):
    """The functions of one epoch."""

    fields: Transform
    key: KeyAction
    headers: HeadersAction
    timestamp: TimestampAction


class Pipeline:
    """A compiled policy. Call it with a `Record`; it never raises for what a record holds, and raises
    `KeystoreError` when an epoch's key cannot be read or made: a runner waits then, and nothing is written.

    `keys` is needed when a scrubber of the policy makes pseudonyms. `watch_unknown` counts fields without a rule.
    Not for use by several threads at once.
    """

    def __init__(
        self,
        policy: Policy,
        keys: KeyRing | None = None,
        *,
        observer: Observer | None = None,
        watch_unknown: bool = False,
        tables: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        if policy.needs_key and keys is None:
            raise ValueError(f"policy {policy.name} makes pseudonyms: it needs a key ring")
        self.policy = policy
        self.tally = Tally(policy.rules)
        self._keys = keys if policy.needs_key else None
        self._rule = policy.epochs or EpochRule()
        self._observer = observer
        self._watch_unknown = watch_unknown
        self._tables = tables or {}
        self._record = CurrentRecord()
        self._by_epoch: dict[int, _Compiled | None] = {}
        self._outputs: dict[str, tuple[str, str] | None] = {}
        self._needs_record = policy.needs_record
        self._subject = compile_subject(policy.leakage.subject if policy.leakage else None)
        self._max_bytes, self._max_depth = policy.form.topics.max_bytes, policy.form.topics.max_depth
        if self._keys is None:
            self._always: _Compiled | None = self._compile(b"")
        else:
            self._always = None
            self._compile(bytes(32))  # a policy that does not build fails now, not at its first record

    def __repr__(self) -> str:
        return f"Pipeline({self.policy.name})"

    def __call__(self, record: Record, now: int | None = None) -> Outcome:
        """The outcome of one record. `now` (ms since 1970) caps timestamps that lie in the future."""
        outputs = self.outputs(record.topic)
        if outputs is None:
            return DeadLetter("no_policy")
        clean_topic, dead_topic = outputs
        try:
            outcome, raw, clean = self._scrub(record, clean_topic, now)
        except Refused as refused:
            return DeadLetter(refused.code, refused.field, dead_topic)
        except KeystoreError:
            raise  # no fault of the record: as a dead letter it would be lost once the store works again
        except Exception:  # noqa: BLE001  promise 1: whatever a scrubber does, the value does not pass
            return DeadLetter("scrubber_failed", "", dead_topic)
        if self._observer is not None and raw is not None and clean is not None:
            self._observer(record, raw, clean)  # outside the try: an on-looker that fails stops the worker
        return outcome

    def outputs(self, topic: str) -> tuple[str, str] | None:
        """Clean and dead-letter topic of a raw topic. An unnamed topic is the policy's own, for tests and files."""
        if topic not in self._outputs:
            if len(self._outputs) >= MAX_TOPICS:
                self._outputs.clear()
            own = self.policy.topics
            self._outputs[topic] = own.outputs(topic) if topic else (own.clean, own.dead_letters)
        return self._outputs[topic]

    def rehearse(self, record: Record, now: int | None = None) -> Outcome:
        """The outcome by the live plan, for a record that never was: no observer sees it, and no rule counts it."""
        tally = self.tally
        before = tally.counts()
        observer, self._observer = self._observer, None
        try:
            return self(record, now)
        finally:
            self._observer = observer
            tally.go_back(before)

    def forget_keys(self) -> None:
        """Ask the keystore again for every epoch: a key that somebody destroyed must not serve from memory."""
        self._by_epoch.clear()

    def _scrub(
        self, record: Record, topic: str, now: int | None
    ) -> tuple[Outcome, dict[str, Any] | None, dict[str, Any] | None]:
        """The outcome with the raw and the clean object, which a tombstone does not have."""
        timestamp = record.timestamp
        if timestamp is None:
            if now is None:
                raise Refused("no_timestamp", "record.timestamp")
            timestamp = now
        compiled = self._always or self._of_epoch(timestamp, now)
        envelope = self.policy.envelope
        partition = record.partition if envelope.keeps_partition else None
        if self._needs_record:
            self._record.coordinates = f"{record.topic}\0{record.partition}\0{record.offset}".encode()
            self._record.subject = None  # never that of the record before
        if record.value is None:
            if envelope.drops_tombstones:
                return Dropped("tombstone"), None, None
            key = compiled.key(record.key, {})
            if key is None:
                raise Refused("bad_key", "record.key")  # a tombstone without a key deletes nothing
            headers = compiled.headers(record.headers or [])
            return Scrubbed(topic, key, None, headers, compiled.timestamp(timestamp), partition), None, None
        raw = decode(record.value, self._max_bytes, self._max_depth)
        if self._needs_record:
            self._record.subject = self._subject(raw)
        clean = compiled.fields(raw)
        outcome = Scrubbed(
            topic,
            compiled.key(record.key, clean),
            padded(encode(clean)) if envelope.pads else encode(clean),
            compiled.headers(record.headers or []),
            compiled.timestamp(timestamp),
            partition,
        )
        return outcome, raw, clean

    def _of_epoch(self, timestamp: int, now: int | None) -> _Compiled:
        if now is not None and timestamp > now:
            timestamp = now
        start = self._rule.start_of(timestamp)
        if start not in self._by_epoch:
            if len(self._by_epoch) >= MAX_EPOCHS:
                del self._by_epoch[next(iter(self._by_epoch))]
            self._by_epoch[start] = self._open(timestamp, now)
        compiled = self._by_epoch[start]
        if compiled is None:
            raise Refused("epoch_closed")
        return compiled

    def _open(self, timestamp: int, now: int | None) -> _Compiled | None:
        assert self._keys is not None  # noqa: S101  only policies with keys get here
        try:
            epoch = self._rule.of(timestamp)
        except OverflowError:
            raise Refused("bad_time", "record.timestamp") from None
        try:
            key = self._keys.key(epoch, now)
            return None if key is None else self._compile(key)
        except KeystoreError:
            raise
        except Exception as error:  # noqa: BLE001  no fault of the record, so it must not become a dead letter
            raise KeystoreError(f"the key of epoch {epoch.name} cannot be used ({type(error).__name__})") from None

    def _compile(self, key: bytes) -> _Compiled:
        policy = self.policy

        def context(selector: str) -> BuildContext:
            return BuildContext(policy.realm, key, selector, self._tables, self._record)

        fields = compile_fields(
            policy.automaton,
            policy.rules,
            lambda rule: context(rule.selector.text),
            lenient=policy.lenient,
            rejects_unknown=policy.rejects_unknown,
            tally=self.tally,
            watch_unknown=self._watch_unknown,
        )
        return _Compiled(
            fields,
            compile_key(policy.envelope.key, context("record.key")),
            compile_headers(policy.envelope, context("record.headers")),
            compile_timestamp(policy.envelope.timestamp, context("record.timestamp")),
        )
