"""What goes in and what comes out: `Record`, and the three outcomes as values.

All are named tuples: cheap to make by the million, immutable, and matched with ``match``. Their ``repr`` shows
sizes and coordinates only, because a repr ends up in logs.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

Headers: TypeAlias = "list[tuple[str, bytes | None]]"


def _size(data: bytes | None) -> str:
    return "null" if data is None else f"{len(data)} B"


class Record(NamedTuple):
    """One record as Kafka carries it. `timestamp` is milliseconds since 1970 (UTC), None when the broker gave none."""

    value: bytes | None
    key: bytes | None = None
    headers: Headers | None = None
    timestamp: int | None = None
    topic: str = ""
    partition: int = 0
    offset: int = 0

    def __repr__(self) -> str:
        return (
            f"Record({self.topic}/{self.partition}/{self.offset}, key {_size(self.key)}, "
            f"value {_size(self.value)}, {len(self.headers or ())} headers)"
        )


class Scrubbed(NamedTuple):
    """A clean record. `partition` is None when the sink chooses it from the new key."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp: int
    partition: int | None = None

    def __repr__(self) -> str:
        return (
            f"Scrubbed(to {self.topic}, key {_size(self.key)}, value {_size(self.value)}, {len(self.headers)} headers)"
        )


class Dropped(NamedTuple):
    """A record that the policy drops on purpose, with the reason's code. Counted, never written anywhere."""

    reason: str


class DeadLetter(NamedTuple):
    """A record that must not pass: a code of `errors.REASONS` and the policy's field path, never content."""

    code: str
    field: str = ""
    topic: str = ""


Outcome: TypeAlias = Scrubbed | Dropped | DeadLetter
