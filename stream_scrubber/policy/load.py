"""From a file to a `Policy`: every mistake at once, each with file, line and column."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from stream_scrubber.errors import PolicyError
from stream_scrubber.keys.epochs import EpochRule
from stream_scrubber.matching import Automaton, TooManyStatesError, build
from stream_scrubber.patterns import BadPatternError, linear
from stream_scrubber.policy.envelope import Envelope, EnvelopeReader
from stream_scrubber.policy.layers import PRESET, Layer, Layers, gather
from stream_scrubber.policy.loosening import Outline, check
from stream_scrubber.policy.mistakes import Mistake, Severity, did_you_mean, sort
from stream_scrubber.policy.model import Leakage, PolicyFile, RecordRules, Test
from stream_scrubber.policy.presets import text
from stream_scrubber.policy.rules import Rule, RuleReader
from stream_scrubber.policy.source import Path, Source
from stream_scrubber.selectors import Kind, Selector

LATER = {
    "derive": "derived fields",
    "cohort": "the cohort gate",
    "when": "conditions",
    "tags": "schema tags",
}
"""Words of the policy language that this version refuses, because passing over them would not be safe."""


@dataclass(frozen=True, slots=True)
class TopicPattern:
    """Which raw topics a policy is for, and the clean and dead-letter topic of each."""

    source: str
    clean: str
    dead_letters: str

    @property
    def is_pattern(self) -> bool:
        return self.source.startswith("^")

    def outputs(self, topic: str) -> tuple[str, str] | None:
        """The clean and the dead-letter topic of a raw topic, or None when the policy is not for it."""
        if not self.is_pattern:
            return (self.clean, self.dead_letters) if topic == self.source else None
        try:
            found = linear(self.source).fullmatch(topic)
        except UnicodeError:  # half a surrogate pair, which no broker takes
            return None
        if found is None:
            return None
        return found.expand(self.clean), found.expand(self.dead_letters)


@dataclass(frozen=True, slots=True)
class LeakageRules:
    """What is measured: the raw subject and named sets of clean fields."""

    subjects: tuple[Selector, ...]
    """Of these the first that is present names the person."""
    sets: Mapping[str, tuple[Selector, ...]]
    settings: Leakage

    @property
    def subject(self) -> Selector:
        return self.subjects[0]


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy that loads: checked, immutable, without secrets. Same text, same `sha256`."""

    file: str
    sha256: str
    form: PolicyFile
    topics: TopicPattern
    realm: str
    epochs: EpochRule | None
    rules: tuple[Rule, ...]
    automaton: Automaton
    envelope: Envelope
    leakage: LeakageRules | None
    lints: tuple[Mistake, ...]
    layers: tuple[str, ...] = ()
    """The files it was made of, in their order; the last one is `file`."""
    places: Mapping[str, str] = field(default_factory=dict)
    """`file:line` of each rule, by selector, and of `record.key`, `record.timestamp` and `record.headers.NAME`."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Why what stands there may let through more than the layers before it."""

    @property
    def name(self) -> str:
        return self.form.name

    @property
    def tests(self) -> tuple[Test, ...]:
        return tuple(self.form.tests)

    @property
    def lenient(self) -> bool:
        return self.form.on_mismatch == "drop_field"

    @property
    def rejects_unknown(self) -> bool:
        return self.form.default == "reject"

    @property
    def needs_key(self) -> bool:
        return self.envelope.needs_key or any(rule.chain.needs_key for rule in self.rules)

    @property
    def needs_record(self) -> bool:
        return self.envelope.needs_record or any(rule.chain.needs_record for rule in self.rules)

    def __repr__(self) -> str:
        return f"Policy({self.name}, {len(self.rules)} rules, {self.sha256[:12]})"

    @classmethod
    def load(cls, path: str | FilePath) -> Policy:
        """The policy in a file. Raises `PolicyError` with every mistake; warnings and hints are in `lints`."""
        policy, mistakes = cls.check(path)
        if policy is None:
            raise PolicyError(tuple(m for m in mistakes if m.severity is Severity.ERROR))
        return policy

    @classmethod
    def check(cls, path: str | FilePath) -> tuple[Policy | None, tuple[Mistake, ...]]:
        """The policy, or None when it has errors, and all mistakes including warnings and hints."""
        preset = text(str(path).removeprefix(PRESET)) if str(path).startswith(PRESET) else None
        if preset is not None:
            return cls.parse(preset, str(path))
        try:
            raw = FilePath(path).read_bytes()
        except OSError as error:
            return None, (Mistake("SS001", error.strerror or "cannot be read", str(path)),)
        return cls.parse(raw, str(path))

    @classmethod
    def parse(cls, raw: bytes, file: str = "<policy>") -> tuple[Policy | None, tuple[Mistake, ...]]:
        """Like `check`, for text that is not in a file."""
        source = gather(raw, file)
        policy = _Loader(source).load(source.data) if isinstance(source, Layers) else None
        return policy, sort(source.mistakes)


