"""The envelope as functions: key, timestamp and headers of a record, compiled once per epoch.

Nothing of the envelope passes without a rule: keys and timestamps must have one, headers without one are dropped.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from stream_scrubber.codec.json import decode_any, encode
from stream_scrubber.compiler.reference import build_chain
from stream_scrubber.errors import Mismatch, Refused
from stream_scrubber.policy.envelope import Envelope, KeyFormat, KeyRule
from stream_scrubber.policy.rules import Chain
from stream_scrubber.record import Headers
from stream_scrubber.scrubbers.base import Action, BuildContext
from stream_scrubber.selectors import Kind, Selector

KeyAction: TypeAlias = Callable[[bytes | None, dict[str, Any]], bytes | None]
HeadersAction: TypeAlias = Callable[[Headers], Headers]
TimestampAction: TypeAlias = Callable[[int], int]

_LONG = struct.Struct(">q")


def compile_key(rule: KeyRule, context: BuildContext) -> KeyAction:
    """`(raw key, clean value) → clean key`. A null key stays null. Raises `Refused` with field `record.key`."""
    if rule.chain is None:
        assert rule.from_ is not None  # noqa: S101  one of the two is set, by the reader
        return _key_from(rule.from_)
    if rule.chain.drops:
        return lambda _key, _clean: None
    read, write = _READ[rule.format], _WRITE[rule.format]
    action = build_chain(rule.chain, context)

    def run(key: bytes | None, _clean: dict[str, Any]) -> bytes | None:
        if key is None:
            return None
        try:
            value = read(key)
            out = None if value is None else action(value)
            return None if out is None else write(out)
        except Mismatch as mismatch:
            raise Refused(mismatch.code, "record.key") from None
        except (ValueError, struct.error, Refused):
            raise Refused("bad_key", "record.key") from None

    return run


def _key_from(selector: Selector) -> KeyAction:
    steps = [step.name if step.kind is Kind.NAME else step.index for step in selector.steps]

    def run(_key: bytes | None, clean: dict[str, Any]) -> bytes | None:
        value: Any = clean
        try:
            for step in steps:
                if type(value) is str:  # which could be indexed, too
                    raise TypeError
                value = value[step]
        except (KeyError, IndexError, TypeError):
            raise Refused("bad_key", "record.key") from None
        if value is None:
            return None
        if isinstance(value, dict | list):
            raise Refused("bad_key", "record.key")
        return value.encode() if isinstance(value, str) else encode(value)

    return run


def _write_text(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else encode(value)


def _write_long(value: Any) -> bytes:
    return _LONG.pack(value) if type(value) is int else _write_text(value)


def _read_long(key: bytes) -> int:
    return int(_LONG.unpack(key)[0])


_READ: dict[KeyFormat, Callable[[bytes], Any]] = {
    "string": bytes.decode,
    "json": decode_any,
    "long": _read_long,
    "bytes": bytes.hex,  # scrubbers take text: binary keys are given to them in lower-case hex
}
_WRITE: dict[KeyFormat, Callable[[Any], bytes]] = {
    "string": _write_text,
    "json": encode,
    "long": _write_long,
    "bytes": _write_text,
}


def compile_timestamp(chain: Chain, context: BuildContext) -> TimestampAction:
    """`ms → ms`. Record timestamps are milliseconds by definition, so nothing is inferred from their size."""
    declared = tuple(
        replace(scrubber, unit="ms") if scrubber.name == "floor" else scrubber  # type: ignore[type-var]  # all scrubbers are dataclasses
        for scrubber in chain.scrubbers
    )
    action = build_chain(Chain(declared, chain.lenient), context)

    def run(timestamp: int) -> int:
        try:
            clean = action(timestamp)
        except Mismatch as mismatch:
            raise Refused(mismatch.code, "record.timestamp") from None
        if type(clean) is not int:
            raise Refused("bad_time", "record.timestamp")
        return clean

    return run


def compile_headers(envelope: Envelope, context: BuildContext) -> HeadersAction:
    """`headers → headers`, in the policy's order, duplicates in their own order, null values kept apart."""
    if not envelope.headers and not envelope.rejects_headers:
        return lambda _headers: []
    actions = [
        (name, build_chain(chain, context), chain.lenient)
        for name, chain in envelope.headers.items()
        if not chain.drops
    ]
    known = frozenset(envelope.headers)
    rejects = envelope.rejects_headers

    def run(headers: Headers) -> Headers:
        if rejects and any(name not in known for name, _ in headers):
            raise Refused("unknown_field", "record.headers")
        return [
            (name, clean)
            for name, action, lenient in actions
            for there, value in headers
            if there == name and (clean := _header(value, action, lenient, name)) is not _GONE
        ]

    return run


SMALLEST_PADDED = 64


def padded(value: bytes) -> bytes:
    """White space behind the JSON, up to the next power of two: JSON readers pass over it."""
    return value.ljust(max(SMALLEST_PADDED, 1 << (len(value) - 1).bit_length()))


_GONE: Any = object()


def _header(value: bytes | None, action: Action, lenient: bool, name: str) -> bytes | None:
    if value is None:
        return None
    try:
        out = action(value.decode())
        return None if out is None else _write_text(out)
    except Mismatch as mismatch:
        code = mismatch.code
    except UnicodeDecodeError:
        code = "bad_header"
    if lenient:
        gone: bytes | None = _GONE
        return gone
    raise Refused(code, f"record.headers.{name}") from None
