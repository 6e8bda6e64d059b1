"""What browsers say of themselves: user agents and client hints."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
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
    same,
    verdict,
)

Part = Literal["browser.family", "browser.major", "os.family", "os.major", "device.class"]

BROWSERS = frozenset(
    (
        "Android", "Chrome", "Chrome Mobile", "Chrome Mobile WebView", "Chrome Mobile iOS", "DuckDuckGo",
        "DuckDuckGo Mobile", "Edge", "Edge Mobile", "Facebook", "Firefox", "Firefox Mobile", "Firefox iOS",
        "Google", "HeadlessChrome", "IE", "IE Mobile", "Instagram", "MIUI Browser", "Mobile Safari",
        "Mobile Safari UI/WKWebView", "Opera", "Opera Mini", "Opera Mobile", "QQ Browser",
        "QQ Browser Mobile", "Safari", "Samsung Internet", "Snapchat", "TikTok", "UC Browser", "WeChat",
        "WhatsApp", "Yandex Browser",
    )
)  # fmt: skip
"""Browser families that pass by name: a product name out of a text may be anyone's."""

SYSTEMS = frozenset(
    (
        "Android", "Chrome OS", "Fedora", "HarmonyOS", "KaiOS", "Linux", "Mac OS X", "Tizen", "Ubuntu",
        "Windows", "iOS", "tvOS",
    )
)  # fmt: skip
"""Systems that pass by name."""

OTHER = "Other"
MAX_LENGTH = 1024
_CACHED = 4096
_MAJOR = re.compile(r"[0-9]{1,3}")
_TELEVISION = re.compile(
    r"smart-?tv|apple ?tv|googletv|hbbtv|crkey|bravia|roku|aft[a-z]\b|web0s|\btv\b", re.IGNORECASE
)
_TABLET = re.compile(r"ipad|tablet|kindle|silk/", re.IGNORECASE)
_PHONE = re.compile(r"mobi|iphone|ipod|windows phone|opera mini", re.IGNORECASE)
_DESKTOPS = frozenset({"Windows", "Mac OS X", "Linux", "Ubuntu", "Fedora", "Chrome OS"})


@cache
def _resolver() -> Any:
    """ua-parser's rules on RE2, loaded with the first user agent: reading them takes a tenth of a second."""
    from ua_parser.loaders import load_lazy_builtins
    from ua_parser.re2 import Resolver

    return Resolver(load_lazy_builtins())


def _parts(text: str) -> dict[str, str | None]:
    from ua_parser.core import Domain

    parsed = _resolver()(text, Domain.ALL)
    browser, system, device = parsed.user_agent, parsed.os, parsed.device
    family = browser.family if browser and browser.family in BROWSERS else OTHER
    name = system.family if system and system.family in SYSTEMS else OTHER
    robot = bool(device and device.family == "Spider")
    return {
        "browser.family": family,
        "browser.major": _major(browser.major) if family != OTHER else None,
        "os.family": name,
        "os.major": _major(system.major) if name != OTHER else None,
        "device.class": "robot" if robot else _device_class(text, name),
    }


def _major(text: str | None) -> str | None:
    return text if text and _MAJOR.fullmatch(text) else None


def _device_class(text: str, system: str) -> str:
    if _TELEVISION.search(text) or system == "tvOS":
        return "tv"
    if _TABLET.search(text):
        return "tablet"
    if _PHONE.search(text) or system == "iOS":
        return "phone"
    if system == "Android":
        return "tablet"  # phones say "Mobile"
    return "desktop" if system in _DESKTOPS else "other"


@dataclass(frozen=True)
class UserAgent(Scrubber):
    """Of a user agent, the parts in `keep`, in that order, joined by `; ` (with `as: object`, as an object).

    `browser.family`, `browser.major`, `os.family`, `os.major`, and `device.class` (phone, tablet, desktop,
    tv, robot, other), by ua-parser's rules. Families outside a list of common ones are `Other`, and have no
    version. Needs the extra `ua`. Empty becomes null; texts above 1024 characters are the mismatch
    `bad_form`."""

    keep: Annotated[tuple[Part, ...], Field(min_length=1)] = (
        "browser.family",
        "browser.major",
        "os.family",
        "device.class",
    )
    as_: Annotated[Literal["text", "object"], Field(alias="as")] = "text"

    name: ClassVar[str] = "user_agent"
    family: ClassVar[Family] = Family.GENERALIZATION
    takes: ClassVar[frozenset[Takes]] = TEXT
    leaves_open: ClassVar[str] = "About three bits: the browser, the system, and the kind of device."
    source: ClassVar[str] = "ua-parser's uap-core rules"
    extra: ClassVar[str] = "ua"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            "Mozilla/5.0 (Linux; Android 14; SM-S921B Build/UP1A) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/120.0.6099.144 Mobile Safari/537.36",
            "Chrome Mobile; 120; Android; phone",
        ),
        Example(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0",
            {"browser": {"family": "Firefox"}, "device": {"class": "desktop"}},
            {"keep": ["browser.family", "device.class"], "as": "object"},
        ),
        Example(
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Other; robot",
            ["os.family", "device.class"],
        ),
        Example("janes-own-browser/1.2.3 (jane@mail.example)", "Other; Other; other"),
        Example("", None),
        Example("x" * 1025, refuses="bad_form"),
        Example(["Mozilla/5.0"], refuses="type"),
        Example({"ua": "Mozilla/5.0"}, refuses="type"),
    )

    def build(self, context: BuildContext) -> Action:
        keep, nest = self.keep, self.as_ == "object"
        seen: dict[str, str] = {}

        def shorten(text: str) -> Any:
            parts = _parts(text)
            if not nest:
                return "; ".join([part for name in keep if (part := parts[name]) is not None])
            out: dict[str, dict[str, str | None]] = {}
            for name in keep:
                of, _, what = name.partition(".")
                out.setdefault(of, {})[what] = parts[name]
            return out

        def user_agent(value: Any) -> Any:
            if type(value) is not str:
                raise Mismatch("type")
            found = seen.get(value)
            if found is not None:
                return found
            if not value or len(value) > MAX_LENGTH:
                if value:
                    raise Mismatch("bad_form")
                return None
            try:
                result = shorten(value)
            except UnicodeError:
                raise Mismatch("bad_text") from None
            if not nest:  # objects are made anew each time: who gets one may change it
                if len(seen) >= _CACHED:
                    seen.clear()
                seen[value] = result
            return result

        return user_agent

    def compare(self, other: UserAgent) -> bool | None:
        mine, theirs = set(self.keep), set(other.keep)
        parts = 0 if mine == theirs else 1 if mine < theirs else -1 if mine > theirs else None
        return verdict(parts, same(self.as_, other.as_))


