"""A policy's `leakage:` block at work on a bounded window: for the demo, and for shadow runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from stream_scrubber.keys.epochs import EpochRule
from stream_scrubber.leakage.exact import CAPACITY, ExactWindow, Measured
from stream_scrubber.leakage.observe import ObservationPlan, compile_observer
from stream_scrubber.policy.load import Policy
from stream_scrubber.record import Record

K = 20
POINTS = 4
MIN_SUBJECTS = 100
"""Below this many subjects a figure says more about the window than about the policy, so there is none."""


@dataclass(frozen=True, slots=True)
class SetFigures:
    """One quasi-identifier set on both sides of the same records."""

    name: str
    raw: Measured
    clean: Measured


class LeakageWindow:
    """Takes every record that passed; `figures` counts when asked. `secret` keys the hashes and is never written."""

    def __init__(self, policy: Policy, secret: bytes, capacity: int = CAPACITY) -> None:
        if policy.leakage is None:
            raise ValueError(f"policy {policy.name} has no leakage block")
        rules = policy.leakage
        self.topic = policy.topics.source
        self.window = ExactWindow(tuple(rules.sets), capacity)
        self._observe = compile_observer(ObservationPlan(rules.subjects, tuple(rules.sets.values())), secret)
        self._epochs = policy.epochs or EpochRule()

    def __call__(self, record: Record, raw: dict[str, Any], clean: dict[str, Any]) -> None:
        """An observer for `Pipeline`."""
        epoch = self._epochs.start_of(record.timestamp or 0)
        self.window.add(self._observe(raw, clean, epoch))

    def figures(self, seed: int = 1, trials: int = 1_000) -> Sequence[SetFigures]:
        """Empty while fewer than `MIN_SUBJECTS` subjects were seen: absence is not zero."""
        if self.window.subjects < MIN_SUBJECTS:
            return ()
        return tuple(_pairs(self.window.measure(seed, (2, K), (POINTS,), trials)))


def _pairs(measured: Sequence[Measured]) -> Iterator[SetFigures]:
    by_side = {(one.name, one.side): one for one in measured}
    for name in dict.fromkeys(one.name for one in measured):
        yield SetFigures(name, by_side[name, "raw"], by_side[name, "clean"])