class _Loader:
    def __init__(self, source: Layers) -> None:
        self.source = source

    def load(self, data: Any) -> Policy | None:
        from stream_scrubber.policy.lint import lint  # lint reads policies, so it stands above them

        form = self.form(data)
        fields = data.get("fields") if isinstance(data, dict) else None
        reader = RuleReader(self.source, isinstance(data, dict) and data.get("on_mismatch") == "drop_field")
        rules = reader.fields(fields) if isinstance(fields, dict) else []
        automaton = self._automaton(rules)
        if form is None:
            self._rest(data, reader)
            return None
        envelope = EnvelopeReader(reader).read(form.record)
        topics = self._topics(form)
        leakage = self._leakage(form.leakage, reader)
        if self.source.mistakes or automaton is None or envelope is None or topics is None:
            return None
        turns = form.pseudonyms
        epochs = EpochRule(turns.epoch or 0, turns.anchor, turns.overlap) if turns else None
        realm = (turns and turns.realm) or form.name
        policy = Policy(
            self.source.file,
            self.source.sha256,
            form,
            topics,
            realm,
            epochs,
            tuple(rules),
            automaton,
            envelope,
            leakage,
            (),
            tuple(layer.name for layer in self.source.layers),
            _told(self.source.where, rules, envelope),
            _told(self.source.reason, rules, envelope),
        )
        if policy.needs_key and epochs is None:
            self.source.mistake("SS018", (), "a rule makes pseudonyms, but there is no `pseudonyms:`")
            return None
        lint(policy, self.source)
        self._loosened(Outline(self.source, rules, envelope, form))
        found = tuple(m for m in self.source.mistakes if m.severity is not Severity.ERROR)
        return None if len(found) < len(self.source.mistakes) else _with_lints(policy, found)

    def _loosened(self, whole: Outline) -> None:
        """Mistakes of layers that let through more than those before them."""
        layers = self.source.layers
        outlines = [_outline(layers[: number + 1]) for number in range(len(layers) - 1)]
        for number, (before, after) in enumerate(pairwise([*outlines, whole])):
            check(self.source, number + 1, before, after)

    def _rest(self, data: Any, reader: RuleReader) -> None:
        """The mistakes in the parts that are sound in form, when another part is not."""
        if not isinstance(data, dict):
            return
        with contextlib.suppress(ValidationError):
            EnvelopeReader(reader).read(RecordRules.model_validate(data.get("record")))
        with contextlib.suppress(ValidationError):
            self._leakage(Leakage.model_validate(data.get("leakage")), reader)

    def form(self, data: Any) -> PolicyFile | None:
        if not isinstance(data, dict):
            self.source.mistake("SS007", (), "a policy is a mapping of names to values", at_value=True)
            return None
        if not data.keys() & {"version", "name", "topics", "fields", "extends"}:
            # not quoted: whoever swaps arguments hands in a data file, and its lines would land in a log
            self.source.mistake("SS007", (), "this is not a policy")
            return None
        for word in [word for word in data if word in LATER]:
            self.source.mistake("SS008", (word,), f"`{word}` ({LATER[word]}) is not in this version")
            data = {name: value for name, value in data.items() if name != word}
        try:
            return PolicyFile.model_validate(data)
        except ValidationError as error:
            for problem in error.errors(include_input=False, include_url=False, include_context=False):
                _translate(self.source, data, problem["loc"], problem["type"], problem["msg"])
            return None

    def _automaton(self, rules: list[Rule]) -> Automaton | None:
        drops = frozenset(number for number, rule in enumerate(rules) if rule.chain.drops)
        try:
            automaton = build([rule.selector for rule in rules], drops)
        except TooManyStatesError as error:
            self.source.mistake("SS017", ("fields",), str(error))
            return None
        for first, second in automaton.ties:
            line = self.source.places[rules[first].path][0]
            self.source.mistake(
                "SS011",
                rules[second].path,
                f'"{rules[second].selector}" ties with "{rules[first].selector}" in line {line}',
                hint="make one of them more specific, or remove it",
            )
        for above, below in automaton.belows:
            self.source.mistake(
                "SS015",
                rules[above].path,
                f'"{rules[above].selector}" has a rule, and so has "{rules[below].selector}" below it',
                hint=_below_hint(rules[above]),
            )
        return automaton

    def _topics(self, form: PolicyFile) -> TopicPattern | None:
        pattern = TopicPattern(form.topics.from_, form.topics.to, form.dead_letter.to)
        if len({pattern.source, pattern.clean, pattern.dead_letters}) < 3:
            self.source.mistake("SS007", ("topics",), "raw, clean and dead-letter topic must be three different ones")
            return None
        if pattern.is_pattern:
            try:
                found = linear(pattern.source)
                for word, template in (("topics", pattern.clean), ("dead_letter", pattern.dead_letters)):
                    if any(int(number) > found.groups for number in _references(template)):
                        self.source.mistake("SS007", (word, "to"), "names a group that `from` does not have")
            except BadPatternError:
                self.source.mistake("SS019", ("topics", "from"), "not a regular expression that RE2 takes")
                return None
            for word, template in (("topics", pattern.clean), ("dead_letter", pattern.dead_letters)):
                # a template is tried with groups that are empty and with some that are not
                if any(found.fullmatch(_filled(template, text)) for text in ("", "x", "0")):
                    self.source.mistake("SS030", (word, "to"), "the policy would read what it writes: a loop")
        elif _references(pattern.clean) or _references(pattern.dead_letters):
            self.source.mistake("SS007", ("topics", "to"), "names a group that `from` does not have")
        return pattern

    def _leakage(self, form: Leakage | None, reader: RuleReader) -> LeakageRules | None:
        if form is None:
            return None
        path: Path = ("leakage", "subject")
        texts = [(form.subject, path)] if isinstance(form.subject, str) else [
            (text, (*path, index)) for index, text in enumerate(form.subject)
        ]  # fmt: skip
        subjects = [self._one(text, where, reader) for text, where in texts]
        if not subjects:
            self.source.mistake("SS007", path, "names no field", at_value=True)
        sets = {
            name: tuple(
                selector
                for index, text in enumerate(texts)
                for selector in reader.selectors(
                    text, ("leakage", "quasi_identifiers", name, index), at_value=True
                )
            )
            for name, texts in form.quasi_identifiers.items()
        }
        for index, budget in enumerate(form.budgets):
            if budget.set not in sets:
                self.source.mistake(
                    "SS007",
                    ("leakage", "budgets", index, "set"),
                    f'there is no quasi-identifier set "{budget.set}"',
                    hint=did_you_mean(budget.set, sets),
                    at_value=True,
                )
        for name, selectors in sets.items():
            for index, selector in enumerate(selectors):
                if any(step.kind is Kind.DEEP for step in selector.steps):
                    self.source.mistake(
                        "SS007",
                        ("leakage", "quasi_identifiers", name, index),
                        f'"{selector}": `**` has no one order, so it cannot be part of a set',
                        at_value=True,
                    )
        if form.on_breach == "pause":
            self.source.mistake(
                "SS008", ("leakage", "on_breach"), "`on_breach: pause` is not in this version: a breach alerts"
            )
        found = tuple(subject for subject in subjects if subject is not None)
        return LeakageRules(found, sets, form) if found and len(found) == len(subjects) else None

    def _one(self, text: str, path: Path, reader: RuleReader) -> Selector | None:
        selectors = reader.selectors(text, path, at_value=True)
        if not selectors:
            return None
        if len(selectors) != 1 or not selectors[0].literal:
            self.source.mistake("SS007", path, "names one field: no wildcards, no alternatives", at_value=True)
            return None
        return selectors[0]


