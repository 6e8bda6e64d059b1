"""Free text: personal data inside it is found and masked; short codes are cut to their first characters.

Rules: what is found is the detectors' business, what is written instead is the operator's. The output is
scanned again without the stretches that an operator wrote; if something is still found, it is a mismatch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import Field

from stream_scrubber.detectors import ALL, BY_NAME
from stream_scrubber.detectors.scanning import scanner
from stream_scrubber.errors import Mismatch
from stream_scrubber.scrubbers.base import TEXT, Action, BuildContext, Example, Family, Scrubber, Takes

Operate: TypeAlias = Callable[[str, str], str]
"""Takes the found text and its entity, gives what stands in its place."""

_GAP = "\n"
"""Stands for what an operator wrote when the output is scanned again: no find goes across a line."""


@dataclass(frozen=True, slots=True)
class MaskText(Scrubber):
    """Finds personal data in free text and writes something else in its place; the rest of the text stays.

    Parameters
    ----------
    find
        Names of detectors (`detectors.ALL`).
    with
        What `replace` writes; `{type}` stands for the name of the detector.
    operator
        `replace`; `mask` writes one `*` for each character; `redact` writes nothing.
    max_length
        Longer texts, in characters, are a mismatch.
    """

    name: ClassVar[str] = "mask_text"
    family: ClassVar[Family] = Family.SUPPRESSION
    takes: ClassVar[frozenset[Takes]] = TEXT
    leaves_open: ClassVar[str] = (
        "what no detector knows: nicknames, hints, habits, the style of writing; detection is never complete"
    )
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            "call +49 30 123 4567 or mail jane.doe@mail1.example",
            "call <phone> or mail <email>",
            parameters=["email", "phone"],
        ),
        Example("nothing here", "nothing here", parameters=["email", "phone"]),
        Example("", "", parameters=["email"]),
        Example("pay with 4111 1111 1111 1111", "pay with ###", parameters={"find": ["card"], "with": "###"}),
        Example(
            "mail a@mail.example", "mail **************", parameters={"find": ["email"], "operator": "mask"}
        ),
        Example("mail a@mail.example!", "mail !", parameters={"find": ["email"], "operator": "redact"}),
        Example(5, refuses="type", parameters=["email"]),
        Example("12345", refuses="too_long", parameters={"find": ["email"], "max_length": 4}),
    )

    find: tuple[str, ...]
    with_: Annotated[str, Field(alias="with")] = "<{type}>"
    operator: Literal["replace", "mask", "redact"] = "replace"
    max_length: Annotated[int, Field(gt=0)] = 20_000

    def __post_init__(self) -> None:
        if not self.find:
            raise ValueError("mask_text needs the name of at least one detector under find")
        for name in self.find:
            if name not in BY_NAME:
                near = get_close_matches(name, BY_NAME, 1)
                hint = f', did you mean "{near[0]}"?' if near else f"; known are {', '.join(BY_NAME)}"
                raise ValueError(f'unknown detector "{name}"{hint}')

    def build(self, context: BuildContext) -> Action:
        scan = scanner([detector() for detector in ALL if detector.name in self.find])
        operate = _operator(self.operator, self.with_, self.find)
        limit = self.max_length

        def mask_text(value: Any) -> str:
            if value.__class__ is not str:
                raise Mismatch("type")
            if not value:
                return ""
            if len(value) > limit:
                raise Mismatch("too_long")
            spans = scan(value)
            if not spans:
                return value
            written: list[str] = []
            left: list[str] = []
            after = 0
            for start, end, entity in spans:
                kept, instead = value[after:start], operate(value[start:end], entity)
                written += kept, instead
                left += kept, _GAP if instead else ""
                after = end
            rest = value[after:]
            if scan("".join(left) + rest):
                raise Mismatch("text_residual")
            return "".join(written) + rest

        return mask_text


def _operator(operator: str, with_: str, entities: tuple[str, ...]) -> Operate:
    """presidio-anonymizer's operator of that name, made once, its parameters checked once.

    Its engine is not used: it builds operators per call and resolves overlaps that `scanner` has resolved.
    """
    from presidio_anonymizer.operators import Mask, Redact, Replace

    if operator == "replace" and with_:
        replace = Replace()
        parameters = {entity: {"new_value": with_.replace("{type}", entity)} for entity in entities}
        for each in parameters.values():
            replace.validate(each)
        return lambda text, entity: replace.operate(text, parameters[entity])
    if operator == "mask":
        mask = Mask()
        mask.validate({"masking_char": "*", "chars_to_mask": 1, "from_end": False})
        return lambda text, _: mask.operate(
            text, {"masking_char": "*", "chars_to_mask": len(text), "from_end": False}
        )
    redact = Redact()
    return lambda text, _: redact.operate(text, {})


@dataclass(frozen=True, slots=True)
class FirstChars(Scrubber):
    """Keeps the first characters (Unicode code points) of a string: the language of a locale, say.

    Parameters
    ----------
    count
        How many to keep. Shorter strings stay as they are.
    """

    name: ClassVar[str] = "first_chars"
    family: ClassVar[Family] = Family.GENERALIZATION
    takes: ClassVar[frozenset[Takes]] = TEXT
    leaves_open: ClassVar[str] = "the beginning itself, which is the whole value when that is short"
    examples: ClassVar[tuple[Example, ...]] = (
        Example("de-DE", "de", parameters=2),
        Example("d", "d", parameters=2),
        Example("", "", parameters=2),
        Example("ßé漢字", "ßé漢", parameters=3),
        Example(12, refuses="type", parameters=2),
    )

    count: Annotated[int, Field(gt=0)]

    def build(self, context: BuildContext) -> Action:
        count = self.count

        def first_chars(value: Any) -> str:
            if value.__class__ is not str:
                raise Mismatch("type")
            return value[:count]

        return first_chars
