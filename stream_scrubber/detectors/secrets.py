"""What opens doors: tokens, keys of cloud services, private keys, passwords that are named as such."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import log2
from typing import ClassVar

from stream_scrubber.detectors.base import LONG_WORD, Detector, Find, Span

_KNOWN = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}(?:\.[A-Za-z0-9_\-]*){0,3}"  # JWT, JWE
    r"|(?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA)[A-Z2-7]{16}(?![A-Za-z0-9])"  # Amazon
    r"|AIza[0-9A-Za-z_\-]{35}|ya29\.[0-9A-Za-z_\-]{20,}|GOCSPX-[0-9A-Za-z_\-]{20,}"  # Google
    r"|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{22,}|glpat-[A-Za-z0-9_\-]{20,}"  # GitHub, GitLab
    r"|xox[abeoprs]-[A-Za-z0-9\-]{10,}|xapp-[A-Za-z0-9\-]{10,}"  # Slack
    r"|(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{20,}"  # Stripe
    r"|sk-(?:proj-|ant-|svcacct-)?[A-Za-z0-9_\-]{20,}"  # model providers
    r"|SG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,}|key-[0-9a-f]{32}"  # mail, SMS
    r"|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_\-]{50,}|hf_[A-Za-z0-9]{30,}|dop_v1_[0-9a-f]{64}"
    r"|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|AGE-SECRET-KEY-1[0-9A-Z]{50,}|[0-9]{8,10}:AA[A-Za-z0-9_\-]{33}"
    r")"
)
_BLOCK = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:[^-]|-(?!----END ))*+(?:-----END (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----)?"
)
_NAMED = re.compile(
    r"(?<![A-Za-z])(?:(?P<pass>pass(?:word|wd|phrase|code)?|pwd|passwort|kennwort|contraseña|senha"
    r"|mot de passe|pin code)"
    r"|(?:api|access|secret|auth|private|client|account|encryption|signing|session|bearer|refresh|id)?[ _\-]?"
    r"(?:key|token|secret|credential|signature)s?|bearer|authorization)"
    r"[\"']?(?P<between>\s{0,2}(?::=|=>|[:=])\s{0,2}(?:bearer |basic |token )?|\s(?:is|was|lautet|ist"
    r"|es)[:\s]\s?|\s)[\"'`]?"
    r"(?P<secret>[^\s\"'`,;<>«»]{6,512})",
    re.IGNORECASE,
)
_CLASSES = tuple(re.compile(each) for each in ("[a-z]", "[A-Z]", "[0-9]", "[^A-Za-z0-9]"))
_ENTROPY = 3.0
"""Bits a character from which on a named value counts as drawn, not written; English words lie below."""


def entropy(text: str) -> float:
    """Shannon entropy of the characters of `text`, in bits a character."""
    size = len(text)
    return -sum(n / size * log2(n / size) for n in map(text.count, set(text)))


@dataclass(frozen=True, slots=True)
class Token(Detector):
    """Tokens and keys by the prefixes that their providers publish, and blocks of private keys."""

    name: ClassVar[str] = "token"
    trigger: ClassVar[str] = LONG_WORD
    source: ClassVar[str] = "RFC 7519, RFC 7468, and the prefixes that providers publish for secret scanning"
    finds: ClassVar[tuple[str, ...]] = (
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.c2lnbmF0dXJl",
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA04up8hoqzS1=\n-----END RSA PRIVATE KEY-----",
    )
    leaves: ClassVar[tuple[str, ...]] = (
        "ghp_ is a prefix of 4",
        "AKIAxx1",
        "the well-known-and-long-word-of-1990",
    )

    def build(self) -> Find:
        return _tokens


def _tokens(text: str) -> list[Span]:
    found = [Span(m.start(), m.end(), "token") for m in _KNOWN.finditer(text)]
    if "-----BEGIN" in text:
        found += [Span(m.start(), m.end(), "token") for m in _BLOCK.finditer(text)]
    return found


@dataclass(frozen=True, slots=True)
class Secret(Detector):
    """Passwords, keys and tokens that the word before them calls so."""

    name: ClassVar[str] = "secret"
    trigger: ClassVar[tuple[str, ...]] = (
        "pass", "pwd", "key", "token", "secret", "bearer", "authoriz", "credent", "signat", "kennwort",
        "contrase",
        "senha", "pin code",
    )  # fmt: skip
    finds: ClassVar[tuple[str, ...]] = ("password: «hunter2!x»", "api_key=«9f8a7b6c5d4e3f2a1b0c»")
    leaves: ClassVar[tuple[str, ...]] = (
        "the key question is open",
        "a token of my gratitude",
        "forgot my password again, please help",
        "password reset does not work",
        "the monkey-business",
    )

    def build(self) -> Find:
        return _secrets


def _secrets(text: str) -> list[Span]:
    found: list[Span] = []
    for match in _NAMED.finditer(text):
        secret = match["secret"].rstrip(".!?)]}")
        if len(secret) >= 6 and _drawn(secret, password=bool(match["pass"]), sign=match["between"].strip()):
            start = match.start("secret")
            found.append(Span(start, start + len(secret), "secret"))
    return found


def _drawn(value: str, *, password: bool, sign: str) -> bool:
    """True if `value` looks like a secret: behind `password:` nearly anything, elsewhere mixed and of
    high entropy."""
    kinds = sum(bool(kind.search(value)) for kind in _CLASSES)
    if password:
        return kinds >= 2 if sign in ("", "is", "was", "ist", "es", "lautet") else True
    return len(value) >= 16 and kinds >= 2 and any(map(str.isdigit, value)) and entropy(value) >= _ENTROPY
