"""Addresses of machines: IP, MAC, and URLs that carry credentials or tokens."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import ClassVar

from stream_scrubber.detectors.base import Detector, Find, Span

_V4 = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3}"
_IPV4 = re.compile(rf"(?<![0-9.])(?<![0-9]-){_V4}(?![0-9])(?!\.[0-9])")
_VERSION = re.compile(r"(?:version|release|ver|build|v)[ .:]{0,2}\Z", re.IGNORECASE)
_IPV6 = re.compile(
    rf"(?<![\w:.])(?:[0-9a-fA-F]{{0,4}}:){{2,7}}(?:{_V4}|[0-9a-fA-F]{{0,4}})(?![\w:])(?!\.[0-9])"
)


@dataclass(frozen=True, slots=True)
class Ip(Detector):
    """IPv4 addresses in dotted form and IPv6 addresses. Four-part version numbers that are named so are
    not."""

    name: ClassVar[str] = "ip"
    trigger: ClassVar[str] = r"[0-9]\.[0-9]{1,3}\.[0-9]|:[0-9A-Fa-f]{0,4}:"
    source: ClassVar[str] = "RFC 791, RFC 4291"
    finds: ClassVar[tuple[str, ...]] = (
        "203.0.113.77",
        "2001:db8::7",
        "2001:0db8:0000:0000:0000:ff00:0042:8329",
        "::ffff:203.0.113.77",
        "fe80::1",
    )
    leaves: ClassVar[tuple[str, ...]] = (
        "version 1.2.3.4",
        "1.2.3",
        "256.1.1.1",
        "std::vector",
        "12:30:45",
        "a::b",
    )

    def build(self) -> Find:
        return _ips


def _ips(text: str) -> list[Span]:
    found = [
        Span(m.start(), m.end(), "ip")
        for m in _IPV4.finditer(text)
        if not _VERSION.search(text, max(0, m.start() - 10), m.start())
    ]
    if "::" in text or text.count(":") >= 7:
        found += [Span(m.start(), m.end(), "ip") for m in _IPV6.finditer(text) if _is_ipv6(m[0])]
    return found


def _is_ipv6(written: str) -> bool:
    try:
        ipaddress.IPv6Address(written)
    except ValueError:
        return False
    return any(char.isdigit() for char in written)


_MAC = re.compile(
    r"(?<![0-9A-Za-z:.\-])(?:[0-9A-Fa-f]{2}(?P<between>[:\-])(?:[0-9A-Fa-f]{2}(?P=between)){4}[0-9A-Fa-f]{2}"
    r"|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4})(?![0-9A-Za-z:\-])(?!\.[0-9A-Fa-f])"
)


@dataclass(frozen=True, slots=True)
class Mac(Detector):
    """MAC addresses of 48 bits, in pairs or in groups of four."""

    name: ClassVar[str] = "mac"
    trigger: ClassVar[str] = r"[0-9A-Fa-f]{2}[:\-][0-9A-Fa-f]{2}[:\-][0-9A-Fa-f]{2}[:\-]|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\."
    source: ClassVar[str] = "IEEE 802, EUI-48"
    finds: ClassVar[tuple[str, ...]] = ("00:1B:44:11:3a:b7", "00-1b-44-11-3a-b7", "001b.4411.3ab7")
    leaves: ClassVar[tuple[str, ...]] = ("00:1B:44:11:3a", "12:30:45", "00:1b-44:11-3a:b7")

    def build(self) -> Find:
        return _macs


def _macs(text: str) -> list[Span]:
    return [Span(m.start(), m.end(), "mac") for m in _MAC.finditer(text)]


_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]{1,20}://[^\s<>\"'`{}|\\^]+")
_URL_CREDENTIALS = re.compile(r"[^:]+://[^/?#@]*@")
_URL_TOKEN = re.compile(
    r"[?&#;](?:[A-Za-z0-9_.\-]{0,40}(?:token|secret|passw|password|passwd|signature|session|sid|api_?key|apikey|auth|jwt"
    r"|credential|otp|code|sig|hash|ticket|invite|reset|email|e-?mail|phone|user|name|key)[A-Za-z0-9_.\-]{0,40})=[^&#\s]",
    re.IGNORECASE,
)
_URL_END = ".,;:!?)]}»"


@dataclass(frozen=True, slots=True)
class Url(Detector):
    """URLs that carry a user name and password, or a token, key, session or name in their query; others
    stay."""

    name: ClassVar[str] = "url"
    trigger: ClassVar[tuple[str, ...]] = ("://",)
    source: ClassVar[str] = "RFC 3986"
    finds: ClassVar[tuple[str, ...]] = (
        "https://jane:secret@files.example/a",
        "https://shop.example/reset?token=abc123",
        "postgres://app:pw@db.example:5432/main",
    )
    leaves: ClassVar[tuple[str, ...]] = (
        "https://shop.example/a?page=2",
        "see http://shop.example/about",
        "a :// b",
    )

    def build(self) -> Find:
        return _urls


def _urls(text: str) -> list[Span]:
    found: list[Span] = []
    for match in _URL.finditer(text):
        written = match[0].rstrip(_URL_END)
        if _URL_CREDENTIALS.match(written) or _URL_TOKEN.search(written):
            found.append(Span(match.start(), match.start() + len(written), "url"))
    return found
