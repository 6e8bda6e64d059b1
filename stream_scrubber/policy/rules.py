"""From what an author writes to configured scrubbers, with a place for every mistake.

A rule is one of::

    drop                                            a scrubber without parameters
    {round: 100}                                    a bare scalar or list is the first parameter
    {round: {to: 100, mode: down}}                  parameters by name
    {one_of: [View, Click], else: other}            the other parameters may stand beside the scrubber
    [{round: 5}, {clamp: {max: 500}}]               a chain, left to right
    {chain: [...], on_mismatch: drop_field}         `on_mismatch` may stand in any mapping form
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from stream_scrubber.policy.mistakes import did_you_mean
from stream_scrubber.policy.source import Path, Source
from stream_scrubber.scrubbers import BY_NAME
from stream_scrubber.scrubbers.base import Scrubber
from stream_scrubber.selectors import Kind, Selector, SelectorSyntaxError, parse

ON_MISMATCH = ("dead_letter", "drop_field")
LATER = {"lookup": "policies cannot name tables in this version"}
"""Scrubbers of the Python interface that a policy file cannot configure yet."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Configured scrubbers that run left to right. `lenient` means that a mismatch drops the field."""

    scrubbers: tuple[Scrubber, ...]
    lenient: bool = False

    @property
    def drops(self) -> bool:
        return any(scrubber.name == "drop" for scrubber in self.scrubbers)

    @property
    def needs_key(self) -> bool:
        return any(scrubber.needs_key for scrubber in self.scrubbers)

    @property
    def needs_record(self) -> bool:
        return any(scrubber.needs_record for scrubber in self.scrubbers)

    @property
    def passes_text(self) -> bool:
        return all(scrubber.passes_text for scrubber in self.scrubbers)

    def __str__(self) -> str:
        return " then ".join(scrubber.name for scrubber in self.scrubbers)


@dataclass(frozen=True, slots=True)
class Rule:
    """One selector and what becomes of its fields. `path` leads to its line in the file."""

    selector: Selector
    chain: Chain
    path: Path


def adapter(kind: type[Scrubber]) -> TypeAdapter[Scrubber]:
    """What checks a scrubber's parameters. Cached: building one costs a millisecond."""
    return _adapter(kind)


@cache
def _adapter(kind: type[Scrubber]) -> TypeAdapter[Scrubber]:
    return TypeAdapter(kind)


@cache
def parameters(kind: type[Scrubber]) -> tuple[str, ...]:
    """The words an author may write for a scrubber's parameters, the first one first."""
    return tuple(adapter(kind).json_schema(by_alias=True).get("properties", {}))


