"""The verification itself: `judge(…) -> Verdict`.

Canaries are sought twice. In what was released for their own record, as any part of the text and in every
form, aborted records included. And everywhere: among all words released (`tokens`), of logs and metrics, too;
in those texts the canaries of a sample of records are also sought as any part.

The produced records are a stream and are looked at once: they may be generated anew from their seed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from stream_scrubber.record import Record
from stream_scrubber.verify.delivery import Delivery, Outputs
from stream_scrubber.verify.forms import Haystack, needles_of, texts_of
from stream_scrubber.verify.history import Canaries, Identify, Oracle, Produced, Released, coordinates
from stream_scrubber.verify.tokens import TokenIndex
from stream_scrubber.verify.verdict import Finding, Kind, Tally, Verdict

SAMPLE_EVERY = 10_000


def judge(
    produced: Iterable[Produced],
    released: Released,
    *,
    identify: Identify,
    oracle: Oracle,
    canaries: Canaries,
    dead_letter_topics: Collection[str],
    texts: Mapping[str, bytes] | None = None,
    partitioned_by_key: bool = True,
) -> Verdict:
    """Compares what was released with what was produced, in the order of each source partition.

    `texts` is what else the run left behind, by name: logs, metrics, command lines.
    """
    dead_topics = frozenset(dead_letter_topics)
    committed = Outputs(released.committed, identify, dead_topics)
    aborted = Outputs(released.aborted, identify, dead_topics)
    delivery, leaks, tally = (
        Delivery(oracle, by_key=partitioned_by_key),
        Leaks(released, texts or {}),
        Tally(),
    )
    count = sought = 0
    for each in produced:
        clean, dead = committed.take(each)
        for finding in delivery.judge(each, clean, dead):
            tally.note(finding)
        secrets = set(canaries(each))
        sought += len(secrets)
        undone_clean, undone_dead = aborted.take(each)
        own = [*clean, *dead, *undone_clean, *undone_dead]
        for finding in leaks.search(each, secrets, own, sampled=count % SAMPLE_EVERY == 0):
            tally.note(finding)
        count += 1
    for record in (*committed.left(), *aborted.left()):
        tally.note(Finding(Kind.UNKNOWN, "", coordinates(record)))
    dead_count = sum(record.topic in dead_topics for record in released.committed)
    return Verdict(
        produced=count,
        clean=len(released.committed) - dead_count,
        dead_letters=dead_count,
        aborted=len(released.aborted),
        canaries=sought,
        findings=tuple(tally.findings),
        **{kind.value: tally.counts[kind] for kind in Kind},
    )


class Leaks:
    """Seeks the canaries of one raw record after the other."""

    def __init__(self, released: Released, texts: Mapping[str, bytes]) -> None:
        self._texts = {name: Haystack.of(text) for name, text in texts.items()}
        self._index = TokenIndex()
        self._strayed: set[str] = set()
        for record in (*released.committed, *released.aborted):
            place = coordinates(record)
            for text in texts_of(record):
                self._index.add(text, place)
        for name, text in texts.items():
            for number, line in enumerate(text.splitlines(), 1):
                self._index.add(line, f"{name}:{number}")

    def search(
        self, produced: Produced, canaries: set[str], own: list[Record], *, sampled: bool
    ) -> Iterator[Finding]:
        """Leaks into the record's own output, and, for canaries that have none there, strays into others'."""
        source = coordinates(produced.record)
        haystacks = [(record, Haystack.of(*texts_of(record))) for record in own]
        for canary in canaries:
            needles = needles_of(canary)
            hits = [(record, how) for record, haystack in haystacks if (how := haystack.find(needles))]
            for record, how in hits:
                yield Finding(Kind.LEAKED, source, coordinates(record), how)
            if hits or canary in self._strayed:
                continue
            stray = self._index.find(needles)
            if stray is None and sampled:
                found = ((name, haystack.find(needles)) for name, haystack in self._texts.items())
                stray = next(((name, how) for name, how in found if how), None)
            if stray is not None:
                self._strayed.add(canary)  # the canaries of one person are in many records
                yield Finding(Kind.STRAYED, source, *stray)
