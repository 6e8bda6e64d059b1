"""Web addresses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

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
from stream_scrubber.scrubbers.network import TruncateIp
from stream_scrubber.scrubbers.units import Text, Whole

Part = Literal["scheme", "host", "domain", "path"]

NOWHERE = ("", "null", "none", "unknown", "about:blank", "about:client", "(direct)", "$direct")
"""What trackers write when there was no page."""

PLACEHOLDER = ":id"
"""Stands for a path segment that is no plain word."""

MAX_LENGTH = 8192
_CACHED = 1024

_URL = re.compile(
    r"(?:(?P<scheme>https?|wss?|android-app|ios-app):)?//(?P<authority>[^/?#\\]*)(?P<path>(?:/[^?#]*)?)"
    r"|(?P<bare>(?:[a-z0-9_-]{1,63}\.)+[a-z][a-z0-9-]{1,62}|localhost|(?:[0-9]{1,3}\.){3}[0-9]{1,3}|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?(?P<barepath>/[^?#]*)?"
    r"|(?P<local>/[^?#]*)",
    re.IGNORECASE,
)
_AUTHORITY = re.compile(
    r"(?:[^@]*@)?(?:(?P<host>(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)\.?"
    r"|(?P<v6>\[[0-9a-f:.%]+\]))(?::[0-9]{0,5})?",
    re.IGNORECASE,
)
_NUMERIC = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\Z")
_truncate = TruncateIp(nobody=()).build(BuildContext())
_WORD = re.compile(r"(?:[A-Za-z]{1,20}(?:[_-][A-Za-z]{1,20}){0,2}|v[0-9]{1,2})(?:\.[a-z]{2,5})?|:id")
_SECOND_LEVEL = frozenset(
    ("ac", "co", "com", "edu", "go", "gob", "gov", "gouv", "mil", "ne", "net", "nom", "or", "org")
)


def registrable(host: str) -> str:
    """The registrable domain by a rule without a list: two labels, three when a country's domain has a common
    second level (`example.co.uk`). Where the public suffix list knows more levels, this is coarser than it,
    not finer."""
    if host[0] == "[" or host[-1].isdigit():
        return host  # an address, truncated already
    labels = host.split(".")
    deep = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3:] if deep else labels[-2:])


def path_template(path: str, depth: int) -> str:
    """The first `depth` segments; those that are no plain words are placeholders."""
    word = _WORD.fullmatch
    segments = [segment for segment in path.split("/") if segment][:depth]
    if ";" in path:
        segments = [segment.partition(";")[0] for segment in segments]
    return "/" + "/".join([segment if word(segment) else PLACEHOLDER for segment in segments])


def _split(text: str) -> tuple[str, str, str]:
    """Scheme, authority and path, each empty when it is not there. What follows the path is not looked at."""
    found = _URL.match(text) if len(text) <= MAX_LENGTH else None
    if found is None or text[found.end() : found.end() + 1] not in ("", "?", "#"):
        raise Mismatch("bad_form")
    scheme, authority, path, bare, bare_path, local = found.groups()
    if local is not None:
        return "", "", local
    if not (authority or bare):
        raise Mismatch("bad_form")
    return (scheme or "").lower(), authority or bare, path or bare_path or ""


def _host(authority: str) -> str:
    """The host in lower case, an address among them truncated; user info and port are gone."""
    found = _AUTHORITY.fullmatch(authority)
    if found is None:
        raise Mismatch("bad_form")
    name, v6 = found.groups()
    host: str = v6 or name.lower()
    if v6 or ((host[-1] <= "9" or "x" in host) and _NUMERIC.match(host)):
        try:
            short: str = _truncate(host)
        except Mismatch:
            raise Mismatch("bad_form") from None
        return f"[{short}]" if ":" in short else short
    return host


@dataclass(frozen=True)
class Url(Scrubber):
    """Of a web address, `keep` says what stays: `scheme`, `host` or `domain` (registrable), `path`.

    The path becomes a template: at most `depth` segments, of which those that are not up to three plain words
    (ids, numbers, encoded text, e-mail addresses) become `:id`. User info, port, query, fragment, and with
    them click ids and UTM tags, are always gone. A host that is an IP address is truncated as `truncate_ip`
    does. Addresses of http, https, ws, wss, android-app and ios-app are taken, also without scheme or as a
    path; anything else is the mismatch `bad_form`. `nowhere` texts become null, and so does an address of
    which nothing is kept."""

    keep: Annotated[tuple[Part, ...], Field(min_length=1)] = ("scheme", "host", "path")
    depth: Annotated[Whole, Field(ge=1, le=32)] = 4
    query: Literal["drop"] = "drop"
    nowhere: tuple[Text, ...] = NOWHERE

    name: ClassVar[str] = "url"
    family: ClassVar[Family] = Family.GENERALIZATION
    takes: ClassVar[frozenset[Takes]] = TEXT
    leaves_open: ClassVar[str] = (
        "Which page it was: words in a path may be names, and a rare page tells much."
    )
    source: ClassVar[str] = "RFC 3986"
    examples: ClassVar[tuple[Example, ...]] = (
        Example("https://shop.example.com/cart?gclid=abc&utm_source=x#pay", "https://shop.example.com/cart"),
        Example(
            "https://jane:secret@Shop.Example.com:8443/users/4711/orders",
            "https://shop.example.com/users/:id/orders",
        ),
        Example("https://www.shop.example.co.uk/a", "example.co.uk", ["domain"]),
        Example("https://shop.example.com/users/jane%40mail.example/edit", "/users/:id/edit", ["path"]),
        Example("//cdn.example.com/v2/app.js", "cdn.example.com/v2/app.js"),
        Example("shop.example.com/cart", "shop.example.com/cart"),
        Example("/products/5f0c1c1e-9a58-4b5e-a0de-3a9e4f6b1c11?ref=mail", "/products/:id"),
        Example("/a/b/c/d/e/f", "/a/b", {"keep": ["path"], "depth": 2}),
        Example("http://203.0.113.77:8080/", "http://203.0.0.0/"),
        Example("http://[2001:db8::1]/x", "http://[2001:db8::]/x"),
        Example("/search?q=illness", None, ["host"]),
        Example("", None),
        Example("about:blank", None),
        Example("mailto:jane@mail.example", refuses="bad_form"),
        Example("javascript:alert(1)", refuses="bad_form"),
        Example("data:text/plain;base64,amFuZQ==", refuses="bad_form"),
        Example("https://exa mple.com/", refuses="bad_form"),
        Example("https://0x7f.1/", refuses="bad_form"),
        Example("https:///path", refuses="bad_form"),
        Example(["https://example.com"], refuses="type"),
        Example(17, refuses="type"),
    )

    def __post_init__(self) -> None:
        if "host" in self.keep and "domain" in self.keep:
            raise ValueError("keep either host or domain")
        if "scheme" in self.keep and not {"host", "domain"} & set(self.keep):
            raise ValueError("a scheme alone is no address: keep host or domain as well")

    def build(self, context: BuildContext) -> Action:
        kept, depth = frozenset(self.keep), self.depth
        nowhere = frozenset(text.lower() for text in self.nowhere)
        wants_scheme, wants_path, wants_domain = "scheme" in kept, "path" in kept, "domain" in kept
        wants_host = "host" in kept or wants_domain
        hosts: dict[str, str] = {}

        def host_of(authority: str) -> str:
            """Sites have few hosts: they are remembered, unless user info stands before them."""
            host = hosts.get(authority)
            if host is None:
                host = registrable(_host(authority)) if wants_domain else _host(authority)
                if "@" not in authority:
                    if len(hosts) >= _CACHED:
                        hosts.clear()
                    hosts[authority] = host
            return host

        def url(value: Any) -> str | None:
            if type(value) is not str:
                raise Mismatch("type")
            if value.lower() in nowhere:
                return None
            scheme, authority, path = _split(value)
            out = ""
            if authority:
                host = host_of(authority)  # also when it is not kept: what is malformed does not pass
                if wants_host:
                    out = f"{scheme}://{host}" if scheme and wants_scheme else host
            if wants_path and path:
                out += path_template(path, depth)
            return out or None

        return url

    def compare(self, other: Url) -> bool | None:
        mine, theirs = (
            set(one.keep) | ({"domain"} if "host" in one.keep else set()) for one in (self, other)
        )
        parts = 0 if mine == theirs else 1 if mine < theirs else -1 if mine > theirs else None
        return verdict(parts, less_is_tighter(self.depth, other.depth), same(self.nowhere, other.nowhere))