def _outline(layers: list[Layer]) -> Outline:
    """What some of the layers decide. Their mistakes are told when all of them are read."""
    source = Layers(layers)
    source.mistakes = []
    loader, data = _Loader(source), source.data
    form = loader.form(data)
    reader = RuleReader(source, False)
    fields = data.get("fields")
    rules = reader.fields(fields) if isinstance(fields, dict) else []
    envelope = None
    with contextlib.suppress(ValidationError):
        envelope = EnvelopeReader(reader).read(RecordRules.model_validate(data.get("record")))
    return Outline(source, rules, envelope, form)


def _told(
    tell: Callable[[Path], str | None], rules: Iterable[Rule], envelope: Envelope
) -> Mapping[str, str]:
    """What `tell` says of the place of every rule, where it says something."""
    paths: dict[str, Path] = {rule.selector.text: rule.path for rule in rules}
    paths |= {f"record.{word}": ("record", word) for word in ("key", "timestamp")}
    paths |= {f"record.headers.{name}": ("record", "headers", name) for name in envelope.headers}
    return {name: said for name, path in paths.items() if (said := tell(path)) is not None}


def _with_lints(policy: Policy, lints: Iterable[Mistake]) -> Policy:
    from dataclasses import replace

    return replace(policy, lints=tuple(lints))


