"""How much may leak: a budget of one set, and whether a window kept it."""

from __future__ import annotations

from dataclasses import dataclass

from stream_scrubber.leakage.windows import State, WindowFigures


@dataclass(frozen=True, slots=True)
class Budget:
    """At most `most` of the clean records may be below `k` in a window of `horizon` with `min_subjects`
    people."""

    name: str
    k: int
    horizon: str
    most: float
    min_subjects: int = 0


def kept(budget: Budget, window: WindowFigures) -> bool | None:
    """None when the window cannot tell: another horizon, too few people, not watched from its start."""
    if window.horizon != budget.horizon or window.state is not State.MEASURED or not window.whole:
        return None
    if window.subjects < budget.min_subjects:
        return None
    spread = window.spreads.get((budget.name, "clean"))
    return None if spread is None else spread.records_below_k(budget.k) <= budget.most
