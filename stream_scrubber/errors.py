"""Everything that can go wrong, whose fault it is, and the words for it.

The tree::

    ScrubberError                 never raised itself
    ├── PolicyError               the policy author's: carries every mistake of the files at once
    ├── ConfigError               the operator's: service file, command line, key file, broker address
    ├── KeystoreError             the operator's: a keystore that cannot be read or written
    ├── Refused                   the data's: this record becomes a dead letter
    │   └── Mismatch              the data's: one value that a rule cannot take
    ├── Temporary                 a runner may try again after a delay
    └── Permanent                 a runner must stop

Rule: an error carries coordinates, codes and field paths out of the policy, never content. Raise with
``from None`` wherever the cause could quote its input (``orjson.JSONDecodeError.doc`` is the whole message).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stream_scrubber.policy.mistakes import Mistake

REASONS: Mapping[str, str] = MappingProxyType(
    {
        # the value as bytes
        "empty": "the value has no bytes; a tombstone is a null value, not an empty one",
        "too_large": "the value is larger than the limit, which is checked before parsing",
        "bad_utf8": "the value is not UTF-8",
        "bad_encoding": "the value starts with a byte order mark or is UTF-16 or UTF-32",
        "schema_bytes": "the value starts with a schema registry's magic byte, but the policy says JSON",
        "bad_json": "the value is not one JSON document",
        "bad_number": "a number is not finite as an IEEE double, has over 800 digits, or is no JSON number",
        "number_range": "an integer lies outside -2^63 … 2^64-1",
        "duplicate_key": "an object has the same member twice",
        "too_deep": "the value nests deeper than the limit",
        "not_object": "the value is JSON, but not an object",
        # one field
        "shape": "an object, array or scalar where the policy expects another of the three",
        "type": "a JSON type that the rule does not take",
        "not_allowed": "a value outside the declared length, pattern or list",
        "bad_time": "not a point in time in the declared form",
        "bad_ip": "not an IP address",
        "bad_place": "not a place: out of range, swapped, or one coordinate missing",
        "bad_form": "text that is not of the form that the rule declares: a URL, a MAC address, a phone number …",
        "bad_text": "text that cannot be handled safely",
        "too_long": "text that is longer than the rule's limit",
        "text_residual": "text in which a detector still finds something after masking",
        "unknown_field": "a field that no rule names, under default: reject",
        # the envelope
        "bad_key": "the record's key is not of the declared format",
        "bad_header": "a header that a rule names is not of the declared format",
        "no_timestamp": "the record has no timestamp and none was given",
        "no_policy": "no policy names the record's topic",
        # the rest
        "epoch_closed": "the pseudonym key of the record's epoch is gone, or was never made",
        "output_too_large": "the clean record is larger than the sink takes",
        "scrubber_failed": "a scrubber raised an unexpected exception",
        "poison": "the record made its transaction abort again and again",
    }
)
"""Why a record is a dead letter: stable codes, never reused, each with what it means."""


class ScrubberError(Exception):
    """Anything this project raises on purpose. Refuses to be raised itself: raise a child, which says whose fault."""

    def __init__(self, *args: object) -> None:
        if type(self) is ScrubberError:
            raise TypeError("ScrubberError is abstract: raise one of its children")
        super().__init__(*args)


class PolicyError(ScrubberError):
    """A policy that does not load. `mistakes` holds all of them, sorted by file and line."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
        self.mistakes = mistakes


class ConfigError(ScrubberError):
    """A service file, key file, topic or address that cannot work. One clear message, exit 2."""


class KeystoreError(ScrubberError):
    """A keystore that cannot be read or written. Never names a key's bytes."""


class Refused(ScrubberError):
    """This record becomes a dead letter. `code` is a key of `REASONS`; `field` is a selector of the policy or ''."""

    __slots__ = ("code", "field")

    def __init__(self, code: str, field: str = "") -> None:
        super().__init__(code, field)
        self.code = code
        self.field = field


class Mismatch(Refused):
    """One value that a rule cannot take. What follows is the rule's `on_mismatch`; the value never passes."""


class Temporary(ScrubberError):
    """What failed may work later: the runner starts a new incarnation after a delay."""


class Permanent(ScrubberError):
    """What failed will fail again: the runner stops with a non-zero exit."""
