"""The form of a policy file, as pydantic models. Their fields' docstrings are the JSON Schema's descriptions.

Rules (`fields`, the key, headers and timestamp) are checked by `policy.rules`, which knows the scrubbers.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from stream_scrubber.scrubbers.units import Duration, Share

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
Topic = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9._-]|\\[0-9]){1,249}$")]
"""A topic as Kafka takes its names, in which `\\1` stands for a group."""
TopicOrPattern = Annotated[str, StringConstraints(pattern=r"^(\^.{1,499}|[A-Za-z0-9._-]{1,249})$")]
OnMismatch = Literal["dead_letter", "drop_field"]


def _number(value: object) -> object:
    """Python counts `true` as 1; a policy author does not."""
    if isinstance(value, bool):
        raise ValueError("Input should be 1")
    return value


class _Model(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True, populate_by_name=True
    )


class Topics(_Model):
    from_: TopicOrPattern = Field(alias="from")
    r"""The raw topic, or a regular expression (RE2) when it begins with `^`."""
    to: Topic
    r"""The clean topic. `\1` stands for the first group of `from`."""
    format: Literal["json"] = "json"
    """How values are written."""
    max_bytes: Annotated[int, Field(ge=1, le=64 * 1024 * 1024)] = 1_048_576
    """A larger value is the dead letter `too_large`, before it is parsed."""
    max_depth: Annotated[int, Field(ge=1, le=150)] = 64
    """Objects and arrays inside each other; a deeper value is the dead letter `too_deep`."""


class Pseudonyms(_Model):
    realm: Name | None = None
    """Tokens are equal only inside a realm. Default: the policy's name."""
    epoch: Duration | None = None
    """How long a key serves before a fresh random one takes over. Without it, tokens never turn: lint warns."""
    anchor: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = "monday"
    """The UTC weekday on which an epoch begins."""
    overlap: Duration = 21_600_000
    """How long an ended epoch's key may still be made for late records."""
    max_hold: Duration = 604_800_000
    """How long after its end an epoch's key may wait for inputs that lag, before it is destroyed all the same."""
    keystore: str | None = None
    """Where the keys live: `file:PATH`, `env:NAME`, `vault:MOUNT/PATH`, or `${VARIABLE}`."""


class Size(_Model):
    pad: Literal["log2"]
    """`log2`: white space behind the value, up to the next power of two, 64 bytes at least."""


class RecordRules(_Model):
    key: Any
    """The rule of the record's key, with its `format`: string | json | long | bytes, or `{from: selector}`."""
    timestamp: Any
    """The rule of the record's timestamp: `floor`."""
    headers: Any = Field(default_factory=dict)
    """`{default: drop, NAME: rule}`. A header that no rule names is dropped, or the record refused."""
    partition: Literal["by-key", "source"] = "by-key"
    """`by-key` hashes the new key; `source` keeps the raw layout, and the link from raw to clean with it."""
    size: Size | None = None
    """Hides the exact size of a value, which links a clean record to its raw one."""
    tombstones: Literal["pass", "drop"] = "pass"
    """What becomes of a null value: passes with the new key, or is dropped."""


class Budget(_Model):
    residual: Share | None = None
    below_k: Share | None = None
    attack_lift: float | None = None


class SetBudget(_Model):
    set: Name
    """The quasi-identifier set."""
    k: Annotated[int, Field(ge=2, le=1000)] = 20
    horizon: Literal["1h", "24h", "7d", "epoch"] = "24h"
    max: Share
    """The largest share of clean records whose tuple fewer than k subjects share."""
    min_subjects: Annotated[int, Field(ge=0)] = 100
    """With fewer subjects in the window the budget says nothing."""


class Leakage(_Model):
    subject: str | list[str]
    """The raw field that says whose privacy is measured; of several the first that is present. Never leaves the
    scrubber."""
    quasi_identifiers: dict[Name, list[str]]
    """Named sets of clean fields that together may single someone out."""
    budget: Budget | None = None
    """What may leak at most, over all sets, at k = 20 within 24 hours."""
    budgets: list[SetBudget] = Field(default_factory=list)
    """What may leak at most, set by set."""
    on_breach: Literal["alert", "pause"] = "alert"


class DeadLetters(_Model):
    to: Topic
    """The topic of refused records."""
    payload: Literal["pointer"] = "pointer"
    """What a dead letter holds: codes and coordinates of the raw record, no data."""


class Given(_Model):
    value: Any = None
    value_text: str | None = None
    """The value as the exact text of the bytes, for input that is not JSON."""
    key: str | int | None = None
    headers: dict[str, str | None] = Field(default_factory=dict)
    timestamp: int | None = None
    topic: str | None = None


class Expect(_Model):
    value: Any = None
    """What the clean value holds at least: objects by subset, everything else exactly."""
    key: str | None = None
    headers: dict[str, str | None] | None = None
    """All headers of the clean record."""
    timestamp: int | None = None
    absent: list[str | int | float] = Field(default_factory=list)
    """Text that may stand nowhere: key, value, headers, dead letter, message."""
    dead_letter: str | None = None
    """The code of the dead letter that is expected instead of a clean record."""
    dropped: bool = False


class Test(_Model):
    __test__ = False
    name: str
    given: Given
    expect: Expect


class PolicyFile(_Model):
    """A stream-scrubber policy: what the records of one topic family become."""

    version: Annotated[Literal[1], BeforeValidator(_number)]
    """The version of this language."""
    name: Name
    """Names the policy in metrics and dead letters."""
    extends: str | list[str] = Field(default_factory=list)
    """Layers below this file, `preset:NAME` or the path of a file. Later ones win, this file last."""
    owner: str | None = None
    purpose: str | None = None
    topics: Topics
    pseudonyms: Pseudonyms | None = None
    record: RecordRules
    """The envelope: everything of a record but its value."""
    default: Literal["drop", "reject"] = "drop"
    """What becomes of a field that no rule names: dropped, or the record is the dead letter `unknown_field`."""
    on_mismatch: OnMismatch = "dead_letter"
    """What becomes of a value that its rule cannot take. A rule may override it."""
    fields: dict[str, Any]
    """Rules by selector. The most specific selector wins; the order of lines never matters."""
    leakage: Leakage | None = None
    dead_letter: DeadLetters
    tests: list[Test] = Field(default_factory=list)
