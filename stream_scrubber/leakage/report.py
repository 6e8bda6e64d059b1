"""A report of one set of records, raw beside clean: everything exact, everything in words.

`Collector` takes raw and clean values in pairs, as they come from two files or from a topic;
`Collector.report` gives a `Report`, which `to_json` and `page.render` turn into what people read. Nothing in
it is a value of the stream: names come from the policy, figures are counted.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from stream_scrubber.leakage import describe
from stream_scrubber.leakage.attacks.epoch_relink import epoch_relink, profiles_of
from stream_scrubber.leakage.attacks.result import Attack
from stream_scrubber.leakage.describe import Told, Window
from stream_scrubber.leakage.exact import CAPACITY, SIDES, ExactWindow, Measured
from stream_scrubber.leakage.figures import FEWEST_SUBJECTS, SMALLEST_COUNT, clamp_count
from stream_scrubber.leakage.khll import TupleSketch
from stream_scrubber.leakage.observe import MISSING, ObservationPlan, compile_observer, getter, hasher
from stream_scrubber.leakage.residual import ResidualCounts, ScannedField, compile_scan
from stream_scrubber.leakage.utility import FieldLoss, Loss

KS = (2, 3, 5, 10, 20, 50, 100, 200, 500)
"""Thresholds of the k distribution."""

TOLD_K = 20
"""The threshold that is told in words."""


@dataclass(frozen=True, slots=True)
class FieldFigures:
    """One field of the policy: entropy of its values in bits before and after, and what it lost."""

    field: str
    raw_entropy_log2: float | None
    clean_entropy_log2: float | None
    loss: Loss | None


@dataclass(frozen=True, slots=True)
class Residual:
    """Records with one kind of finding in one field."""

    field: str
    entity: str
    detector: str
    records: int


@dataclass(frozen=True, slots=True)
class Report:
    """What `page.render` shows. `why_empty` says why there are no figures, and is empty when there are."""

    title: str
    window: Window
    records: int
    subjects: int
    unattributed: int
    why_empty: str
    measured: tuple[Measured, ...]
    attacks: tuple[tuple[str, Attack], ...]
    """By quasi-identifier set, on the clean side."""
    fields: tuple[FieldFigures, ...]
    scanned: int
    residuals: tuple[Residual, ...]
    told: tuple[Told, ...]


class Collector:
    """Takes records one by one, in bounded memory. `fields` are the policy's; those with a form are written
    by a scrubber, and held against it."""

    def __init__(
        self,
        plan: ObservationPlan,
        sets: Sequence[str],
        fields: Sequence[ScannedField],
        secret: bytes,
        capacity: int = CAPACITY,
    ) -> None:
        self._window = ExactWindow(sets, capacity)
        self._observe = compile_observer(plan, secret)
        self._scan = compile_scan(fields)
        self._residual = ResidualCounts()
        self._epochs = array("q")
        self._hashed = hasher(secret)
        plain = [item.selector for item in fields if item.selector.literal]
        self._fields = [(str(selector), getter(selector), _FieldWatch()) for selector in plain]

    def add(self, raw: dict[str, Any], clean: dict[str, Any], epoch: int = 0) -> None:
        """One record before and after. `epoch` numbers the pseudonym epoch that it lies in."""
        before = self._window.records
        self._window.add(self._observe(raw, clean, epoch))
        if self._window.records > before:
            self._epochs.append(epoch)
        self._residual.add(self._scan(clean))
        for _, get, watch in self._fields:
            watch.add(get(raw), get(clean), self._hashed)

    def report(self, title: str, window: str, seed: int) -> Report:
        """`window` in words, as in "web.ndjson, all of it"; `seed` decides what is sampled."""
        seen = self._window
        note = f"its first {seen.records} records with a subject" if seen.missed else ""
        over = Window(window, note)
        few = seen.subjects < FEWEST_SUBJECTS
        measured = () if few else seen.measure(seed, KS)
        attacks = () if few else self._relinked(seed)
        return Report(
            title=title,
            window=over,
            records=seen.records,
            subjects=clamp_count(seen.subjects),
            unattributed=clamp_count(seen.unattributed),
            why_empty=_why_empty(seen) if few else "",
            measured=measured,
            attacks=attacks,
            fields=() if few else tuple(watch.figures(name) for name, _, watch in self._fields),
            scanned=self._residual.scanned,
            residuals=tuple(
                Residual(*detection, records) for detection, records in sorted(self._residual.detections.items())
            ),
            told=(
                *_told(measured, over),
                *_told_attacks(attacks, over),
                _told_residual(self._residual, over),
            ),
        )

    def _relinked(self, seed: int) -> tuple[tuple[str, Attack], ...]:
        """Epoch re-link between the two last epochs, by each set; nothing when there is one epoch only."""
        epochs = sorted(set(self._epochs))[-2:]
        if len(epochs) < 2:
            return ()
        subjects, pseudonyms, clean = self._window.columns("clean")
        rows = [[at for at, epoch in enumerate(self._epochs) if epoch == one and pseudonyms[at]] for one in epochs]
        names = [{subjects[at]: pseudonyms[at] for at in part} for part in rows]
        truth = {name: names[1][subject] for subject, name in names[0].items() if subject in names[1]}
        out = []
        for name, column in zip(self._window.sets, clean, strict=True):
            first, second = (profiles_of([pseudonyms[at] for at in part], [column[at] for at in part]) for part in rows)
            out.append((name, epoch_relink(first, second, truth, seed)))
        return tuple(out)


class _FieldWatch:
    """Entropy before and after, and the loss, of one field. One sketch per side; the people are not asked
    for."""

    __slots__ = ("_clean", "_loss", "_raw")

    def __init__(self) -> None:
        self._raw, self._clean = TupleSketch(), TupleSketch()
        self._loss = FieldLoss()

    def add(self, raw: Any, clean: Any, hashed: Any) -> None:
        had = raw is not MISSING and raw is not None
        has = clean is not MISSING and clean is not None
        if had:
            before = hashed([raw])
            self._raw.add(before, 0)
            self._loss.add(before, hashed([clean]) if has else None)
        if has:
            self._clean.add(hashed([clean]), 0)

    def figures(self, name: str) -> FieldFigures:
        raw, clean = self._raw.spread(1, (2,)), self._clean.spread(1, (2,))
        return FieldFigures(
            name,
            None if raw is None else raw.entropy_log2,
            None if clean is None else clean.entropy_log2,
            self._loss.figure(),
        )


def _why_empty(seen: ExactWindow) -> str:
    if not seen.records:
        return "No record names a subject, so that nothing can be said about people."
    return (
        f"Fewer than {FEWEST_SUBJECTS} people are in it. Any share would be about a handful of known people, "
        "and says nothing about a larger stream."
    )


def _told(measured: Sequence[Measured], over: Window) -> list[Told]:
    by_place = {(one.name, one.side): one for one in measured}
    told = []
    for name in dict.fromkeys(one.name for one in measured):
        raw = by_place[name, "raw"]
        for side in SIDES:
            one = by_place[name, side]
            told.append(describe.records_below(TOLD_K, name, side, one.spread, raw.spread, over))
            told.append(describe.unique_tuples(name, side, one.spread, raw.spread, over))
            told.append(describe.anonymity(name, side, one.spread, raw.spread, over))
            told.append(describe.best_guess(name, side, one.spread, raw.spread, over))
            for figure, before in zip(one.unicity, raw.unicity, strict=True):
                told.append(describe.unicity(name, side, figure, before, over))
    return told


def _told_attacks(attacks: Sequence[tuple[str, Attack]], over: Window) -> list[Told]:
    return [describe.attack(name, one, over) for name, one in attacks]


def _told_residual(counts: ResidualCounts, over: Window) -> Told:
    return describe.residual(counts.hit, counts.scanned, counts.interval, over)


def to_json(report: Report) -> Mapping[str, Any]:
    """Plain data with the names of the metrics. A figure that cannot be told is null."""
    sets = []
    for one in report.measured:
        spread = one.spread
        sets.append(
            {
                "set": one.name,
                "side": one.side,
                "records": spread.records,
                "subjects": spread.subjects,
                "tuples": spread.tuples,
                "records_below_k": {str(share.k): share.share for share in spread.records_below},
                "tuples_below_k": {str(share.k): share.share for share in spread.tuples_below},
                "unique_tuples": spread.unique_tuples,
                "anonymity_log2": spread.anonymity_log2,
                "entropy_log2": spread.entropy_log2,
                "bayes_vulnerability": spread.bayes_vulnerability,
                "unicity": [
                    {
                        "points": figure.points,
                        "share": figure.share if figure.trials >= SMALLEST_COUNT else None,
                        "interval": list(figure.interval) if figure.trials >= SMALLEST_COUNT else None,
                        "trials": clamp_count(figure.trials),
                        "baseline": figure.baseline,
                    }
                    for figure in one.unicity
                ],
            }
        )
    return {
        "title": report.title,
        "window": str(report.window),
        "records": report.records,
        "subjects": report.subjects,
        "unattributed": report.unattributed,
        "why_empty": report.why_empty or None,
        "sets": sets,
        "attacks": [
            {
                "set": name,
                "attack": one.name,
                "knows": one.knows,
                "share": one.share if one.trials >= SMALLEST_COUNT else None,
                "interval": list(one.interval) if one.trials >= SMALLEST_COUNT else None,
                "trials": clamp_count(one.trials),
                "baseline": one.baseline,
            }
            for name, one in report.attacks
        ],
        "fields": [asdict(one) for one in report.fields],
        "residual": {"scanned": report.scanned, "detections": [asdict(one) for one in report.residuals]},
        "in_words": [asdict(one) for one in report.told],
    }
