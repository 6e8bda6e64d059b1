"""Many detectors over one text: triggers first, then finds, then one list of spans that do not overlap.

The steps, in this order because each needs the one before:

1. fold: disguises are taken off (`folding`); spans are mapped back at the end.
2. triggers: detectors whose trigger does not match are not called. Most text ends here.
3. finds: every detector sees the same text; none sees what another found.
4. widen: a span that starts or ends inside a word takes the whole word: no half of a token stays behind.
5. unite: spans that overlap become one, under the entity of the longest, or of the one that ranks first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from stream_scrubber.detectors.base import Detector, Find, Span
from stream_scrubber.detectors.folding import Folded, folder

_UNSPACED = (  # scripts that write words without spaces, or glue particles to numbers: never widened into
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u303f\u3040-\u30ff\u3100-\u31ff\u3400-\u9fff"
    "\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc\U00020000-\U0003ffff"
)
_DIGIT = re.compile("[0-9]")
_Stage: TypeAlias = tuple[Callable[[str], object] | None, tuple[str, ...], tuple[Find, ...]]
"""The search of a trigger, or else its words, and what runs where it is found."""
_INSIDE_WORD = re.compile(rf"[^\W{_UNSPACED}]{{2}}")
_WORD = re.compile(rf"[^\W{_UNSPACED}]+")


def scanner(detectors: Sequence[Detector], patterns: Mapping[str, Find] = MappingProxyType({})) -> Find:
    """One function that gives the united spans of all, left to right, none overlapping.

    Rank is the position in `patterns`, which are called for every text, and after them in `detectors`.
    """
    names = (*patterns, *(entity for each in detectors for entity in each.entities or (each.name,)))
    rank = {name: place for place, name in reversed([*enumerate(names)])}
    always = tuple(patterns.values())
    anywhere = _stages([detector for detector in detectors if not detector.digits])
    with_digits = _stages([detector for detector in detectors if detector.digits])

    fold, digit = folder(), _DIGIT.search

    def scan(text: str) -> list[Span]:
        folded = fold(text)
        plain = folded.text if folded else text
        lower = plain.lower()
        found: list[Span] = []
        for find in always:
            found += find(plain)
        for stages in (anywhere, with_digits) if digit(plain) else (anywhere,):
            for expression, words, group in stages:
                if expression(plain) if expression else any(map(lower.__contains__, words)):
                    for find in group:
                        found += find(plain)
        if not found:
            return found
        spans = unite(plain, found, rank)
        return _unfolded(folded, spans, rank) if folded else spans

    return scan


def _stages(detectors: Sequence[Detector]) -> tuple[_Stage, ...]:
    """Detectors grouped by trigger."""
    groups: dict[str | tuple[str, ...], list[Find]] = {}
    for detector in detectors:
        groups.setdefault(detector.trigger, []).append(detector.build())
    return tuple(
        (re.compile(trigger).search, (), tuple(group))
        if isinstance(trigger, str)
        else (None, trigger, tuple(group))
        for trigger, group in groups.items()
    )


def _unfolded(folded: Folded, spans: list[Span], rank: dict[str, int]) -> list[Span]:
    """Spans of folded text as spans of the text it came from; two that share a character of it become one."""
    _, starts, ends = folded
    mapped: list[Span] = []
    for start, end, entity in spans:
        start, end = starts[start], ends[end - 1]
        if mapped and start < mapped[-1].end:
            last = mapped.pop()
            start, entity = last.start, min(last.entity, entity, key=rank.__getitem__)
        mapped.append(Span(start, end, entity))
    return mapped


def unite(text: str, spans: list[Span], rank: dict[str, int]) -> list[Span]:
    """Spans widened to the edges of words and merged where they overlap; the longest names the entity, among
    equals that of the lowest rank.

    One pass from left to right that never looks at a character twice.
    """
    united: list[Span] = []
    floor = longest = 0  # the end of the last united span, which is the edge of a word; its longest part
    for start, end, entity in sorted(spans):
        size = end - start
        while start > floor and _joined(text, start):
            start -= 1
        if start < floor:
            last = united.pop()
            start = last.start
            if (-size, rank[entity]) < (-longest, rank[last.entity]):
                longest = size
            else:
                entity = last.entity
        else:
            longest = size
        if end > floor:
            floor = end
            if end < len(text) and _joined(text, end) and (word := _WORD.match(text, end)):
                floor = word.end()
        united.append(Span(start, floor, entity))
    return united


def _joined(text: str, place: int) -> bool:
    """True if the characters on both sides of `place` belong to one word."""
    return bool(_INSIDE_WORD.match(text, place - 1))
