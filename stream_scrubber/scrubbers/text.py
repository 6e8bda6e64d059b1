"""Free text: personal data inside it is found and masked; short codes are cut to their first characters.

Rules: what is found is the detectors' business, what is written instead is the operator's. The output is
scanned again without the stretches that an operator wrote; if something is still found, it is a mismatch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import Field

from stream_scrubber.detectors import Detector, known, made
from stream_scrubber.detectors.scanning import scanner
from stream_scrubber.detectors.user import compiled, pattern_find
from stream_scrubber.errors import Mismatch
from stream_scrubber.scrubbers.base import (
    TEXT,
    Action,
    BuildContext,
    Example,
    Family,
    Scrubber,
    Takes,
    less_is_tighter,
    same,
    verdict,
)

Operate: TypeAlias = Callable[[str], str]
"""Takes the found text, gives what stands in its place."""

Operator: TypeAlias = Literal["replace", "mask", "redact", "pseudonym", "encrypt", "keep"]

_KEYED = frozenset({"pseudonym", "encrypt"})

_TIGHTER: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "redact": frozenset({"replace", "mask", "pseudonym", "encrypt", "keep"}),
        "replace": frozenset({"pseudonym", "encrypt", "keep"}),
        "pseudonym": frozenset({"encrypt", "keep"}),
        "mask": frozenset({"keep"}),
        "encrypt": frozenset({"keep"}),
        "keep": frozenset(),
    }
)
"""What each operator hides more than: `mask` tells the length, `pseudonym` and `encrypt` who is the same."""


def _detector_names(schema: dict[str, Any]) -> None:
    """Editors then complete the names of detectors, and mark a wrong one."""
    schema["enum"] = [*known()]


DetectorName: TypeAlias = Annotated[str, Field(json_schema_extra=_detector_names)]

_GAP = "\n"
"""Stands for what an operator wrote when the output is scanned again: no find goes across a line."""


@dataclass(frozen=True, slots=True)
class MaskText(Scrubber):
    """Finds personal data in free text and writes something else in its place; the rest of the text stays.

    Parameters
    ----------
    find
        Names of detectors (`detectors.ALL`) or of groups of them (`national_id`, `structured`).
    with
        What `replace` writes; `{type}` stands for the name of the detector.
    operator
        What to do with a find. `replace`; `mask` writes one `*` for each character; `redact` writes nothing;
        `pseudonym` writes the token that a field under `pseudonym` would have, in the domain of the
        find's type; `encrypt` writes what a field under `encrypt` would have, which the epoch's key opens
        again; `keep` leaves it.
    operators
        Another operator for some types of finds, by name.
    domains
        Domain of pseudonyms by type, where it is not the name of the type.
    patterns
        Patterns of one's own by name, in the syntax of RE2; a name may also be that of a detector.
    max_length
        Longer texts, in characters, are a mismatch.
    """

    name: ClassVar[str] = "mask_text"
    family: ClassVar[Family] = Family.SUPPRESSION
    takes: ClassVar[frozenset[Takes]] = TEXT
    leaves_open: ClassVar[str] = (
        "What no detector knows: nicknames, hints, habits, the style of writing. Detection is never complete."
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
        Example(
            "ticket AB-12 of a@mail.example",
            "ticket <ticket> of ",
            parameters={
                "find": ["email"],
                "patterns": {"ticket": "[A-Z]{2}-[0-9]+"},
                "operators": {"email": "redact"},
            },
        ),
        Example(5, refuses="type", parameters=["email"]),
        Example("12345", refuses="too_long", parameters={"find": ["email"], "max_length": 4}),
    )

    find: tuple[DetectorName, ...] = ()
    with_: Annotated[str, Field(alias="with")] = "<{type}>"
    operator: Operator = "replace"
    operators: Mapping[str, Operator] = field(default_factory=dict, hash=False)
    domains: Mapping[str, str] = field(default_factory=dict, hash=False)
    patterns: Mapping[str, str] = field(default_factory=dict, hash=False)
    max_length: Annotated[int, Field(gt=0)] = 20_000

    def __post_init__(self) -> None:
        if not self.find and not self.patterns:
            raise ValueError("mask_text needs the name of at least one detector under find, or a pattern")
        for name in self.find:
            _known(name, known(), "detector")
        for name in (*self.operators, *self.domains):
            _known(name, self.entities(), "type")
        for name, pattern in self.patterns.items():
            compiled(name, pattern)

    def detectors(self) -> tuple[Detector, ...]:
        """What `find` names, in its rank."""
        return made(self.find)

    def entities(self) -> tuple[str, ...]:
        """The types of finds, in their rank: patterns of one's own, then those of the detectors."""
        return _entities(self.patterns, self.detectors())

    @property
    def needs_key(self) -> bool:  # type: ignore[override]  # of all scrubbers, only this one may need a key
        return not _KEYED.isdisjoint((self.operator, *self.operators.values()))

    def compare(self, other: MaskText) -> bool | None:
        """More types are tighter where all that is found goes without a trace; of equal types, operators
        that hide more. A find can swallow one of another type, so no other order over types is safe."""
        mine, theirs = self._operators(), other._operators()
        more, fewer = (mine, theirs) if set(mine) >= set(theirs) else (theirs, mine)
        types: int | None = 0
        if set(mine) != set(theirs):
            gone = set(more) >= set(fewer) and set(more.values()) <= {"replace", "redact"}
            types = (1 if more is mine else -1) if gone else None
        return verdict(
            types,
            *(_sign(mine[entity], theirs[entity]) for entity in mine.keys() & theirs.keys()),
            *(
                same(self.patterns.get(name), other.patterns.get(name))
                for name in mine.keys() & theirs.keys() & (self.patterns.keys() | other.patterns.keys())
            ),
            same(dict(self.domains), dict(other.domains)),
            less_is_tighter("{type}" in self.with_, "{type}" in other.with_),
            less_is_tighter(self.max_length, other.max_length),
        )

    def _operators(self) -> dict[str, Operator]:
        return {entity: self.operators.get(entity, self.operator) for entity in self.entities()}

    def build(self, context: BuildContext) -> Action:
        return self.masking(context)

    def masking(
        self,
        context: BuildContext,
        *,
        custom: Mapping[str, Operate] = MappingProxyType({}),
        detectors: Sequence[Detector] = (),
    ) -> Action:
        """`build` for Python: with `custom` functions by type, run by Presidio's operator of that name, and
        more `detectors`. A policy file cannot name them, for it is data. A function gets the found text and
        gives a string, which is written as it is and not scanned again."""
        finders = (*self.detectors(), *detectors)
        scan = scanner(
            finders, {name: pattern_find(name, pattern) for name, pattern in self.patterns.items()}
        )
        operate: dict[str, Operate] = {}
        for entity in _entities(self.patterns, finders):
            make = _OPERATORS[self.operators.get(entity, self.operator)]
            operate[entity] = _custom(custom[entity]) if entity in custom else make(self, entity, context)
        for name in custom:
            _known(name, tuple(operate), "type")
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
                kept, instead = value[after:start], operate[entity](value[start:end])
                written += kept, instead
                left += kept, _GAP if instead else ""
                after = end
            rest = value[after:]
            if scan("".join(left) + rest):
                raise Mismatch("text_residual")
            return "".join(written) + rest

        return mask_text


