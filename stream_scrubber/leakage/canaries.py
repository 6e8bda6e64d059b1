"""Fake personal data that nobody owns, and how to find it again in anything that comes out.

Classes: e-mail addresses at reserved domains (RFC 2606), payment cards from the networks' published test
numbers, addresses of the documentation networks (RFC 5737), and telephone numbers 555-01xx, which are kept
for fiction. None of them can meet a person. They run through the live plan and are counted nowhere else.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote

from stream_scrubber.leakage.mix import mix

TEST_CARDS = (
    "4111111111111111",
    "4012888888881881",
    "5555555555554444",
    "5105105105105100",
    "378282246310005",
    "371449635398431",
    "6011111111111117",
    "3530111333300000",
)

RESERVED_DOMAINS = ("example.com", "example.net", "example.org")

DOCUMENTATION_NETWORKS = ("192.0.2", "198.51.100", "203.0.113")


class Canary(NamedTuple):
    """A planted value. `kind` is the class, a label of metrics; `value` is fake and may be shown."""

    kind: str
    value: str


class Leak(NamedTuple):
    """A canary that came out: where, and how it was written."""

    kind: str
    sink: str
    encoding: str


def plant(seed: int) -> tuple[Canary, ...]:
    """One canary of each class, the same ones for the same seed."""
    draw = [mix(seed, at) for at in range(1, 6)]
    return (
        Canary("email", f"canary.{draw[0]:016x}@{RESERVED_DOMAINS[draw[0] % len(RESERVED_DOMAINS)]}"),
        Canary("card", TEST_CARDS[draw[1] % len(TEST_CARDS)]),
        # three digits at the end, so that no address is the beginning of another
        Canary("ip", f"{DOCUMENTATION_NETWORKS[draw[2] % 3]}.{100 + draw[2] // 3 % 155}"),
        Canary("phone", f"+1 {200 + draw[3] % 700} 555 01{draw[4] % 100:02d}"),
    )


def encodings(value: str) -> Mapping[str, tuple[bytes, ...]]:
    """Every spelling to search for, by name, all in lower case where case carries nothing."""
    found: dict[str, tuple[bytes, ...]] = {}
    # spaces of a telephone number are often lost on the way
    spellings = dict.fromkeys((value, value.replace(" ", "")))
    plain = [spelling.encode() for spelling in spellings]
    found["plain"] = tuple(dict.fromkeys(data.lower() for data in plain))
    percent = [quote(spelling, safe="").encode().lower() for spelling in spellings]
    every = ["".join(f"%{byte:02x}" for byte in data).encode() for data in plain]
    found["percent"] = tuple(dict.fromkeys(data for data in [*percent, *every] if data not in found["plain"]))
    found["hex"] = tuple(data.hex().encode() for data in plain)
    found["base64"] = tuple(dict.fromkeys(core for data in plain for core in _base64_cores(data)))
    for name in ("md5", "sha1", "sha256"):
        made = [hashlib.new(name, data, usedforsecurity=False) for data in dict.fromkeys([*plain, *found["plain"]])]
        found[name] = tuple(digest.hexdigest().encode() for digest in made)
        found[f"{name}-base64"] = tuple(base64.b64encode(digest.digest()).rstrip(b"=") for digest in made)
    return found


class CanarySearch:
    """Decide once what to look for, then look at as many outputs as there are."""

    def __init__(self, canaries: Iterable[Canary]) -> None:
        self._folded: list[tuple[bytes, str, str]] = []
        self._exact: list[tuple[bytes, str, str]] = []
        for canary in canaries:
            for encoding, spellings in encodings(canary.value).items():
                # base64 is the one encoding in which case carries something
                place = self._exact if "base64" in encoding else self._folded
                place.extend((spelling, canary.kind, encoding) for spelling in spellings)

    def find(self, sink: str, data: bytes) -> list[Leak]:
        """Canaries in one output: a value, a key, a header, a dead letter, a log line."""
        folded = data.lower()
        texts = [(folded, self._folded), (data.replace(b"-", b"+").replace(b"_", b"/"), self._exact)]
        found = {Leak(kind, sink, encoding) for text, table in texts for what, kind, encoding in table if what in text}
        return sorted(found)

    def find_all(self, sinks: Mapping[str, Sequence[bytes]]) -> Iterator[Leak]:
        for sink, outputs in sinks.items():
            for data in outputs:
                yield from self.find(sink, data)


def missed(planted: Iterable[str], fired: Iterable[str]) -> frozenset[str]:
    """Classes that were planted and whose detector did not fire: a detector that has stopped working."""
    return frozenset(planted) - frozenset(fired)


def _base64_cores(data: bytes) -> Iterator[bytes]:
    """The characters that `data` surely gives at each of the three places it can have in a longer encoded
    text."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + data)
        start = (0, 2, 3)[before]
        rest = (before + len(data)) % 3
        end = len(encoded) - (0, 3, 2)[rest]
        yield encoded[start:end]
