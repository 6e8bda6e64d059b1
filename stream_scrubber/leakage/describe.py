"""Each figure in words: what the attacker knows, over which window, how often it was tried, compared with
what.

A number without these is not a figure. The words are plain, and none of them promises more than was measured.
"""

from __future__ import annotations

from dataclasses import dataclass

from stream_scrubber.leakage.attacks.result import Attack
from stream_scrubber.leakage.figures import SMALLEST_COUNT, Spread, clamp_count
from stream_scrubber.leakage.intervals import Interval
from stream_scrubber.leakage.unicity import Unicity

SIDE = {"raw": "before scrubbing", "clean": "after scrubbing"}


@dataclass(frozen=True, slots=True)
class Window:
    """What the figures are about: `name` as in "the last complete hour", and a word when not all of it was
    taken."""

    name: str
    note: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.note})" if self.note else self.name


@dataclass(frozen=True, slots=True)
class Told:
    """One figure with everything that is needed to read it."""

    figure: str
    value: str
    attack: str
    window: str
    trials: str
    baseline: str

    def __str__(self) -> str:
        return (
            f"{self.figure}: {self.value}. Attack: {self.attack} Window: {self.window}. "
            f"Trials: {self.trials}. Baseline: {self.baseline}."
        )


def share(value: float | None) -> str:
    """A share as people read it: never 0 % for a little, never 100 % for almost all."""
    if value is None:
        return "no figure"
    percent = 100 * value
    if 0 < percent < 0.1:
        return "under 0.1 %"
    if 99.9 < percent < 100:
        return "over 99.9 %"
    return f"{percent:.1f} %"


def records_below(k: int, name: str, side: str, spread: Spread, raw: Spread | None, window: Window) -> Told:
    return Told(
        f"records below k = {k}, {name}, {SIDE[side]}",
        share(spread.records_below_k(k)),
        f"someone knows the {name} fields of one record of a person and looks for it; "
        f"these records hide among fewer than {k} people.",
        str(window),
        f"{spread.records} records of about {round(spread.subjects)} people, none skipped",
        _before(side, None if raw is None else raw.records_below_k(k)),
    )


def unique_tuples(name: str, side: str, spread: Spread, raw: Spread | None, window: Window, tau: int = 1) -> Told:
    people = "one person" if tau == 1 else f"at most {tau} people"
    return Told(
        f"combinations that {people} had, {name}, {SIDE[side]}",
        share(spread.tuples_below_k(tau + 1)),
        f"someone knows one combination of the {name} fields and looks for who had it.",
        str(window),
        f"{round(spread.tuples)} different combinations in {spread.records} records",
        _before(side, None if raw is None else raw.tuples_below_k(tau + 1)),
    )


def anonymity(name: str, side: str, spread: Spread, raw: Spread | None, window: Window) -> Told:
    bits = spread.anonymity_log2
    return Told(
        f"what is still to be guessed, {name}, {SIDE[side]}",
        f"{bits:.2f} bits (like one of {2**bits:.1f} people)",
        f"someone knows the {name} fields of one record and must still tell its person from the others who share them.",
        str(window),
        f"{spread.records} records",
        "none" if side == "raw" or raw is None else f"{raw.anonymity_log2:.2f} bits before scrubbing",
    )


def best_guess(name: str, side: str, spread: Spread, raw: Spread | None, window: Window) -> Told:
    return Told(
        f"one best guess at the person, {name}, {SIDE[side]}",
        share(spread.bayes_vulnerability),
        f"someone knows the {name} fields of one record and how often each person has them, and guesses once.",
        str(window),
        f"{spread.records} records",
        _before(side, None if raw is None else raw.bayes_vulnerability),
    )


def unicity(name: str, side: str, figure: Unicity, raw: Unicity | None, window: Window) -> Told:
    """The interval is a 95 % Wilson interval of the tested traces."""
    thread = "all records of one person" if side == "raw" else "a person's records under one pseudonym in one epoch"
    if figure.trials < SMALLEST_COUNT:
        value = f"no figure: fewer than {SMALLEST_COUNT} people have that many different points in one trace"
    else:
        low, high = figure.interval
        value = f"{share(figure.share)} (95 % interval {share(low)} to {share(high)})"
    return Told(
        f"alone with {figure.points} points, {name}, {SIDE[side]}",
        value,
        f"someone knows {figure.points} random points ({name}) out of {thread}; these match no one else's.",
        str(window),
        f"{clamp_count(figure.trials)} people tested against {figure.traces} traces",
        f"a guess without any point is right {share(figure.baseline)} of the time"
        + ("" if side == "raw" or raw is None or raw.share is None else f"; {share(raw.share)} before scrubbing"),
    )


def attack(name: str, found: Attack, window: Window) -> Told:
    """One of `attacks`, on the clean side."""
    low, high = found.interval
    value = (
        "no figure"
        if found.trials < SMALLEST_COUNT
        else f"{share(found.share)} (95 % interval {share(low)} to {share(high)})"
    )
    return Told(
        f"{found.name}, {name}, {SIDE['clean']}",
        value,
        f"someone {found.knows} ({name}).",
        str(window),
        f"{found.trials} pseudonyms against {found.candidates} candidates",
        f"a blind guess is right {share(found.baseline)} of the time",
    )


def residual(hits: int, scanned: int, interval: Interval, window: Window) -> Told:
    """Nothing found in n records means less than 3/n, not nothing."""
    value = share(hits / scanned) if scanned else "no figure"
    return Told(
        f"clean records in which something was still found, {SIDE['clean']}",
        f"{value} (at 95 % at most {share(interval.high)})" if scanned else value,
        "someone reads the clean records and looks for addresses, numbers and e-mail in them.",
        str(window),
        f"{scanned} records, by detectors other than those that scrubbed",
        "none: a clean stream has nothing to find",
    )


def _before(side: str, raw: float | None) -> str:
    return "none" if side == "raw" or raw is None else f"{share(raw)} before scrubbing"