def _entities(patterns: Mapping[str, str], detectors: Sequence[Detector]) -> tuple[str, ...]:
    """The types of finds, each once."""
    own = (entity for each in detectors for entity in each.entities or (each.name,))
    return tuple(dict.fromkeys((*patterns, *own)))


def _known(name: str, names: tuple[str, ...], what: str) -> None:
    """Raises ValueError with a hint if `name` is none of `names`."""
    if name not in names:
        near = get_close_matches(name, names, 1)
        hint = f', did you mean "{near[0]}"?' if near else f"; known are {', '.join(names)}"
        raise ValueError(f'unknown {what} "{name}"{hint}')


# Operators, each a function that makes one: from presidio-anonymizer where it has them, with parameters
# checked once. Its engine is not used: it makes operators per call and resolves overlaps that `scanner`
# has resolved.


def _replace(scrubber: MaskText, entity: str, context: BuildContext) -> Operate:
    from presidio_anonymizer.operators import Replace

    parameters = {"new_value": scrubber.with_.replace("{type}", entity)}
    if not parameters["new_value"]:
        return _redact(scrubber, entity, context)  # Presidio would write a placeholder of its own
    operator = Replace()
    operator.validate(parameters)
    return lambda text: operator.operate(text, parameters)


def _mask(scrubber: MaskText, entity: str, context: BuildContext) -> Operate:
    from presidio_anonymizer.operators import Mask

    operator = Mask()
    operator.validate({"masking_char": "*", "chars_to_mask": 1, "from_end": False})
    return lambda text: operator.operate(
        text, {"masking_char": "*", "chars_to_mask": len(text), "from_end": False}
    )


def _redact(scrubber: MaskText, entity: str, context: BuildContext) -> Operate:
    from presidio_anonymizer.operators import Redact

    operator = Redact()
    return lambda text: operator.operate(text, {})


def _keep(scrubber: MaskText, entity: str, context: BuildContext) -> Operate:
    from presidio_anonymizer.operators import Keep

    operator = Keep()
    return lambda text: operator.operate(text, {})


def _pseudonym(scrubber: MaskText, entity: str, context: BuildContext) -> Operate:
    from stream_scrubber.scrubbers.identifiers import Pseudonym

    pseudonym = Pseudonym(domain=scrubber.domains.get(entity, entity)).build(context)
    return lambda text: pseudonym(text) or ""


def _encrypt(scrubber: MaskText, entity: str, context: BuildContext) -> Operate:
    """Not Presidio's: that draws a fresh vector each time, so a redelivered record would come out another,
    and does not authenticate. This is AES-SIV under the epoch's key, bound to realm and field; what the
    field's `sealing.Encrypt().opener` opens."""
    from stream_scrubber.scrubbers.sealing import Encrypt

    return Encrypt(nobody=()).build(context)


def _custom(function: Operate) -> Operate:
    from presidio_anonymizer.operators import Custom

    operator = Custom()
    parameters = {"lambda": function}
    operator.validate(parameters)
    return lambda text: operator.operate(text, parameters)


def _sign(mine: str, theirs: str) -> int | None:
    if mine == theirs:
        return 0
    return 1 if theirs in _TIGHTER[mine] else -1 if mine in _TIGHTER[theirs] else None


_OPERATORS: Mapping[str, Callable[[MaskText, str, BuildContext], Operate]] = MappingProxyType(
    {
        "replace": _replace,
        "mask": _mask,
        "redact": _redact,
        "keep": _keep,
        "pseudonym": _pseudonym,
        "encrypt": _encrypt,
    }
)


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
    leaves_open: ClassVar[str] = "The beginning itself, which is the whole value when that is short."
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

    def compare(self, other: FirstChars) -> bool | None:
        return verdict(less_is_tighter(self.count, other.count))
