"""What gives a browser or device away without an identifier."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Literal

from stream_scrubber.errors import Mismatch
from stream_scrubber.scrubbers.base import Action, BuildContext, Example, Family, Scrubber, Takes, verdict

FINGERPRINT_SOURCES = frozenset(
    [
        "useragentdata",
        "fonts",
        "fontlist",
        "fontpreferences",
        "domblockers",
        "adblock",
        "audio",
        "audiobaselatency",
        "audiocontext",
        "audiohash",
        "screen",
        "screenframe",
        "screenresolution",
        "availscreen",
        "devicepixelratio",
        "pixelratio",
        "canvas",
        "canvashash",
        "webgl",
        "webglhash",
        "webglbasics",
        "webglextensions",
        "webglvendor",
        "webglrenderer",
        "gpu",
        "renderer",
        "unmaskedrenderer",
        "unmaskedvendor",
        "webgpu",
        "oscpu",
        "cpuclass",
        "architecture",
        "bitness",
        "platform",
        "platformversion",
        "hardwareconcurrency",
        "cores",
        "cpucores",
        "devicememory",
        "memory",
        "ram",
        "language",
        "languages",
        "locale",
        "timezone",
        "timezoneoffset",
        "utcoffset",
        "datetimelocale",
        "colordepth",
        "colorgamut",
        "hdr",
        "contrast",
        "monochrome",
        "forcedcolors",
        "invertedcolors",
        "reducedmotion",
        "reducedtransparency",
        "plugins",
        "mimetypes",
        "pdfviewerenabled",
        "touch",
        "touchsupport",
        "maxtouchpoints",
        "vendor",
        "vendorflavors",
        "productsub",
        "sessionstorage",
        "localstorage",
        "indexeddb",
        "opendatabase",
        "cookiesenabled",
        "storage",
        "storagequota",
        "math",
        "mathml",
        "applepay",
        "privateclickmeasurement",
        "battery",
        "batterylevel",
        "charging",
        "sensors",
        "accelerometer",
        "gyroscope",
        "magnetometer",
        "gamepads",
        "mediadevices",
        "cameras",
        "microphones",
        "speakers",
        "voices",
        "speechsynthesis",
        "permissions",
        "connection",
        "rtt",
        "downlink",
        "effectivetype",
        "webrtc",
        "localip",
        "clientrects",
        "emoji",
        "keyboardlayout",
        "ja3",
        "ja3hash",
        "ja3n",
        "ja4",
        "ja4h",
        "ja4t",
        "ja4l",
        "ja4x",
        "tlsfingerprint",
        "tlsciphers",
        "tlsextensions",
        "akamaifingerprint",
        "http2fingerprint",
        "headerorder",
        "headernames",
        "accept",
        "acceptencoding",
        "acceptlanguage",
        "acceptcharset",
        "etag",
        "ifnonematch",
        "donottrack",
        "dnt",
        "globalprivacycontrol",
        "visitorid",
        "fingerprint",
        "fingerprintid",
        "fphash",
        "devicefingerprint",
        "browserfingerprint",
        "buildid",
        "model",
        "fullversion",
        "fullversionlist",
        "wow64",
        "formfactors",
        "incognito",
    ]
)
"""Names under which fingerprint sources are sent, in small letters without separators."""

_PLAIN_NAME = re.compile(r"[^a-z0-9]+")
_SIZE = re.compile(r"([0-9]{2,5})\s*[x×*,]\s*([0-9]{2,5})(?:\s*[x×*,]\s*[0-9]{1,2})?")
_SYSTEM_WORDS = (
    ("iphone", "ios"), ("ipad", "ios"), ("ipod", "ios"), ("android", "android"), ("win", "windows"),
    ("mac", "macos"), ("cros", "chromeos"), ("linux", "linux"),
)  # fmt: skip


def plain_name(name: str) -> str:
    """A field's name as `FINGERPRINT_SOURCES` has it: `hardware_concurrency` is `hardwareconcurrency`."""
    return _PLAIN_NAME.sub("", name.lower())


def is_fingerprint_source(name: str) -> bool:
    """Does a field of this name hold a known fingerprint source? For lint: the list is long, but never
    complete."""
    return plain_name(name) in FINGERPRINT_SOURCES


Coarse = Literal["screen", "language", "utc_offset", "touch", "os"]


