"""A recognizer of Presidio as a detector: patterns, deny lists, or code of one's own.

    from presidio_analyzer import Pattern, PatternRecognizer
    zips = PatternRecognizer("ZIP", patterns=[Pattern("zip", r"\\b[0-9]{5}\\b", 0.1)], context=["zip"])
    MaskText(find=("email",)).masking(context, detectors=[PresidioRecognizer(zips, "zip", minimum=0.4)])

Limits: recognizers that need Presidio's NLP artifacts find nothing, and their patterns run on a backtracking engine:
time linear in the text is up to whoever wrote them. Patterns in a policy (`patterns:`) run on RE2 and are linear.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from stream_scrubber.detectors.base import Detector, Find, Span
from stream_scrubber.detectors.context import Near, near

_BOOST, _AT_LEAST = 0.35, 0.4
"""What a word of context adds to a score, and the least score that it gives: Presidio's defaults."""


@dataclass(frozen=True)
class PresidioRecognizer(Detector):
    """A recognizer of Presidio, plugged in.

    Parameters
    ----------
    recognizer
        Anything with Presidio's `analyze(text, entities, nlp_artifacts)` and `supported_entities`.
    name
        The entity of its finds here; its first entity in lower case when left out.
    minimum
        Finds with a lower score are left, as under `score_threshold` of Presidio's analyzer. A word of the
        recognizer's `context` in the neighbourhood raises the score, compared as written, not by lemma.
    """

    recognizer: Any
    name: str = ""  # type: ignore[misc]  # for other detectors the class says it
    minimum: float = 0.0

    trigger: ClassVar[str] = ""
    finds: ClassVar[tuple[str, ...]] = ()
    leaves: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        """Raises TypeError for what is no recognizer."""
        if not callable(getattr(self.recognizer, "analyze", None)) or not self._asked():
            raise TypeError("not a recognizer of Presidio: it has no analyze, or no supported_entities")
        if not self.name:
            object.__setattr__(self, "name", self._asked()[0].lower())

    def _asked(self) -> list[str]:
        return list(getattr(self.recognizer, "supported_entities", ()) or ())

    def build(self) -> Find:
        analyze, asked, name, minimum = self.recognizer.analyze, self._asked(), self.name, self.minimum
        words = [re.escape(word) for word in getattr(self.recognizer, "context", None) or ()]
        named: Near | None = near("|".join(words), behind=True) if words else None

        def recognized(text: str) -> list[Span]:
            return [
                Span(result.start, result.end, name)
                for result in analyze(text, asked, None) or ()
                if result.start < result.end and score(text, result) >= minimum
            ]

        def score(text: str, result: Any) -> float:
            if minimum > 0 and named and named(text, result.start, result.end):
                return min(1.0, max(_AT_LEAST, float(result.score) + _BOOST))
            return float(result.score)

        return recognized
