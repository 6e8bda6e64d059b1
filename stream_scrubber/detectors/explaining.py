"""Which detector found what in a text, and why: for writing policies, never for the stream.

The result carries places and words about detectors, no text; who shows the text decides that by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from stream_scrubber.detectors.base import Detector, Find
from stream_scrubber.detectors.encoded import encoded
from stream_scrubber.detectors.folding import folder
from stream_scrubber.detectors.scanning import scanner


class Finding(NamedTuple):
    """`detector` found `text[start:end]`, which will be treated as an `entity`, because of `reason`."""

    start: int
    end: int
    entity: str
    detector: str
    reason: str


def explain(
    text: str, detectors: Sequence[Detector], patterns: Mapping[str, Find] = MappingProxyType({})
) -> list[Finding]:
    """Every find of every detector in `text`, by place; also those that a find of higher rank swallows.

    `entity` is the type of the united span that the find became part of, as `scanner` gives it.
    """
    folded = folder()(text)
    plain = folded.text if folded else text
    scan = scanner(detectors, patterns)
    united = scan(text)
    finds = [(name, find, "a pattern of the policy") for name, find in patterns.items()]
    finds += [(each.name, each.build(), _said(each)) for each in detectors]
    finds += [("base64", encoded(scan), "base64 of text in which something is found")]
    findings: list[Finding] = []
    for name, find, reason in finds:
        for first, last, _ in find(plain):
            start, end = (folded.starts[first], folded.ends[last - 1]) if folded else (first, last)
            span = next(span for span in united if span.start <= start and end <= span.end)
            notes = [reason]
            if plain[first:last] != text[start:end]:
                notes.append("seen after taking off a disguise")
            if (span.start, span.end) != (start, end):
                notes.append(f"replaced together with {span.start}:{span.end}")
            findings.append(Finding(start, end, span.entity, name, "; ".join(notes)))
    return sorted(findings)


def _said(detector: Detector) -> str:
    """The first sentence of a detector's documentation, and its source."""
    first = " ".join((type(detector).__doc__ or "").split()).partition(". ")[0].rstrip(".")
    return f"{first} ({detector.source})" if detector.source else first