@dataclass(frozen=True)
class Fingerprint(Scrubber):
    """Of an object of fingerprint sources, at any depth, keeps only the coarse classes named in `keep`;
    everything else, known or unknown, is gone.

    `screen` is small, medium, large or huge by its longer side (1000, 2000, 3000 pixels); `language` the
    primary one; `utc_offset` full hours (of an offset in minutes, as JavaScript counts it); `touch` true or
    false; `os` one of windows, macos, linux, chromeos, android, ios, other. A value of another form is the
    mismatch `bad_form`. The first one found wins."""

    keep: tuple[Coarse, ...] = ()

    name: ClassVar[str] = "fingerprint"
    family: ClassVar[Family] = Family.GENERALIZATION
    takes: ClassVar[frozenset[Takes]] = frozenset({Takes.OBJECT})
    leaves_open: ClassVar[str] = (
        "The classes kept, about one to three bits each; one source too many costs 2.5 bits."
    )
    source: ClassVar[str] = "Eckersley 2010; Laperdrix et al. 2016; the sources of FingerprintJS"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({"canvas": "a9f1", "fonts": 37, "audio": 124.04}, {}),
        Example(
            {
                "screen": {"resolution": [2340, 1080]},
                "hw": {"hardwareConcurrency": 8},
                "languages": [["de-DE", "en"]],
            },
            {"screen": "large", "language": "de"},
            ["screen", "language"],
        ),
        Example(
            {"timezoneOffset": -330, "platform": "Win32"},
            {"utc_offset": 5, "os": "windows"},
            ["utc_offset", "os"],
        ),
        Example({"touchSupport": {"maxTouchPoints": 5}}, {"touch": True}, ["touch"]),
        Example({"screenResolution": "jane"}, refuses="bad_form", parameters=["screen"]),
        Example({"language": "the German language"}, refuses="bad_form", parameters=["language"]),
        Example("a9f1", refuses="type"),
        Example(["a9f1"], refuses="type"),
    )

    def build(self, context: BuildContext) -> Action:
        keep = self.keep
        wanted = {plain: coarse for coarse in keep for plain in _COARSE[coarse][0]}

        def fingerprint(value: Any) -> dict[str, Any]:
            if type(value) is not dict:
                raise Mismatch("type")
            found: dict[str, Any] = {}
            stack: list[Any] = [value] if wanted else []
            while stack:
                node = stack.pop()
                if type(node) is list:
                    stack.extend(reversed(node))
                elif type(node) is dict:
                    for name, inner in node.items():
                        coarse = wanted.get(plain_name(name))
                        if coarse is not None and coarse not in found and inner is not None:
                            found[coarse] = _COARSE[coarse][1](inner)
                    stack.extend(reversed(list(node.values())))
            return {coarse: found[coarse] for coarse in keep if coarse in found}

        return fingerprint

    def compare(self, other: Fingerprint) -> bool | None:
        mine, theirs = set(self.keep), set(other.keep)
        return verdict(0 if mine == theirs else 1 if mine < theirs else -1 if mine > theirs else None)


def _screen(value: Any) -> str:
    sides: list[Any] = []
    if type(value) is str:
        found = _SIZE.fullmatch(value.strip())
        sides = [int(found[1]), int(found[2])] if found else []
    elif type(value) is list:
        sides = value[:2]
    elif type(value) is dict:
        for inner in value.values():
            if type(inner) is list:
                sides = inner[:2]
                break
        else:
            sides = [value.get("width"), value.get("height")]
    if len(sides) != 2 or not all(type(side) is int and 0 < side < 100_000 for side in sides):
        raise Mismatch("bad_form")
    longer = max(sides)
    return "small" if longer < 1000 else "medium" if longer < 2000 else "large" if longer < 3000 else "huge"


def _language(value: Any) -> str:
    while type(value) is list and value:
        value = value[0]
    found = re.fullmatch(r"([a-zA-Z]{2,3})(?:[-_,;].{0,100})?", value) if type(value) is str else None
    if found is None:
        raise Mismatch("bad_form")
    return found[1].lower()


def _utc_offset(value: Any) -> int:
    if type(value) in (int, float, Decimal) and -900 <= value <= 900:
        return int(-value // 60)
    raise Mismatch("bad_form")


def _touch(value: Any) -> bool:
    if type(value) is dict:
        value = value.get("maxTouchPoints", value.get("max_touch_points"))
    if type(value) is bool:
        return value
    if type(value) is int and 0 <= value < 1000:
        return value > 0
    raise Mismatch("bad_form")


def _os(value: Any) -> str:
    if type(value) is not str:
        raise Mismatch("bad_form")
    lowered = value.lower()
    return next((name for word, name in _SYSTEM_WORDS if word in lowered), "other")


_COARSE: Mapping[str, tuple[tuple[str, ...], Callable[[Any], Any]]] = {
    "screen": (("screen", "screenresolution", "resolution", "availscreen"), _screen),
    "language": (("language", "languages", "locale", "acceptlanguage"), _language),
    "utc_offset": (("timezoneoffset", "utcoffset"), _utc_offset),
    "touch": (("touch", "touchsupport", "maxtouchpoints"), _touch),
    "os": (("platform", "os", "oscpu"), _os),
}
