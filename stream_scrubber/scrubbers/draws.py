"""Randomness without dice: keyed functions of the record, of its subject, or of the value.

A redelivered record must draw the same again, or two releases of it together say more than one. Every use has
a label of its own, so that no draw can be mistaken for a token or for another draw."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from struct import Struct

from stream_scrubber.scrubbers.base import BuildContext, CurrentRecord
from stream_scrubber.scrubbers.identifiers import length_prefixed, require_key

Draw = Callable[[bytes], int]
"""A uniform integer of the drawn size for a message."""

UNIT = 2.0**-53
"""Of 53 random bits `n`, `(n + 0.5) * UNIT` is uniform between 0 and 1 and never either."""

BITS53 = (1 << 53) - 1


def drawing(context: BuildContext, label: str, *scope: str, size: int = 8) -> Draw:
    """`size` bytes for each message, under the epoch's key, the label, the realm, and whatever else scopes
    them."""
    head = label.encode() + b"\0" + length_prefixed(context.realm, *scope)
    fresh = hashlib.blake2b(head, digest_size=size, key=require_key(context)).copy

    def draw(message: bytes) -> int:
        state = fresh()
        state.update(message)
        return int.from_bytes(state.digest(), "big")

    return draw


def three_shares(
    context: BuildContext, label: str, *scope: str
) -> Callable[[bytes], tuple[float, float, float]]:
    """Three numbers between 0 and 1 for each message, never 0 and never 1."""
    head = label.encode() + b"\0" + length_prefixed(context.realm, *scope)
    fresh = hashlib.blake2b(head, digest_size=24, key=require_key(context)).copy
    unpack = Struct(">QQQ").unpack

    def draw(message: bytes) -> tuple[float, float, float]:
        state = fresh()
        state.update(message)
        one, two, three = unpack(state.digest())
        return ((one >> 11) + 0.5) * UNIT, ((two >> 11) + 0.5) * UNIT, ((three >> 11) + 0.5) * UNIT

    return draw


def derived_key(context: BuildContext, label: str, size: int) -> bytes:
    """A key of its own for another algorithm, up to 64 bytes."""
    head = label.encode() + b"\0" + length_prefixed(context.realm)
    return hashlib.blake2b(head, digest_size=size, key=require_key(context)).digest()


def who(record: CurrentRecord) -> bytes:
    """The record's subject; without one, the record itself, so that nothing links it."""
    subject = record.subject
    return (
        b"r" + record.coordinates
        if subject is None
        else b"s" + subject.encode("utf-8", "surrogatepass") + b"\0"
    )
