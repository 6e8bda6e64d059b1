"""What an attack gives: never a number alone."""

from __future__ import annotations

from dataclasses import dataclass

from stream_scrubber.leakage.intervals import Interval, wilson


@dataclass(frozen=True, slots=True)
class Attack:
    """`success` of `trials` were right, in expectation over ties; `baseline` is what a blind guess gets."""

    name: str
    knows: str
    """What the attacker holds and does, as a sentence's end."""
    success: float
    trials: int
    baseline: float
    candidates: int

    @property
    def share(self) -> float | None:
        """None without a trial: absence is not zero."""
        return self.success / self.trials if self.trials else None

    @property
    def interval(self) -> Interval:
        return wilson(round(self.success), self.trials)

    @property
    def lift(self) -> float | None:
        """How many times better than a blind guess."""
        return self.share / self.baseline if self.share is not None and self.baseline else None
