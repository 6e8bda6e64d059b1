"""Network addresses."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import Annotated, Any, ClassVar

from pydantic import Field

from stream_scrubber.errors import Mismatch
from stream_scrubber.scrubbers.base import (
    TEXT,
    Action,
    BuildContext,
    Example,
    Family,
    Scrubber,
    Takes,
    less_is_tighter,
    same,
    verdict,
)
from stream_scrubber.scrubbers.nobody import NOBODY, Nobody, nobody_set
from stream_scrubber.scrubbers.units import Whole

_WRAPPED = re.compile(
    r"\[(?P<inner>[^\[\]]+)\](?::(?P<port>[0-9]{1,5}))?|(?P<v4>[0-9.]+):(?P<v4port>[0-9]{1,5})"
)
_ZONE = re.compile(r"[0-9A-Za-z._~-]{1,64}")

LAST_FOUR = {
    bytes(12): "IPv4-compatible (RFC 4291)",
    bytes(10) + b"\xff\xff": "IPv4-mapped (RFC 4291)",
    bytes(8) + b"\xff\xff\0\0": "IPv4-translated (RFC 2765)",
    b"\0\x64\xff\x9b" + bytes(8): "NAT64 (RFC 6052)",
}
"""Prefixes of 96 bits behind which an IPv6 address holds an IPv4 address."""

LOCAL_NAT64 = b"\0\x64\xff\x9b\0\x01"
"""64:ff9b:1::/48 (RFC 8215): where in it the IPv4 address stands depends on the network, so the rest is cut
off."""

_UNSPECIFIED = (bytes(16), bytes(15) + b"\x01")


def parse_ip(text: str) -> bytes:
    """4 or 16 bytes of an address, an IPv4 address inside an IPv6 address as its 4; ports, brackets and zones
    gone."""
    try:
        return inet_pton(AF_INET, text)
    except (OSError, ValueError):
        pass
    text = text.strip(" \t")
    found = _WRAPPED.fullmatch(text)
    if found is not None:
        if int(found["port"] or found["v4port"] or 0) > 65535:
            raise Mismatch("bad_ip")
        text = found["inner"] or found["v4"]
    text, percent, zone = text.partition("%")
    if percent and not _ZONE.fullmatch(zone):
        raise Mismatch("bad_ip")
    try:
        return embedded_v4(inet_pton(AF_INET6 if ":" in text else AF_INET, text))
    except (OSError, ValueError):
        raise Mismatch("bad_ip") from None


def embedded_v4(address: bytes) -> bytes:
    """The IPv4 address in an IPv6 address that is made from one; any other address as it is."""
    if len(address) == 4:
        return address
    if address[:12] in LAST_FOUR and address not in _UNSPECIFIED:
        return address[12:]
    if address[:2] == b"\x20\x02":  # 6to4, RFC 3056
        return address[2:6]
    if address[:4] == b"\x20\x01\0\0":  # Teredo, RFC 4380: the client's address with its bits inverted
        return bytes(byte ^ 255 for byte in address[12:])
    return address


def spell_ip(address: bytes) -> str:
    """Dotted decimal, or the text of RFC 5952."""
    if len(address) == 4:
        return f"{address[0]}.{address[1]}.{address[2]}.{address[3]}"
    return inet_ntop(AF_INET6, address)


def on_addresses(change: Callable[[bytes], bytes], nobody: frozenset[str]) -> Action:
    """Applies `change` to the one address of a text, or to each of a list. Nobody is left out, or becomes
    None."""

    def one(text: str) -> str:
        return spell_ip(change(parse_ip(text)))

    def addresses(value: Any) -> str | None:
        if type(value) is not str:
            raise Mismatch("type")
        if "," in value:
            parts = [
                part for part in map(str.strip, value.split(",")) if part.lower() not in nobody or not part
            ]
            return ", ".join([one(part) for part in parts]) if parts else None
        if value.strip().lower() in nobody:
            return None
        return one(value)

    return addresses


@dataclass(frozen=True)
class TruncateIp(Scrubber):
    """Keeps the first `v4` bits of an IPv4 address and the first `v6` bits of an IPv6 address; the others are
    zero.

    An IPv6 address that holds an IPv4 address (mapped, compatible, translated, 6to4, Teredo, NAT64) is
    handled as that IPv4 address. Ports, brackets and zones are taken off; a list separated by commas
    (`X-Forwarded-For`) comes out as a list. Partial, octal and otherwise malformed addresses are the mismatch
    `bad_ip`. The empty string and `nobody` values become null, and are left out of lists."""

    v4: Annotated[Whole, Field(ge=0, le=32)] = 16
    v6: Annotated[Whole, Field(ge=0, le=128)] = 40
    nobody: Nobody = NOBODY

    name: ClassVar[str] = "truncate_ip"
    family: ClassVar[Family] = Family.GENERALIZATION
    takes: ClassVar[frozenset[Takes]] = TEXT
    worth_remembering: ClassVar[bool] = True
    leaves_open: ClassVar[str] = (
        "The network: a /24 is often one household or firm, and even a /16 narrows place and provider down."
    )
    source: ClassVar[str] = "RFC 4291, RFC 3056, RFC 4380, RFC 6052, RFC 8215; text as in RFC 5952"
    examples: ClassVar[tuple[Example, ...]] = (
        Example("203.0.113.77", "203.0.0.0"),
        Example("203.0.113.77", "203.0.113.0", 24),
        Example("2001:db8:1234:5678::1", "2001:db8:1200::"),
        Example("::ffff:203.0.113.77", "203.0.0.0"),
        Example("2002:cb00:714d::1", "203.0.0.0"),
        Example("2001:0:4136:e378:8000:63bf:3fff:fdd2", "192.0.0.0"),
        Example("64:ff9b::203.0.113.77", "203.0.0.0"),
        Example("64:ff9b:1:cb00:71:4d00::", "64:ff9b:1::", {"v6": 128}),
        Example("203.0.113.77:8080", "203.0.0.0"),
        Example("[2001:db8::1]:443", "2001:db8::"),
        Example("fe80::1%eth0", "fe80::"),
        Example("203.0.113.77, 198.51.100.4", "203.0.0.0, 198.51.0.0"),
        Example("unknown, 198.51.100.4", "198.51.0.0"),
        Example("::1", "::"),
        Example("", None),
        Example("unknown", None),
        Example("203.0.113", refuses="bad_ip"),
        Example("0313.0.0161.0115", refuses="bad_ip"),
        Example("203.0.113.077", refuses="bad_ip"),
        Example("203.0.113.256", refuses="bad_ip"),
        Example("203.0.113.77/24", refuses="bad_ip"),
        Example("203.0.113.77:99999", refuses="bad_ip"),
        Example("２０３.0.113.77", refuses="bad_ip"),
        Example("203.0.113.77,", refuses="bad_ip"),
        Example("203.0.113.77, jane", refuses="bad_ip"),
        Example("fe80::1%", refuses="bad_ip"),
        Example("203.0.113.77\0", refuses="bad_ip"),
        Example(3_405_803_853, refuses="type"),
        Example(["203.0.113.77"], refuses="type"),
    )

    def build(self, context: BuildContext) -> Action:
        v4 = ((1 << self.v4) - 1) << (32 - self.v4)
        v6 = ((1 << self.v6) - 1) << (128 - self.v6)
        local = v6 & ~((1 << 80) - 1)

        def truncate(address: bytes) -> bytes:
            number = int.from_bytes(address, "big")
            if len(address) == 4:
                return (number & v4).to_bytes(4, "big")
            return (number & (local if address[:6] == LOCAL_NAT64 else v6)).to_bytes(16, "big")

        general = on_addresses(truncate, nobody_set(self.nobody))
        if self.v4 % 8 or self.v4 == 0:
            return general
        whole = self.v4 // 8
        kept = ".".join(["{}"] * whole + ["0"] * (4 - whole)).format

        def truncate_ip(value: Any) -> str | None:
            """Plain IPv4 first: nearly all addresses are, and its bytes cut at a dot."""
            if type(value) is str:
                try:
                    return kept(*inet_pton(AF_INET, value))
                except (OSError, ValueError):
                    pass
            return general(value)  # type: ignore[no-any-return]

        return truncate_ip

    def compare(self, other: TruncateIp) -> bool | None:
        return verdict(
            less_is_tighter(self.v4, other.v4),
            less_is_tighter(self.v6, other.v6),
            same(self.nobody, other.nobody),
        )
