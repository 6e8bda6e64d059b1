"""Reversible: `encrypt` for who holds the epoch's key, `seal` for who holds a private key."""

from __future__ import annotations

import binascii
from base64 import b16decode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import Field

from stream_scrubber.codec.json import LARGEST_INTEGER, SMALLEST_INTEGER
from stream_scrubber.errors import Mismatch
from stream_scrubber.scrubbers.base import (
    Action,
    BuildContext,
    Example,
    Family,
    Scrubber,
    Takes,
    nested,
    same,
    verdict,
)
from stream_scrubber.scrubbers.draws import derived_key, drawing
from stream_scrubber.scrubbers.identifiers import length_prefixed
from stream_scrubber.scrubbers.nobody import NOBODY, Nobody, nobody_set
from stream_scrubber.scrubbers.units import Name, Whole

Pad = Annotated[Whole, Field(ge=1, le=4096)]

_EXAMPLE_KEY = "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a"
"""The recipient's public key of RFC 9180, appendix A.2."""


def pack(value: Any, pad: int) -> bytes:
    """A string or integer as bytes that say which of the two, filled up to a multiple of `pad` bytes."""
    if type(value) is str:
        try:
            data = b"s" + value.encode()
        except UnicodeEncodeError:
            raise Mismatch("bad_text") from None
    elif type(value) is int:
        if not SMALLEST_INTEGER <= value <= LARGEST_INTEGER:
            raise Mismatch("number_range")
        data = b"i%d" % value
    else:
        raise Mismatch("type")
    data += b"\x80"
    return data + bytes(-len(data) % pad)


def unpack(data: bytes) -> str | int:
    """What `pack` was given."""
    body = data.rstrip(b"\0")[1:-1]
    return int(body) if data[:1] == b"i" else body.decode()


