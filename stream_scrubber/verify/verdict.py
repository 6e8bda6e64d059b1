"""The result of a verification: counts, and the first findings of each kind, as coordinates."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

KEPT_PER_KIND = 10


class Kind(StrEnum):
    """What can be wrong with a run."""

    LOST = "lost"  # expected to be released, and is not
    DUPLICATED = "duplicated"  # released more than once, among them: clean and as a dead letter
    MISROUTED = "misrouted"  # dead letter instead of clean, clean instead of dropped, …
    REORDERED = "reordered"  # after a later record of its partition, or one clean key in two partitions
    WRONG = "wrong"  # not what the oracle says, or a dead letter with another code
    UNKNOWN = "unknown"  # released, and nobody produced it
    LEAKED = "leaked"  # a canary in what was released for its own record
    STRAYED = "strayed"  # a canary anywhere else: in another's record, a log, the metrics


class Finding(NamedTuple):
    """One fault: the raw record's coordinates, where it shows, and how: a word of ours, never content."""

    kind: Kind
    source: str
    where: str = ""
    how: str = ""

    def __str__(self) -> str:
        return " ".join(
            part for part in (self.kind, self.source, self.where and f"→ {self.where}", self.how) if part
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a run kept its promises. `findings` holds the first few of each kind."""

    produced: int
    clean: int
    dead_letters: int
    aborted: int
    canaries: int
    lost: int
    duplicated: int
    misrouted: int
    reordered: int
    wrong: int
    unknown: int
    leaked: int
    strayed: int
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Nothing found, though there was something to find it in: a run of no records proves nothing."""
        return self.produced > 0 and not any(getattr(self, kind) for kind in Kind)

    def __str__(self) -> str:
        counts = (f"{getattr(self, name)} {name}" for name in self.__slots__ if name != "findings")
        return "\n".join(["OK" if self.ok else "NOT OK", ", ".join(counts), *map(str, self.findings)])


@dataclass(slots=True)
class Tally:
    """Counts findings while a verification runs."""

    counts: Counter[Kind] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    def note(self, finding: Finding) -> None:
        """One more of its kind."""
        self.counts[finding.kind] += 1
        if self.counts[finding.kind] <= KEPT_PER_KIND:
            self.findings.append(finding)
