"""What a policy says that is well formed and still leaks, or cannot be meant. One function a lint, one list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stream_scrubber.policy.mistakes import Severity
from stream_scrubber.policy.source import Source
from stream_scrubber.scrubbers.base import Scrubber
from stream_scrubber.selectors import Kind

if TYPE_CHECKING:
    from stream_scrubber.policy.load import Policy

IDENTIFYING_HEADERS = frozenset(
    {
        "traceparent", "tracestate", "baggage", "b3", "x-request-id", "x-correlation-id", "x-forwarded-for",
        "authorization", "cookie", "ce_id", "ce_subject", "ce_source", "ce_time", "x-amzn-trace-id",
    }
)  # fmt: skip


def lint(policy: Policy, source: Source) -> None:
    """Adds warnings and hints to `source`."""
    for check in LINTS:
        check(policy, source)


def _deep_keep(policy: Policy, source: Source) -> None:
    for rule in policy.rules:
        deep = rule.selector.steps[-1].kind is Kind.DEEP
        if deep and any(scrubber.name == "keep" for scrubber in rule.chain.scrubbers):
            source.mistake(
                "SS020", rule.path, f'"{rule.selector}": fields added later would pass', severity=Severity.WARNING
            )


def _released_names(policy: Policy, source: Source) -> None:
    """A wildcard releases the names of what it matches as they are: a map keyed by people releases people."""
    for rule in policy.rules:
        wild = any(step.kind in (Kind.ANY, Kind.DEEP) for step in rule.selector.steps)
        if wild and not rule.chain.drops:
            source.mistake(
                "SS041",
                rule.path,
                f'"{rule.selector}" releases the names of the members it matches',
                hint="name the members where their names can be personal",
                severity=Severity.WARNING if rule.selector.steps[-1].kind is Kind.DEEP else Severity.HINT,
            )
        if rule.selector.steps[-1].kind is Kind.ANY and any(_open_keep(scrubber) for scrubber in rule.chain.scrubbers):
            source.mistake(
                "SS020", rule.path, f'"{rule.selector}": fields added later would pass', severity=Severity.WARNING
            )


CLOSED_LENGTH = 64
"""A longer text than this is not closed by its length alone."""


def _open_keep(scrubber: Scrubber) -> bool:
    length, pattern = getattr(scrubber, "max_length", None), getattr(scrubber, "pattern", None)
    return scrubber.name == "keep" and pattern is None and (length is None or length > CLOSED_LENGTH)


FIRST_CHARACTERS, FINEST_FLOOR_MS = 16, 60_000
"""Keeping more characters than this, or a finer time, of an envelope is as good as passing it on."""


def _almost_raw(policy: Policy, source: Source) -> None:
    """Rules of the envelope that change next to nothing."""
    chains = {"timestamp": policy.envelope.timestamp}
    if policy.envelope.key.chain:
        chains["key"] = policy.envelope.key.chain
    for word, chain in chains.items():
        for scrubber in chain.scrubbers:
            long = scrubber.name == "first_chars" and getattr(scrubber, "count", 0) > FIRST_CHARACTERS
            fine = scrubber.name == "floor" and getattr(scrubber, "to", FINEST_FLOOR_MS) < FINEST_FLOOR_MS
            if long or fine:
                source.mistake(
                    "SS023",
                    ("record", word),
                    f"the record's {word} passes almost as it is",
                    severity=Severity.WARNING,
                )


def _bare_keep(policy: Policy, source: Source) -> None:
    for rule in policy.rules:
        first = rule.chain.scrubbers[0]
        closed = getattr(first, "max_length", None) is not None or getattr(first, "pattern", None) is not None
        if first.name == "keep" and not closed and rule.selector.steps[-1].kind is not Kind.DEEP:
            source.mistake(
                "SS021",
                rule.path,
                f'"{rule.selector}" passes any text',
                hint="close it: one_of, or keep with max_length or pattern",
                severity=Severity.HINT,
            )


def _headers(policy: Policy, source: Source) -> None:
    for name, chain in policy.envelope.headers.items():
        if name.lower() in IDENTIFYING_HEADERS and any(scrubber.name == "keep" for scrubber in chain.scrubbers):
            source.mistake(
                "SS022", ("record", "headers", name), f'header "{name}" identifies', severity=Severity.WARNING
            )


def _raw_envelope(policy: Policy, source: Source) -> None:
    for word, chain in (("key", policy.envelope.key.chain), ("timestamp", policy.envelope.timestamp)):
        if chain and all(scrubber.name == "keep" for scrubber in chain.scrubbers):
            source.mistake(
                "SS023", ("record", word), f"the record's {word} passes as it is", severity=Severity.WARNING
            )
    if policy.envelope.keeps_partition:
        source.mistake(
            "SS025",
            ("record", "partition"),
            "same partition and same order link every clean record to its raw one",
            severity=Severity.WARNING,
        )


def _without_tests(policy: Policy, source: Source) -> None:
    if not policy.tests:
        source.mistake("SS024", (), "the policy has no test", severity=Severity.WARNING)


def _fine_prefix(policy: Policy, source: Source) -> None:
    for rule in policy.rules:
        for scrubber in rule.chain.scrubbers:
            if scrubber.name == "truncate_ip" and (getattr(scrubber, "v4", 0) > 16 or getattr(scrubber, "v6", 0) > 40):
                source.mistake(
                    "SS026",
                    rule.path,
                    "a prefix this fine leaves most visitors alone in it",
                    hint="v4: 16, v6: 40 or coarser",
                    severity=Severity.WARNING,
                )


def _measured(policy: Policy, source: Source) -> None:
    makes_tokens = any(s.family == "pseudonymization" for rule in policy.rules for s in rule.chain.scrubbers)
    if makes_tokens and policy.epochs and not policy.epochs.length:
        source.mistake(
            "SS029", ("pseudonyms",), "without `epoch:` a pseudonym never turns", severity=Severity.WARNING
        )
    if policy.leakage is None:
        if makes_tokens:
            source.mistake(
                "SS028", (), "a pseudonym is released and nothing is measured", severity=Severity.WARNING
            )
        return
    if not any(policy.leakage.sets.values()):
        source.mistake(
            "SS028",
            ("leakage", "quasi_identifiers"),
            "there is no quasi-identifier set, so no figure about people",
            severity=Severity.WARNING,
        )
    for name, selectors in policy.leakage.sets.items():
        for index, selector in enumerate(selectors):
            if not any(_covers(rule.selector.text, selector.text) for rule in policy.rules if not rule.chain.drops):
                source.mistake(
                    "SS027",
                    ("leakage", "quasi_identifiers", name, index),
                    f'"{selector}" is not released, so measuring it says nothing',
                    severity=Severity.WARNING,
                    at_value=True,
                )


def _covers(rule: str, wanted: str) -> bool:
    """True when a rule may release the field or something below it; wildcards are taken as equal to anything."""
    left, right = rule.replace("[", ".[").split("."), wanted.replace("[", ".[").split(".")
    for a, b in zip(left, right, strict=False):
        if "**" in (a, b):
            return True
        if a != b and not {a, b} & {"*", "[*]"}:
            return False
    return True


LINTS = (
    _deep_keep,
    _released_names,
    _bare_keep,
    _headers,
    _raw_envelope,
    _almost_raw,
    _without_tests,
    _fine_prefix,
    _measured,
)
