"""Mistakes of a policy: where, what, and what to do. Codes are stable, numbered, and never reused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from types import MappingProxyType


class Severity(StrEnum):
    """An error keeps a policy from loading. A warning makes `lint` exit 1. A hint does neither."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


CODES: Mapping[str, str] = MappingProxyType(
    {
        # reading
        "SS001": "The file cannot be read: missing, larger than 1 MiB, not UTF-8, or with too many values or levels.",
        "SS002": "The file is not YAML 1.2.",
        "SS003": "A name stands twice in one mapping. YAML readers keep the last in silence: a leak waiting to happen.",
        "SS004": "Aliases, anchors, merge keys and tags are refused: what a review sees must be what runs.",
        # form
        "SS005": "A word that the policy language does not have.",
        "SS006": "A word that must be there is missing.",
        "SS007": "A value of the wrong type or outside its range.",
        "SS008": "A part of the policy language that this version does not have yet.",
        # rules
        "SS010": "A selector that does not parse.",
        "SS011": "Two selectors tie: neither is more specific, so neither wins.",
        "SS012": "A scrubber that does not exist.",
        "SS013": "A parameter that the scrubber does not have, or a value that it does not take.",
        "SS014": "A rule is one scrubber, or a list of scrubbers that run left to right.",
        "SS015": "A rule on a field has another rule below it. Only `drop` may: then the longer selector wins.",
        "SS016": "${…} inside a rule: a review must see what runs.",
        "SS017": "A selector and scrubber that cannot go together.",
        "SS018": "Pseudonyms need `pseudonyms:`, so that realm and epoch are decided and not defaulted.",
        "SS019": "The regular expression is not one that RE2 takes (linear time, no back references).",
        # privacy
        "SS020": "`**` with `keep`: fields added later would pass.",
        "SS021": "`keep` on text without `max_length`, `pattern` or `one_of`: the value domain is open.",
        "SS022": "An identifying header is kept.",
        "SS023": "The record's key or timestamp passes as it is.",
        "SS024": "A policy without a test.",
        "SS025": "The partition of the source is kept, and with it the link from raw to clean.",
        "SS026": "A network prefix so fine that most visitors are alone in it.",
        "SS027": "A quasi-identifier set names a field that the policy drops.",
        "SS028": "A pseudonym is released, but no subject or quasi-identifier set says what to measure.",
        "SS029": "A pseudonym that never turns: without `epoch:` its holders can be followed for good.",
        # several policies
        "SS030": "Two policies claim the same raw topic or share a name, or a policy reads what one writes.",
        "SS031": "Policies of one realm with different epochs: the id that turns later re-links the others.",
        # the service file
        "SS032": "A Kafka setting that the service decides itself, or that would print content.",
        "SS033": "Something that the service file names is not there: a variable or a policy file.",
        # layers
        "SS034": "A layer that `extends` names is not there, or leads back to itself.",
        "SS035": "A layer loosens what a layer before it decided, without `loosen: true` and a `reason:`.",
        "SS036": "`loosen: true` and a `reason:` stand together, in the rule or section that they are about.",
        "SS037": "`loosen: true` stands where nothing is loosened: it would hide a loosening to come.",
        # names as content
        "SS041": "A wildcard releases the names of what it matches; names in the data can be personal data.",
        # tests of a policy
        "SS040": "A test of the policy that fails.",
    }
)
"""What each code means, in a sentence."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake. Lines and columns count from 1; `excerpt` is the line of the policy, `width` what to underline."""

    code: str
    message: str
    file: str = "<policy>"
    line: int = 1
    column: int = 1
    severity: Severity = Severity.ERROR
    hint: str = ""
    excerpt: str = ""
    width: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}  {self.severity} {self.code}  {self.message}"

    def pretty(self) -> str:
        """The form for people: the mistake, its line, and what to do."""
        out = str(self)
        if self.excerpt:
            gutter = f"{self.line:>5} | "
            out += f"\n{gutter}{self.excerpt}\n{'|':>7} {' ' * (self.column - 1)}{'^' * max(1, self.width)}"
            if self.hint:
                out += f"  {self.hint}"
        elif self.hint:
            out += f"\n        {self.hint}"
        return out


def sort(mistakes: Iterable[Mistake]) -> tuple[Mistake, ...]:
    """By file, line and column, without repetition."""
    return tuple(sorted(set(mistakes), key=lambda m: (m.file, m.line, m.column, m.code, m.message)))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint, or nothing when no known word is close."""
    known = sorted(known)
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return f'did you mean "{close[0]}"?'
    return f"known: {', '.join(known)}" if len(known) <= 12 else ""
