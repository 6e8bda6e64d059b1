"""The demo's figures as rows and sentences. Nothing is rounded to look better: shares come from `leakage.describe`."""

from __future__ import annotations

from typing import NamedTuple

from stream_scrubber.demo.stage import Stage
from stream_scrubber.leakage.describe import share
from stream_scrubber.leakage.window import POINTS, K, SetFigures


class Row(NamedTuple):
    """One line of the table; `brief` ones also stand in the plain output's lines."""

    name: str
    figure: str
    raw: str
    clean: str
    chance: str
    brief: bool = False


def rows(stage: Stage) -> list[Row]:
    """All figures of all sets, empty while too few people were seen."""
    return [row for figures in stage.figures for row in _of_set(figures)]


def _of_set(figures: SetFigures) -> list[Row]:
    raw, clean = figures.raw, figures.clean
    out = [
        Row(
            figures.name,
            f"records that fewer than {K} people share",
            share(raw.spread.records_below_k(K)),
            share(clean.spread.records_below_k(K)),
            "",
            brief=True,
        ),
        Row(
            figures.name,
            "combinations that one person alone has",
            share(raw.spread.unique_tuples),
            share(clean.spread.unique_tuples),
            "",
        ),
    ]
    if raw.unicity[0].trials or clean.unicity[0].trials:
        out.append(
            Row(
                figures.name,
                f"traces that {POINTS} points single out",
                share(raw.unicity[0].share),
                share(clean.unicity[0].share),
                share(clean.unicity[0].baseline),
                brief=True,
            )
        )
    return out


def in_words(stage: Stage) -> list[str]:
    """What the figures say, of whom, over what, and against which chance."""
    if not stage.figures:
        return []
    window = stage.leakage.window
    about = f"{window.records:,} records of {window.subjects:,} invented people"
    lines = [f"measured on {about}, raw and clean alike, against who they really are."]
    for figures in stage.figures:
        for side, one in (("raw", figures.raw), ("clean", figures.clean)):
            found = one.unicity[0]
            if found.trials:
                low, high = found.interval
                thread = "person" if side == "raw" else "pseudonym and epoch"
                lines.append(
                    f"{POINTS} points, {figures.name}, {side}: {found.hits} of {found.trials} traces stand alone among "
                    f"{found.traces:,} (one trace per {thread}; 95 % interval {share(low)} to {share(high)}; "
                    f"only people with {POINTS} different points can be tried)."
                )
            else:
                lines.append(
                    f"{POINTS} points, {figures.name}, {side}: nobody has {POINTS} different ones, so nothing to try."
                )
    lines.append("A low figure is a measured risk for this attack, not a promise.")
    return lines
