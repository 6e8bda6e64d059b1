"""What a run is judged by: the records produced, and everything that can be read afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from stream_scrubber.record import Record


class Expect(StrEnum):
    """What has to become of a raw record."""

    CLEAN = "clean"
    DEAD_LETTER = "dead_letter"
    DROPPED = "dropped"


class Produced(NamedTuple):
    """One raw record, with the coordinates it was acknowledged at. `code`: its dead letter's, '' for any."""

    id: str
    record: Record
    expect: Expect = Expect.CLEAN
    code: str = ""

    def __repr__(self) -> str:
        return f"Produced({coordinates(self.record)}, {self.expect})"


class Released(NamedTuple):
    """All of the clean and dead-letter topics; only readers of uncommitted records see `aborted`."""

    committed: Sequence[Record]
    aborted: Sequence[Record] = ()

    def __repr__(self) -> str:
        return f"Released({len(self.committed)} committed, {len(self.aborted)} aborted)"


Identify: TypeAlias = Callable[[Record], str | None]
"""Finds the id of the raw record behind a clean one, None when there is no telling."""

Oracle: TypeAlias = Callable[[Produced, Record], bool]
"""Whether this clean record is what the policy means for that raw one. One that raises has said no."""

Canaries: TypeAlias = Callable[[Produced], Iterable[str]]
"""The strings of a raw record that must not occur in anything released."""


def coordinates(record: Record) -> str:
    """`topic/partition/offset`."""
    return f"{record.topic}/{record.partition}/{record.offset}"
