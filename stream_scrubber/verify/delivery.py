"""Was every record released once, in its place, in order, with the right content?

Order is kept when, of the records of one source partition, those in one clean partition stand as they were
produced, and, if partitions are chosen by key, when one clean key is in one partition only. That holds for
records without a key, too, and over a change of the pseudonym's epoch, which gives a key a new place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from stream_scrubber.record import Record
from stream_scrubber.verify.history import Expect, Identify, Oracle, Produced, coordinates
from stream_scrubber.verify.verdict import Finding, Kind

_TOPIC, _PARTITION, _OFFSET = (f"__connect.errors.{name}" for name in ("topic", "partition", "offset"))
_CODE = "scrubber.code"


class Outputs:
    """What was released, by the raw record that it was released for."""

    def __init__(self, records: Iterable[Record], identify: Identify, dead_letter_topics: frozenset[str]):
        self._clean: dict[str, list[Record]] = {}
        self._dead: dict[str, list[Record]] = {}
        self._dead_letter_topics = dead_letter_topics
        self.unknown: list[Record] = []
        for record in records:
            dead = record.topic in dead_letter_topics
            source = _pointed_at(record) if dead else identify(record)
            if source is None:
                self.unknown.append(record)
            else:
                (self._dead if dead else self._clean).setdefault(source, []).append(record)

    def take(self, produced: Produced) -> tuple[list[Record], list[Record]]:
        """`(clean, dead letters)` of this record. What nobody takes was produced by nobody."""
        return self._clean.pop(produced.id, []), self._dead.pop(coordinates(produced.record), [])

    def left(self) -> Iterator[Record]:
        """What is unknown, or was not taken."""
        return chain(self.unknown, *self._clean.values(), *self._dead.values())


class Delivery:
    """Judges the committed records, one raw record after the other, in the order of each source partition."""

    def __init__(self, oracle: Oracle, *, by_key: bool) -> None:
        self._oracle = oracle
        self._by_key = by_key
        self._last_raw: dict[tuple[str, int], int] = {}
        self._last: dict[tuple[str, int, str, int], int] = {}
        self._places: dict[tuple[str, bytes], int] = {}

    def judge(self, produced: Produced, clean: list[Record], dead: list[Record]) -> Iterator[Finding]:
        """What is wrong with what was released for this record."""
        self._check_given_in_order(produced.record)
        source = coordinates(produced.record)
        wanted, other = {
            Expect.CLEAN: (clean, dead),
            Expect.DEAD_LETTER: (dead, clean),
            Expect.DROPPED: ([], clean + dead),
        }[produced.expect]
        if len(clean) + len(dead) > 1:
            yield Finding(Kind.DUPLICATED, source, coordinates((clean + dead)[1]))
        if other:
            yield Finding(Kind.MISROUTED, source, coordinates(other[0]), f"expected {produced.expect}")
        elif not wanted and produced.expect is not Expect.DROPPED:
            yield Finding(Kind.LOST, source)
        for record in wanted:
            if not self._right(produced, record):
                yield Finding(Kind.WRONG, source, coordinates(record))
        for record in (clean + dead)[:1]:  # a repetition is out of order anyway, and counted above
            if not self._in_order(produced.record, record):
                yield Finding(Kind.REORDERED, source, coordinates(record))

    def _right(self, produced: Produced, record: Record) -> bool:
        if produced.expect is Expect.DEAD_LETTER:
            return not produced.code or _header(record, _CODE) == produced.code
        try:
            return self._oracle(produced, record)
        except Exception:  # noqa: BLE001 an oracle that cannot even read it has said no
            return False

    def _in_order(self, raw: Record, record: Record) -> bool:
        pair = (raw.topic, raw.partition, record.topic, record.partition)
        after = record.offset > self._last.get(pair, -1)
        self._last[pair] = max(record.offset, self._last.get(pair, -1))
        if record.key is None or not self._by_key:
            return after
        return (
            after
            and self._places.setdefault((record.topic, record.key), record.partition) == record.partition
        )

    def _check_given_in_order(self, raw: Record) -> None:
        place = (raw.topic, raw.partition)
        if raw.offset <= self._last_raw.get(place, -1):
            raise ValueError(
                f"the produced records must be given in order: {coordinates(raw)} comes too late"
            )
        self._last_raw[place] = raw.offset


def _header(record: Record, name: str) -> str | None:
    for each, value in record.headers or ():
        if each == name and value is not None:
            return value.decode(errors="replace")
    return None


def _pointed_at(record: Record) -> str | None:
    topic, partition, offset = (_header(record, name) for name in (_TOPIC, _PARTITION, _OFFSET))
    return None if topic is None else f"{topic}/{partition}/{offset}"