class RuleReader:
    """Reads rules of one file; mistakes go to its source."""

    def __init__(self, source: Source, lenient: bool) -> None:
        self.source = source
        self.lenient = lenient

    def fields(self, raw: Mapping[str, Any]) -> list[Rule]:
        """The rules of `fields:`, one per selector; alternatives become several."""
        rules: list[Rule] = []
        for text, value in raw.items():
            path: Path = ("fields", text)
            if "${" in text:
                self._refuse_variable(path)
                continue
            chain = self.chain(value, path)
            for selector in self.selectors(text, path):
                if chain is not None:
                    self._check_together(selector, chain, path)
                    rules.append(Rule(selector, chain, path))
        return rules

    def _refuse_variable(self, path: Path, *, at_value: bool = False) -> None:
        self.source.mistake(
            "SS016", path, "${…} is refused inside rules: a review must see what runs", at_value=at_value
        )

    def selectors(self, text: str, path: Path, *, at_value: bool = False) -> tuple[Selector, ...]:
        try:
            return parse(text)
        except SelectorSyntaxError as error:
            self.source.mistake("SS010", path, str(error), shift=error.column, at_value=at_value)
            return ()

    def chain(self, value: Any, path: Path, beside: tuple[str, ...] = ()) -> Chain | None:
        """The chain that `value` spells, or None after a mistake. `beside` are further words the mapping may hold."""
        lenient = self.lenient
        if isinstance(value, dict):
            value = {word: inner for word, inner in value.items() if word not in beside}
            if "on_mismatch" in value:
                lenient = self._on_mismatch(value.pop("on_mismatch"), path)
            if "chain" in value:
                return self._chain_word(value, path, lenient)
        parts = value if isinstance(value, list) else [value]
        if not parts:
            self.source.mistake("SS014", path, "a chain cannot be empty", at_value=True)
            return None
        paths = [(*path, index) for index in range(len(parts))] if isinstance(value, list) else [path]
        scrubbers = [self._scrubber(part, where) for part, where in zip(parts, paths, strict=True)]
        done = tuple(scrubber for scrubber in scrubbers if scrubber is not None)
        return Chain(done, lenient) if len(done) == len(parts) else None

    def _chain_word(self, value: dict[str, Any], path: Path, lenient: bool) -> Chain | None:
        parts = value.pop("chain")
        if value or not isinstance(parts, list):
            self.source.mistake("SS014", path, "`chain` holds a list, with nothing but `on_mismatch` beside it")
            return None
        inner = self.chain(parts, (*path, "chain"))
        return Chain(inner.scrubbers, lenient) if inner else None

    def _on_mismatch(self, value: Any, path: Path) -> bool:
        if value not in ON_MISMATCH:
            self.source.mistake(
                "SS007", (*path, "on_mismatch"), "on_mismatch is dead_letter or drop_field", at_value=True
            )
        return bool(value == "drop_field")

    def _scrubber(self, part: Any, path: Path) -> Scrubber | None:
        if isinstance(part, str) and "${" in part:
            self._refuse_variable(path, at_value=True)
            return None
        if isinstance(part, str):
            kind = self._kind(part, path, at_value=True)
            return self._configured(kind, {}, path, path) if kind else None
        if not isinstance(part, dict) or not part:
            self.source.mistake("SS014", path, "a rule is a scrubber or a list of scrubbers", at_value=True)
            return None
        known = [word for word in part if word in BY_NAME]
        if not known:
            self._kind(next(iter(part)), (*path, next(iter(part))))
            return None
        if len(known) > 1 and known[1] not in parameters(BY_NAME[known[0]]):
            self.source.mistake(
                "SS014",
                (*path, known[1]),
                f'"{known[0]}" and "{known[1]}" in one mapping have no order',
                hint=f"write a list: [{{{known[0]}: …}}, {{{known[1]}: …}}]",
            )
            return None
        name = known[0]
        beside = {word: value for word, value in part.items() if word != name}
        given = self._given(BY_NAME[name], part[name], path, name)
        for word in [word for word in beside if word in given]:
            self.source.mistake("SS013", (*path, word), f'"{word}" stands in `{name}:` and beside it')
            return None
        return self._configured(BY_NAME[name], {**given, **beside}, (*path, name), path, frozenset(beside))

    def _kind(self, name: str, path: Path, *, at_value: bool = False) -> type[Scrubber] | None:
        kind = BY_NAME.get(name)
        if kind is None:
            self.source.mistake(
                "SS012", path, f'unknown scrubber "{name}"', hint=did_you_mean(name, BY_NAME), at_value=at_value
            )
        return kind

    def _given(self, kind: type[Scrubber], value: Any, path: Path, name: str) -> dict[str, Any]:
        if isinstance(value, dict):
            return dict(value)
        words = parameters(kind)
        if value is None or not words:
            if value is not None:
                self.source.mistake("SS013", (*path, name), f'"{name}" takes no parameters')
            return {}
        return {words[0]: value}

    def _configured(
        self,
        kind: type[Scrubber],
        given: dict[str, Any],
        path: Path,
        outer: Path,
        beside: frozenset[str] = frozenset(),
    ) -> Scrubber | None:
        before = len(self.source.mistakes)
        known = parameters(kind)
        for word, value in given.items():
            where = (*outer, word) if word in beside else (*path, word)
            if word not in known:
                self.source.mistake(
                    "SS013", where, f'"{kind.name}" has no parameter "{word}"', hint=did_you_mean(word, known)
                )
            elif _mentions_variable(value):
                self._refuse_variable(where)
        if len(self.source.mistakes) > before:
            return None
        if kind.name in LATER:
            self.source.mistake("SS008", path, f'"{kind.name}": {LATER[kind.name]}')
            return None
        try:
            return adapter(kind).validate_python(given)
        except ValidationError as error:
            for word, message in _problems(error):
                where = (*outer, word) if word in beside else (*path, word)
                self.source.mistake("SS013", where if word else path, f"{kind.name}: {message}", at_value=bool(word))
            return None

    def _check_together(self, selector: Selector, chain: Chain, path: Path) -> None:
        if chain.drops and len(chain.scrubbers) > 1:
            self.source.mistake("SS014", path, "`drop` stands alone: nothing runs before or after it", at_value=True)
        deep = selector.steps[-1].kind is Kind.DEEP
        if deep and any(s.takes_containers for s in chain.scrubbers) and not chain.drops:
            self.source.mistake("SS017", path, f"{chain}: takes an object, but `**` is for the scalars below")


def _problems(error: ValidationError) -> list[tuple[str, str]]:
    """First word of the place, and the message, without the input that pydantic would quote."""
    out = []
    for problem in error.errors(include_input=False, include_url=False, include_context=False):
        place = [part for part in problem["loc"] if isinstance(part, str)]
        message = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "missing":
            message = f'"{place[0]}" is missing' if place else "a parameter is missing"
            out.append(("", message))
        else:
            out.append((place[0] if place else "", f"{place[0]}: {message}" if place else message))
    return out


def _mentions_variable(value: Any) -> bool:
    if isinstance(value, str):
        return "${" in value
    if isinstance(value, dict):
        return any(_mentions_variable(inner) for pair in value.items() for inner in pair)
    return isinstance(value, list) and any(_mentions_variable(inner) for inner in value)
