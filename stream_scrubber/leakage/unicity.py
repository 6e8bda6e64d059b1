"""Unicity: how few points of a trace single out its person.

Y.-A. de Montjoye et al., "Unique in the crowd: the privacy bounds of human mobility", Scientific Reports 3
(2013): draw p random points of somebody's trace and ask whether any other trace holds all of them. A point
here is a tuple of a quasi-identifier set; a trace is what the attacker can see hanging together: on the clean
side everything under one pseudonym in one epoch, on the raw side everything of one subject.

Figures per record do not show this: points that fifty people share each are unique when four of them meet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest

from stream_scrubber.leakage.intervals import Interval, wilson
from stream_scrubber.leakage.mix import mix

TRIALS = 1_000
"""Traces tested: ± 3 points at worst."""


@dataclass(frozen=True, slots=True)
class Unicity:
    """`hits` of `trials` traces are alone with p of their points."""

    points: int
    hits: int
    trials: int
    traces: int
    """All traces that the tested ones were compared with."""
    eligible: int
    """Subjects with at least p distinct points; those with fewer cannot be tested."""

    @property
    def share(self) -> float | None:
        """None without a trial: absence is not zero."""
        return self.hits / self.trials if self.trials else None

    @property
    def interval(self) -> Interval:
        return wilson(self.hits, self.trials)

    @property
    def baseline(self) -> float | None:
        """The chance of a guess that knows no point: one trace of all."""
        return 1 / self.traces if self.traces else None


@dataclass(frozen=True, slots=True)
class Traces:
    """Who was where: `own` holds each (subject, trace)'s points, `at` the traces of each point, `named` the
    traces of each subject. A trace may carry points of several subjects, and a subject may have several
    traces."""

    own: Mapping[tuple[int, int], set[int]]
    at: Mapping[int, set[int]]
    named: Mapping[int, list[int]]

    @classmethod
    def of(cls, points: Sequence[int], subjects: Sequence[int], traces: Sequence[int]) -> Traces:
        """From columns of the same length. A trace of 0 is a record without a pseudonym and hangs on
        nothing."""
        own: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
        at: defaultdict[int, set[int]] = defaultdict(set)
        for point, subject, trace in zip(points, subjects, traces, strict=True):
            if trace:
                own[subject, trace].add(point)
                at[point].add(trace)
        named: defaultdict[int, list[int]] = defaultdict(list)
        for subject, trace in own:
            named[subject].append(trace)
        return cls(own, at, named)


def unicity(traces: Traces, points: int, seed: int, trials: int = TRIALS) -> Unicity:
    """Test up to `trials` subjects, one trace each, against all other traces. `seed` decides every draw.

    Traces of the subject itself are no cover: an attacker who finds two traces of one person has found the
    person.
    """
    able: dict[int, int] = {}
    for (subject, trace), seen in traces.own.items():
        if len(seen) >= points:
            # of several traces of one subject, the one that the seed puts first
            held = able.get(subject)
            if held is None or mix(trace, seed) < mix(held, seed):
                able[subject] = trace
    chosen = nsmallest(trials, able, key=lambda subject: mix(subject, seed + 1))
    hits = 0
    for subject in chosen:
        drawn = draw(traces.own[subject, able[subject]], points, mix(subject, seed + 2))
        hits += alone([traces.at[point] for point in drawn], traces.named[subject])
    return Unicity(points, hits, len(chosen), len({trace for _, trace in traces.own}), len(able))


def draw(trace: set[int], points: int, seed: int) -> list[int]:
    """`points` different points of a trace, uniformly by hash."""
    return nsmallest(points, trace, key=lambda point: mix(point, seed))


def alone(holders: Sequence[set[int]], own: Sequence[int]) -> bool:
    """True when no trace but `own` is in all of `holders`."""
    common = set.intersection(*sorted(holders, key=len))
    common.difference_update(own)
    return not common