BRANDS = frozenset(
    (
        "Brave",
        "Chromium",
        "Google Chrome",
        "HeadlessChrome",
        "Microsoft Edge",
        "Opera",
        "Samsung Internet",
        "YaBrowser",
    )
)
PLATFORMS = frozenset(("Android", "Chrome OS", "ChromeOS", "Linux", "Windows", "iOS", "macOS"))
_BRAND = re.compile(r'\s*"([^"]{0,64})"\s*;\s*v="([^"]{0,32})"\s*(?:,|$)')


@dataclass(frozen=True)
class ClientHints(Scrubber):
    """Keeps the low-entropy client hints and drops all others: of an object (headers `Sec-CH-UA…` or the
    members of `navigator.userAgentData`), an object of `brands`, `mobile` and `platform` as far as they are
    there; of a string (the header `Sec-CH-UA`), the brands.

    Brands and platforms outside a list of common ones are left out, versions are major ones. Architecture,
    bitness, model, platform version, full versions, form factors and whatever comes next are gone."""

    name: ClassVar[str] = "client_hints"
    family: ClassVar[Family] = Family.GENERALIZATION
    takes: ClassVar[frozenset[Takes]] = frozenset({Takes.STRING, Takes.OBJECT})
    leaves_open: ClassVar[str] = "Browser, major version, system, and whether it is a phone."
    source: ClassVar[str] = "User-Agent Client Hints, WICG"
    examples: ClassVar[tuple[Example, ...]] = (
        Example('"Chromium";v="120.0.6099", "Not?A_Brand";v="8"', "Chromium 120"),
        Example(
            {
                "Sec-CH-UA": '"Google Chrome";v="120"',
                "Sec-CH-UA-Mobile": "?1",
                "Sec-CH-UA-Model": '"SM-S921B"',
            },
            {"brands": "Google Chrome 120", "mobile": True},
        ),
        Example(
            {
                "brands": [{"brand": "Chromium", "version": "120"}],
                "mobile": False,
                "platform": "Windows",
                "platformVersion": "15.0.0",
                "architecture": "x86",
            },
            {"brands": "Chromium 120", "mobile": False, "platform": "Windows"},
        ),
        Example({"platform": "JaneOS"}, {"platform": "Other"}),
        Example({"model": "SM-S921B"}, {}),
        Example("jane", refuses="bad_form"),
        Example({"mobile": "perhaps"}, refuses="bad_form"),
        Example(17, refuses="type"),
        Example(["Chromium"], refuses="type"),
    )

    def build(self, context: BuildContext) -> Action:
        return _client_hints


def _client_hints(value: Any) -> Any:
    if type(value) is str:
        return _brands(value)
    if type(value) is not dict:
        raise Mismatch("type")
    out: dict[str, Any] = {}
    for name, hint in value.items():
        reader = _HINTS.get(name.lower().replace("_", "-"))
        if reader is not None and hint is not None:
            out[reader[0]] = reader[1](hint)
    return out


def _brands(hint: Any) -> str:
    pairs: list[tuple[str, str]] = []
    if type(hint) is str:
        end = 0
        while end < len(hint):
            found = _BRAND.match(hint, end)
            if found is None:
                raise Mismatch("bad_form")
            pairs.append((found[1], found[2]))
            end = found.end()
    elif type(hint) is list:
        for item in hint:
            brand, version = (item.get("brand"), item.get("version")) if type(item) is dict else (None, None)
            if not (isinstance(brand, str) and isinstance(version, str)):
                raise Mismatch("bad_form")
            pairs.append((brand, version))
    else:
        raise Mismatch("bad_form")
    named = {
        f"{brand} {_major(version.partition('.')[0]) or ''}".strip()
        for brand, version in pairs
        if brand in BRANDS
    }
    return ", ".join(sorted(named))


def _mobile(hint: Any) -> bool:
    if type(hint) is bool:
        return hint
    if hint in ("?0", "?1"):
        return bool(hint == "?1")
    raise Mismatch("bad_form")


def _platform(hint: Any) -> str:
    if type(hint) is not str:
        raise Mismatch("bad_form")
    name = hint.strip('"')
    return name if name in PLATFORMS else OTHER


_HINTS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "sec-ch-ua": ("brands", _brands),
    "brands": ("brands", _brands),
    "sec-ch-ua-mobile": ("mobile", _mobile),
    "mobile": ("mobile", _mobile),
    "sec-ch-ua-platform": ("platform", _platform),
    "platform": ("platform", _platform),
}
