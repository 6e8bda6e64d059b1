"""The rules of everything of a record but its value: key, timestamp, headers, partition, tombstones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from stream_scrubber.policy.mistakes import did_you_mean
from stream_scrubber.policy.model import RecordRules
from stream_scrubber.policy.rules import Chain, RuleReader
from stream_scrubber.policy.source import Path
from stream_scrubber.selectors import Selector

KeyFormat = Literal["string", "json", "long", "bytes"]
KEY_FORMATS: tuple[KeyFormat, ...] = ("string", "json", "long", "bytes")

TIMESTAMP_SCRUBBERS = ("floor", "keep")


@dataclass(frozen=True, slots=True)
class KeyRule:
    """The new key: a chain on the raw key, or the clean field `from_`. Exactly one of the two is set."""

    format: KeyFormat
    chain: Chain | None
    from_: Selector | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """All rules of the envelope. Headers that `headers` does not name are dropped, or refused."""

    key: KeyRule
    timestamp: Chain
    headers: Mapping[str, Chain]
    rejects_headers: bool
    keeps_partition: bool
    drops_tombstones: bool
    pads: bool = False

    @property
    def needs_key(self) -> bool:
        return any(chain.needs_key for chain in self._chains())

    @property
    def needs_record(self) -> bool:
        return any(chain.needs_record for chain in self._chains())

    def _chains(self) -> list[Chain]:
        return [self.timestamp, *self.headers.values(), *([self.key.chain] if self.key.chain else [])]


class EnvelopeReader:
    """Reads `record:`; mistakes go to the source of the rule reader."""

    def __init__(self, rules: RuleReader) -> None:
        self.rules = rules
        self.source = rules.source

    def read(self, raw: RecordRules) -> Envelope | None:
        key = self._key(raw.key, ("record", "key"))
        timestamp = self._timestamp(raw.timestamp, ("record", "timestamp"))
        headers = self._headers(raw.headers, ("record", "headers"))
        if key is None or timestamp is None or headers is None:
            return None
        chains, rejects = headers
        return Envelope(
            key, timestamp, chains, rejects, raw.partition == "source", raw.tombstones == "drop", raw.size is not None
        )

    def _key(self, raw: Any, path: Path) -> KeyRule | None:
        form = raw.get("format", "string") if isinstance(raw, dict) else "string"
        if form not in KEY_FORMATS:
            self.source.mistake(
                "SS007",
                (*path, "format"),
                f"a key is one of {', '.join(KEY_FORMATS)}",
                hint=did_you_mean(str(form), KEY_FORMATS),
                at_value=True,
            )
            return None
        if isinstance(raw, dict) and "from" in raw:
            return self._key_from(raw, path)
        chain = self._strict(raw, path, beside=("format",))
        return KeyRule(form, chain) if chain else None

    def _strict(self, raw: Any, path: Path, beside: tuple[str, ...] = ()) -> Chain | None:
        """A chain whose mismatch always refuses the record: neither key nor timestamp can be left out."""
        if isinstance(raw, dict) and "on_mismatch" in raw:
            self.source.mistake("SS007", (*path, "on_mismatch"), "only fields and headers can be dropped")
            return None
        chain = self.rules.chain(raw, path, beside)
        return Chain(chain.scrubbers, False) if chain else None

    def _key_from(self, raw: dict[str, Any], path: Path) -> KeyRule | None:
        extra = set(raw) - {"from"}
        selectors = self.rules.selectors(str(raw["from"]), (*path, "from"), at_value=True)
        if not selectors:
            return None
        if extra or len(selectors) != 1 or not selectors[0].literal:
            self.source.mistake("SS007", (*path, "from"), "`from` stands alone and names one clean field")
            return None
        return KeyRule("string", None, selectors[0])

    def _timestamp(self, raw: Any, path: Path) -> Chain | None:
        chain = self._strict(raw, path)
        if chain is None:
            return None
        if any(scrubber.name not in TIMESTAMP_SCRUBBERS for scrubber in chain.scrubbers):
            self.source.mistake("SS017", path, "a record's timestamp takes `floor`, or `keep` where that is meant")
            return None
        return chain

    def _headers(self, raw: Any, path: Path) -> tuple[Mapping[str, Chain], bool] | None:
        if not isinstance(raw, dict):
            self.source.mistake("SS007", path, "headers are a mapping: {default: drop, NAME: rule}", at_value=True)
            return None
        default = raw.get("default", "drop")
        if default not in ("drop", "reject"):
            self.source.mistake("SS007", (*path, "default"), "the default of headers is drop or reject", at_value=True)
            return None
        chains: dict[str, Chain] = {}
        for names, value in raw.items():
            if names == "default":
                continue
            chain = self.rules.chain(value, (*path, names))
            for name in names.split("|"):
                if not name:
                    self.source.mistake("SS007", (*path, names), "a header's name cannot be empty")
                if name in chains:
                    self.source.mistake("SS011", (*path, names), f'header "{name}" has two rules')
                if chain is not None:
                    chains[name] = chain
        return chains, default == "reject"
