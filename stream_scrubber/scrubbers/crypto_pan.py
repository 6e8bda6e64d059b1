"""Prefix-preserving addresses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from stream_scrubber.scrubbers.base import TEXT, Action, BuildContext, Example, Family, Scrubber, Takes
from stream_scrubber.scrubbers.draws import derived_key
from stream_scrubber.scrubbers.network import on_addresses
from stream_scrubber.scrubbers.nobody import NOBODY, Nobody, nobody_set

_CACHED = 8192
"""Addresses remembered before all are forgotten."""

Change = Any


@dataclass(frozen=True)
class CryptoPan(Scrubber):
    """Replaces an address so that two that share their first n bits still share exactly n bits.

    For network analysis inside one trust domain only, with a fresh key per epoch. Forms of addresses are
    those of `truncate_ip`; an IPv4 address inside an IPv6 address is handled as IPv4. Malformed addresses are
    the mismatch `bad_ip`; nobody becomes null."""

    nobody: Nobody = NOBODY

    name: ClassVar[str] = "crypto_pan"
    family: ClassVar[Family] = Family.PSEUDONYMIZATION
    takes: ClassVar[frozenset[Takes]] = TEXT
    needs_key: ClassVar[bool] = True
    leaves_open: ClassVar[str] = (
        "Who shares a network; one known pair of addresses reveals the shared prefix of every other."
    )
    source: ClassVar[str] = "Crypto-PAn: Xu, Fan, Ammar, Moon 2002; attacks: Brekne, Årnes 2005"
    examples: ClassVar[tuple[Example, ...]] = (
        Example("203.0.113.77", matches=r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+"),
        Example("::ffff:203.0.113.77", matches=r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+"),
        Example("2001:db8::1", matches="[0-9a-f:]+"),
        Example("unknown", None),
        Example("203.0.113", refuses="bad_ip"),
        Example("203.0.113.077", refuses="bad_ip"),
        Example(3_405_803_853, refuses="type"),
    )

    def build(self, context: BuildContext) -> Action:
        change = prefix_preserving(derived_key(context, "crypto_pan", 32))
        seen: dict[bytes, bytes] = {}

        def remembered(address: bytes) -> bytes:
            found = seen.get(address)
            if found is None:
                if len(seen) >= _CACHED:
                    seen.clear()
                found = seen[address] = change(address)
            return found

        return on_addresses(remembered, nobody_set(self.nobody))


def prefix_preserving(key: bytes) -> Change:
    """Crypto-PAn under a key of 32 bytes: the first half is the AES key, the second is encrypted into the
    padding.

    Each bit is flipped or not by one bit of AES over the bits before it, filled up from the padding. All
    blocks of an address are encrypted in one call."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    # single blocks, each a different prefix: the mode that chains nothing is what the algorithm asks for
    cipher = Cipher(algorithms.AES(key[:16]), modes.ECB())  # noqa: S305
    encrypt = cipher.encryptor().update
    padding = int.from_bytes(encrypt(key[16:]), "big")
    full = (1 << 128) - 1
    prefixes = [full >> bits ^ full for bits in range(128)]
    fillings = [padding & ~prefix for prefix in prefixes]

    def change(address: bytes) -> bytes:
        size = 8 * len(address)
        number = int.from_bytes(address, "big") << 128 - size
        blocks = [
            (number & prefix | filling).to_bytes(16, "big")
            for prefix, filling in zip(prefixes[:size], fillings, strict=False)
        ]
        flips = 0
        for byte in encrypt(b"".join(blocks))[::16]:
            flips = flips << 1 | byte >> 7
        return (number >> 128 - size ^ flips).to_bytes(len(address), "big")

    return change