def _below_hint(rule: Rule) -> str:
    name = rule.chain.scrubbers[0].name
    if name == "keep":
        return f'for all fields below, write "{rule.selector}.**": keep'
    return "only `drop` may have that"


def _translate(source: Source, data: Any, loc: tuple[int | str, ...], kind: str, message: str) -> None:
    """pydantic's words, as ours, at the place in the file."""
    path = tuple(loc)
    if kind == "extra_forbidden":
        known = _known_words(data, path[:-1])
        source.mistake("SS005", path, f'unknown word "{path[-1]}"', hint=did_you_mean(str(path[-1]), known))
    elif kind == "missing":
        source.mistake("SS006", path[:-1], f'"{".".join(map(str, path))}" is missing')
    else:
        source.mistake("SS007", path, message.removeprefix("Value error, "), at_value=True)


def _known_words(data: Any, path: tuple[int | str, ...]) -> list[str]:
    """The words that the language knows at `path`: read off the JSON Schema, which is read off the models."""
    schema = PolicyFile.model_json_schema(by_alias=True)
    here: dict[str, Any] = schema
    for step in path:
        here = here.get("items", {}) if isinstance(step, int) else here.get("properties", {}).get(step, {})
        for option in (here, *here.get("anyOf", [])):
            if "$ref" in option:
                here = schema["$defs"][option["$ref"].rsplit("/", 1)[1]]
    return list(here.get("properties", {}))


def _references(template: str) -> list[str]:
    import re

    return re.findall(r"\\([0-9])", template)


def _filled(template: str, text: str) -> str:
    import re

    return re.sub(r"\\[0-9]", text, template)
