"""Many detectors over one text: triggers first, then finds, then one list of spans that do not overlap.

The steps, in this order because each needs the one before:

1. fold: disguises are taken off (`folding`); spans are mapped back at the end.
2. triggers: one pass of RE2 looks for those of all detectors; whose trigger is missing is not called. Most
   text ends here.
3. finds: every detector sees the same text; none sees what another found. Base64 is decoded and scanned
   likewise.
4. widen: a span that starts or ends inside a word takes the whole word: no half of a token stays behind.
5. unite: spans that overlap become one, under the entity of the longest, or of the one that ranks first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from stream_scrubber.detectors import encoded as encoding
from stream_scrubber.detectors.base import Detector, Find, Span
from stream_scrubber.detectors.folding import Folded, folder
from stream_scrubber.patterns import which

_UNSPACED = (  # scripts that write words without spaces, or glue particles to numbers: never widened into
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u303f\u3040-\u30ff\u3100-\u31ff\u3400-\u9fff"
    "\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc\U00020000-\U0003ffff"
)
_INSIDE_WORD = re.compile(rf"[^\W{_UNSPACED}]{{2}}")
_WORD = re.compile(rf"[^\W{_UNSPACED}]+")


def scanner(detectors: Sequence[Detector], patterns: Mapping[str, Find] = MappingProxyType({})) -> Find:
    """One function that gives the united spans of all, left to right, none overlapping.

    Rank is the position in `patterns`, which are called for every text, and after them in `detectors`.
    """
    names = (*patterns, *(entity for each in detectors for entity in each.entities or (each.name,)))
    rank = {name: place for place, name in reversed([*enumerate(names)])}
    always = tuple(patterns.values())
    groups: dict[str, list[Find]] = {}
    for detector in detectors:
        groups.setdefault(expression(detector.trigger), []).append(detector.build())
    outer = (*groups, f"(?s){encoding.TRIGGER}")
    inner = _scan(always, tuple(groups), tuple(groups.values()), rank)
    return _scan(always, outer, (*groups.values(), [encoding.encoded(inner)]), rank)


def _scan(
    always: Sequence[Find], triggers: Sequence[str], finders: Sequence[Sequence[Find]], rank: dict[str, int]
) -> Find:
    triggered, fold = which(triggers), folder()

    def scan(text: str) -> list[Span]:
        folded = fold(text)
        plain = folded.text if folded else text
        found: list[Span] = []
        for find in always:
            found += find(plain)
        for place in triggered(plain):
            for find in finders[place]:
                found += find(plain)
        if not found:
            return found
        spans = unite(plain, found, rank)
        return _unfolded(folded, spans, rank) if folded else spans

    return scan


def expression(trigger: str | tuple[str, ...]) -> str:
    """A trigger as an expression of RE2; `(?s)` lets its dots stand for line ends too."""
    return f"(?s){trigger}" if isinstance(trigger, str) else f"(?i){'|'.join(map(re.escape, trigger))}"


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
