"""Text as detectors see it: disguises folded away, and the way back to where each character stood.

Folded are compatibility forms (NFKC), decimal digits of all scripts, dashes, dots and spaces of all kinds,
look-alike letters inside words that also have Latin letters or digits, percent codes, character references of
HTML and backslash escapes (of text that was JSON inside a string). Invisible characters and combining
marks disappear; what an override turns from right to left is turned back. Text without any of these, which is nearly all text, costs a few comparisons.

Rules: only detectors see folded text; what stays in the record stays as it was written. A folded character
knows the range of the text it came from, so that a find is replaced together with its disguise.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from html import unescape
from typing import NamedTuple

_ROUNDS = 3
"""How often escapes are taken off: `%2540` is an @ under two."""

_ESCAPED = re.compile(
    r"(?P<percent>(?:%[0-9A-Fa-f]{2})+)"
    r"|(?P<reference>&(?:#[0-9]{1,7}(?![0-9]);?|#[xX][0-9A-Fa-f]{1,6}(?![0-9A-Fa-f]);?|[A-Za-z][A-Za-z0-9]{1,30};))"
    r"|(?P<backslash>\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[nrt]))"
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")

_LOOKALIKES = (  # letters drawn like Latin ones, each before the letter that it is drawn like
    "АA ВB ЕE ЅS ІI ЈJ КK МM НH ОO РP СC ТT УY ХX ԌG ԚQ ԜW аa еe ѕs іi јj оo рp сc уy хx һh ӏl ԁd ԛq "
    "ԝw ґr вb кk мm нh тt "
    "ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX αa ιi νv οo ρp τt υu χx κk "
    "ՏS օo սu հh ոn ցg "
    "ᎪA ᏴB ᏟC ᎠD ᎬE ᎻH ᎫJ ᏦK ᏞL ᎷM ᏢP ᏚS ᎢT ᏙV ᏔW ᏃZ ıi ɑa ɡg ɩi"
)
_LATIN = {ord(pair[0]): pair[1] for pair in _LOOKALIKES.split()}
_DRAWN_LATIN = "".join(map(chr, _LATIN))
_MIXABLE = re.compile(rf"(?<!\w)[^\W{_DRAWN_LATIN}]*+[{_DRAWN_LATIN}]\w*+")
_LAST_OF_BASIC_PLANE = "\uffff"
_HAS_LATIN = re.compile("[A-Za-z0-9]")

_SPECIAL = {
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\u2e3a\u30fc\ufe58\ufe63\uff0d", "-"),
    **dict.fromkeys("\u00b7\u2022\u2219\u22c5\u2027\u3002\u30fb\uff61\u2024\ufe52", "."),
    **dict.fromkeys("\u2018\u2019\u02bc\uff07", "'"),
}
_INVISIBLE = (
    (0x0080, 0x009F), (0x00AD, 0x00AD), (0x0300, 0x036F), (0x061C, 0x061C),
    (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F),
    (0x20D0, 0x20FF), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFE20, 0xFE2F),
    (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF9, 0xFFFC), (0xE0000, 0xE0FFF),
)  # fmt: skip
_TRIED = (  # not tried: ideographs and Hangul syllables, which are their own plain form
    (0x80, 0x3400), (0xA000, 0xAC00), (0xF900, 0x12000), (0x16A00, 0x16B60),
    (0x1D400, 0x1D800), (0x1E000, 0x1F200), (0x1FBF0, 0x1FBFA), (0xE0000, 0xE1000),
)  # fmt: skip


class Folded(NamedTuple):
    """`text[i]` came from `starts[i]:ends[i]` of the text that was folded."""

    text: str
    starts: list[int]
    ends: list[int]


Fold = Callable[[str], Folded | None]


@cache
def folder() -> Fold:
    """A function that gives the folded form of a text, or None if it is the text itself; in linear time."""
    plain = _plain_forms()
    suspect = re.compile(
        f"[{''.join(re.escape(char) for char in plain if char <= _LAST_OF_BASIC_PLANE)}]"
    ).search
    astral = re.compile(f"[^\\0-{_LAST_OF_BASIC_PLANE}]").search  # apart, for `re` looks these up one by one
    beyond = {char for char in plain if char > _LAST_OF_BASIC_PLANE}

    def fold(text: str) -> Folded | None:
        escaped = ("%" in text or "&" in text or "\\" in text) and _ESCAPED.search(text)
        if text.isascii():
            if not escaped and (text.isprintable() or not _CONTROL.search(text)):
                return None
        elif not (
            escaped
            or suspect(text)
            or _CONTROL.search(text)
            or _mixed(text)
            or (astral(text) and not beyond.isdisjoint(text))
        ):
            return None
        places = range(len(text))
        folded = Folded(text, list(places), [place + 1 for place in places])
        for _ in range(_ROUNDS):
            if not _ESCAPED.search(folded.text):
                break
            folded = _unescaped(folded)
        if "\u202e" in folded.text:
            folded = _turned(folded)
        return _plain(folded, plain)

    return fold


def _plain_forms() -> dict[str, str]:
    """Every character that does not fold to itself, with what it folds to."""
    plain: dict[str, str] = {}
    for code in (code for first, end in _TRIED for code in range(first, end) if not 0xD800 <= code < 0xE000):
        char = chr(code)
        if (form := _plain_form(char)) != char:
            plain[char] = form
    return plain


def _plain_form(char: str) -> str:
    code = ord(char)
    if any(first <= code <= last for first, last in _INVISIBLE):
        return ""
    if char in _SPECIAL:
        return _SPECIAL[char]
    if (value := unicodedata.decimal(char, None)) is not None:
        return str(value)
    if (form := unicodedata.normalize("NFKC", char)) != char:
        return "".join(_plain_form(each) for each in form)
    return " " if char.isspace() and char not in "\x85\u2028\u2029" else char


def _mixed(text: str) -> bool:
    """True if a word has Latin letters or digits and look-alikes of others."""
    return any(_HAS_LATIN.search(word[0]) for word in _MIXABLE.finditer(text))


def _latin(word: re.Match[str]) -> str:
    """A word with its look-alikes made Latin, if it has Latin letters or digits of its own."""
    return word[0].translate(_LATIN) if _HAS_LATIN.search(word[0]) else word[0]


def _unescaped(folded: Folded) -> Folded:
    """One layer of escapes taken off."""
    text, starts, ends = folded
    pieces: list[str] = []
    new_starts: list[int] = []
    new_ends: list[int] = []
    after = 0
    for match in _ESCAPED.finditer(text):
        start, end = match.span()
        pieces.append(text[after:start])
        new_starts += starts[after:start]
        new_ends += ends[after:start]
        for char, width in _meant(match):
            pieces.append(char)
            new_starts.append(starts[start])
            start = start + width if width else end
            new_ends.append(ends[start - 1])
        after = end
    pieces.append(text[after:])
    return Folded("".join(pieces), new_starts + starts[after:], new_ends + ends[after:])


def _meant(match: re.Match[str]) -> list[tuple[str, int]]:
    """The characters that an escape stands for, each with its width in the escape; 0 is all that is left."""
    written = match[0]
    if match["percent"]:
        raw = bytes.fromhex(written.replace("%", ""))
        try:
            return [(char, 3 * len(char.encode())) for char in raw.decode()]
        except UnicodeDecodeError:
            return [(chr(byte), 3) for byte in raw]
    if match["reference"]:
        meant = unescape(written)
        return [(char, 0) for char in meant[:1]] if meant != written else [(char, 1) for char in written]
    return [(chr(int(written[2:], 16)) if written[2:] else "\n", 0)]


_BACKWARDS = re.compile("\u202e([^\u202a-\u202e\n]*)")


def _turned(folded: Folded) -> Folded:
    """What an override shows from right to left in the order in which it is read; it maps back as one piece."""
    text, starts, ends = folded.text, folded.starts[:], folded.ends[:]
    for match in _BACKWARDS.finditer(text):
        start, end = match.span(1)
        if start < end:
            starts[start:end] = [starts[start]] * (end - start)
            ends[start:end] = [ends[end - 1]] * (end - start)
    return Folded(_BACKWARDS.sub(lambda match: "\u202e" + match[1][::-1], text), starts, ends)


def _plain(folded: Folded, plain: dict[str, str]) -> Folded:
    """Every character in its plain form."""
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for char, start, end in zip(*folded, strict=True):
        form = "" if _CONTROL.match(char) else plain.get(char, char)
        for each in form:
            pieces.append(each)
            starts.append(start)
            ends.append(end)
    return Folded(_MIXABLE.sub(_latin, "".join(pieces)), starts, ends)
