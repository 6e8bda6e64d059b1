"""What a shadow run measured, as lines of a terminal: sets, residuals, canaries, fields that join."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stream_scrubber.leakage.describe import share
from stream_scrubber.leakage.figures import FEWEST_SUBJECTS
from stream_scrubber.leakage.monitor import K, LeakageMonitor, state_of
from stream_scrubber.leakage.windows import State, WindowFigures


def in_lines(monitors: Iterable[LeakageMonitor]) -> Iterator[str]:
    """Shares on the same records before and after; nothing for a policy that measures nothing."""
    for monitor in monitors:
        monitor.publish()
        for topic, windows in monitor.figures().items():
            longest = next((one for one in windows if one.horizon == "epoch" and not one.complete), None)
            if longest is not None:
                yield from _of_window(topic, longest)
        yield from _findings(monitor)


def _of_window(topic: str, window: WindowFigures) -> Iterator[str]:
    if window.state is not State.MEASURED:
        why = f"fewer than {FEWEST_SUBJECTS} people" if window.state is State.FEW_SUBJECTS else "no records"
        yield f"leakage of {topic}: no figures, {why}"
        return
    cold = ", not watched from the window's start" if state_of(window) == "cold" else ""
    yield f"leakage of {topic}: {window.records:,} records of about {window.subjects:,.0f} people{cold}"
    yield f"  {'set':14}{'what leaks':44}{'raw':>13}{'clean':>13}{'by chance':>13}"
    for name in dict.fromkeys(name for name, _ in window.spreads):
        raw, clean = window.spreads[name, "raw"], window.spreads[name, "clean"]
        below = f"records that fewer than {K} people share"
        yield _row(name, below, share(raw.records_below_k(K)), share(clean.records_below_k(K)))
        yield _row(name, "combinations that one person alone has", share(raw.unique_tuples), share(clean.unique_tuples))
        for points in sorted({points for _, _, points in window.unicity}):
            before, after = (window.unicity[name, side, points] for side in ("raw", "clean"))
            if before.trials or after.trials:
                what = f"traces that {points} points single out"
                yield _row(name, what, share(before.share), share(after.share), share(after.baseline))


def _row(name: str, figure: str, raw: str, clean: str, chance: str = "") -> str:
    return f"  {name:14}{figure:44}{raw:>13}{clean:>13}{chance:>13}"


def _findings(monitor: LeakageMonitor) -> Iterator[str]:
    for risk in monitor.risks():
        labels = dict(risk.labels)
        match risk.name:
            case "scrubber_residual_scanned_total":
                yield f"  searched {risk.value:,.0f} clean records for personal data"
            case "scrubber_residual_detections_total":
                yield f"  found    {risk.value:,.0f} with {labels['entity']} in {labels['field']}"
            case "scrubber_canary_leaked_total" if risk.value:
                yield f"  LEAKED   {risk.value:,.0f} canaries of class {labels['class']} into the {labels['sink']}"
            case "scrubber_canary_missed_total" if risk.value:
                yield f"  MISSED   {risk.value:,.0f} canaries of class {labels['class']}"
            case "scrubber_risk_joinability_low_ratio" if risk.value > JOINS:
                told = f"{labels['field']} with the raw {labels['reference']}"
                yield f"  JOINS    {told}: {share(risk.value)} of its values"


JOINS = 0.01
"""Above this share a clean field counts as joined with raw identifiers."""