def _spelled(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes_of(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(frozen=True)
class Encrypt(Scrubber):
    """AES-SIV: equal values of one field and epoch give equal texts, and the epoch's key opens them again.

    The associated data are the realm and the rule's selector, so that a text does not open in another field.
    Strings and integers, filled up to a multiple of `pad` bytes; base64url without padding. When the epoch's
    key is destroyed, nobody can open the text any more. The empty string and `nobody` values become null."""

    pad: Pad = 16
    nobody: Nobody = NOBODY

    name: ClassVar[str] = "encrypt"
    family: ClassVar[Family] = Family.PSEUDONYMIZATION
    takes: ClassVar[frozenset[Takes]] = frozenset({Takes.STRING, Takes.INTEGER})
    needs_key: ClassVar[bool] = True
    leaves_open: ClassVar[str] = (
        "Equality and frequency inside a field and epoch, and about the length; who has the key has all."
    )
    source: ClassVar[str] = "AES-SIV: RFC 5297"
    examples: ClassVar[tuple[Example, ...]] = (
        Example("u-42", matches="[A-Za-z0-9_-]{43}"),
        Example(42, matches="[A-Za-z0-9_-]{43}"),
        Example("a rather longer value than the others", matches="[A-Za-z0-9_-]{86}"),
        Example("", None),
        Example("unknown", None),
        Example(10**40, refuses="number_range"),
        Example("\ud800", refuses="bad_text"),
        Example(4.2, refuses="type"),
        Example(["u-42"], refuses="type"),
    )

    def build(self, context: BuildContext) -> Action:
        encrypt, nobody, pad = self._cipher(context).encrypt, nobody_set(self.nobody), self.pad
        about = [b"encrypt\x01", length_prefixed(context.realm, context.selector)]

        def encrypted(value: Any) -> str | None:
            data = pack(value, pad)
            if str(value).lower() in nobody:
                return None
            return _spelled(encrypt(data, about))

        return encrypted

    def opener(self, context: BuildContext) -> Callable[[str], str | int]:
        """The way back, for who holds the epoch's key. Raises ValueError for what does not open."""
        decrypt = self._cipher(context).decrypt
        about = [b"encrypt\x01", length_prefixed(context.realm, context.selector)]

        def opened(text: str) -> str | int:
            from cryptography.exceptions import InvalidTag

            try:
                return unpack(decrypt(_bytes_of(text), about))
            except (InvalidTag, binascii.Error):
                raise ValueError("not a text of this realm, field and epoch") from None

        return opened

    @staticmethod
    def _cipher(context: BuildContext) -> Any:
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV

        return AESSIV(derived_key(context, "encrypt", 64))

    def compare(self, other: Encrypt) -> bool | None:
        return verdict(nested(self.pad, other.pad), same(self.nobody, other.nobody))


@dataclass(frozen=True)
class Seal(Scrubber):
    """Encrypts to a public key with HPKE (X25519, HKDF-SHA256, ChaCha20-Poly1305, base mode): equal values
    give different texts, and only the private key opens them.

    `to` is the X25519 public key: 32 bytes in hex or base64url. The `info` of HPKE is `stream-scrubber seal`,
    then realm and selector, each behind its length in two bytes. The ephemeral key is a keyed function of
    record, rule and value, so a redelivered record gives the same text. Output: encapsulated key and
    ciphertext, base64url."""

    to: Name
    pad: Pad = 32
    nobody: Nobody = NOBODY

    name: ClassVar[str] = "seal"
    family: ClassVar[Family] = Family.PSEUDONYMIZATION
    takes: ClassVar[frozenset[Takes]] = frozenset({Takes.STRING, Takes.INTEGER})
    needs_key: ClassVar[bool] = True
    needs_record: ClassVar[bool] = True
    leaves_open: ClassVar[str] = (
        "About the length; until the epoch's key is destroyed, its holder can test a guess of the value."
    )
    source: ClassVar[str] = "HPKE: RFC 9180"
    examples: ClassVar[tuple[Example, ...]] = (
        Example("u-42", parameters=_EXAMPLE_KEY, matches="[A-Za-z0-9_-]{107}"),
        Example(42, parameters=_EXAMPLE_KEY, matches="[A-Za-z0-9_-]{107}"),
        Example("unknown", None, _EXAMPLE_KEY),
        Example("\ud800", refuses="bad_text", parameters=_EXAMPLE_KEY),
        Example(4.2, refuses="type", parameters=_EXAMPLE_KEY),
        Example({"id": "u-42"}, refuses="type", parameters=_EXAMPLE_KEY),
    )

    def __post_init__(self) -> None:
        self.public_key()

    def public_key(self) -> bytes:
        """The 32 bytes that `to` spells."""
        try:
            key = b16decode(self.to, casefold=True) if len(self.to) == 64 else _bytes_of(self.to)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != 32 or not any(key):
            raise ValueError("to is an X25519 public key: 32 bytes in hex or base64url")
        return key

    def build(self, context: BuildContext) -> Action:
        seal = hpke_sealer(
            self.public_key(), b"stream-scrubber seal" + length_prefixed(context.realm, context.selector)
        )
        draw = drawing(context, "seal", context.selector, size=32)
        record, nobody, pad = context.record, nobody_set(self.nobody), self.pad

        def sealed(value: Any) -> str | None:
            data = pack(value, pad)
            if str(value).lower() in nobody:
                return None
            seed = draw(record.coordinates + b"\0" + data).to_bytes(32, "big")
            return _spelled(b"".join(seal(seed, data, b"")))

        return sealed

    def compare(self, other: Seal) -> bool | None:
        return verdict(
            nested(self.pad, other.pad),
            same((self.public_key(), self.nobody), (other.public_key(), other.nobody)),
        )


_KEM = b"KEM\x00\x20"
_SUITE = b"HPKE\x00\x20\x00\x01\x00\x03"


def hpke_sealer(recipient: bytes, info: bytes) -> Callable[[bytes, bytes, bytes], tuple[bytes, bytes]]:
    """HPKE in base mode with the ephemeral key derived from a seed: (seed, plaintext, associated data) to
    (encapsulated key, ciphertext). Single-shot, so the sequence number is 0 and the nonce is the base
    nonce."""
    import hashlib
    import hmac

    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    def extract(suite: bytes, salt: bytes, label: bytes, material: bytes) -> bytes:
        return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + material, hashlib.sha256)

    def expand(suite: bytes, secret: bytes, label: bytes, about: bytes, size: int) -> bytes:
        labelled = size.to_bytes(2, "big") + b"HPKE-v1" + suite + label + about
        return hmac.digest(secret, labelled + b"\x01", hashlib.sha256)[:size]

    key = X25519PublicKey.from_public_bytes(recipient)
    X25519PrivateKey.from_private_bytes(b"\x01" * 32).exchange(key)  # ValueError for a key of small order
    mode = b"\0" + extract(_SUITE, b"", b"psk_id_hash", b"") + extract(_SUITE, b"", b"info_hash", info)

    def seal(seed: bytes, plaintext: bytes, about: bytes) -> tuple[bytes, bytes]:
        material = expand(_KEM, extract(_KEM, b"", b"dkp_prk", seed), b"sk", b"", 32)
        ephemeral = X25519PrivateKey.from_private_bytes(material)
        encapsulated = ephemeral.public_key().public_bytes_raw()
        agreed = extract(_KEM, b"", b"eae_prk", ephemeral.exchange(key))
        shared = expand(_KEM, agreed, b"shared_secret", encapsulated + recipient, 32)
        secret = extract(_SUITE, shared, b"secret", b"")
        cipher = ChaCha20Poly1305(expand(_SUITE, secret, b"key", mode, 32))
        nonce = expand(_SUITE, secret, b"base_nonce", mode, 12)
        return encapsulated, cipher.encrypt(nonce, plaintext, about)

    return seal
