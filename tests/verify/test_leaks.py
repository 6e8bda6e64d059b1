"""A canary is found in every form, in every part of a record, in others' records and in logs."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from benchmarks.workload import reference
from stream_scrubber.record import Record
from stream_scrubber.verify.forms import Haystack, needles_of
from stream_scrubber.verify.tokens import TokenIndex
from stream_scrubber.verify.verdict import Kind
from tests.verify.toy_run import Event, run

SECRET = "Jane.Doe+Shop@mail1.example"
Encode = Callable[..., str]


def _digest(name: str, text: str) -> bytes:
    return hashlib.new(name, text.encode(), usedforsecurity=False).digest()


ENCODINGS: dict[str, Encode] = {
    "as it stands": str,
    "lower": str.lower,
    "upper": str.upper,
    "percent": lambda text: quote(text, safe=""),
    "all percent": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "hex": lambda text: text.encode().hex(),
    "HEX": lambda text: text.encode().hex().upper(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 of the lower-cased": lambda text: base64.b64encode(text.lower().encode()).decode(),
    "base64 without padding": lambda text: base64.b64encode(text.encode()).decode().rstrip("="),
    "JSON escapes": lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text),
    "sha256 URL-safe": lambda text: base64.urlsafe_b64encode(_digest("sha256", text)).decode().rstrip("="),
    "sha256 of the lower-cased": lambda text: _digest("sha256", text.lower()).hex().upper(),
    "sha256 cut": lambda text: _digest("sha256", text).hex()[:20],
}
for _name in ("md5", "sha1", "sha256"):
    ENCODINGS[_name] = lambda text, name=_name: _digest(name, text).hex()
    ENCODINGS[f"{_name} base64"] = lambda text, name=_name: base64.b64encode(_digest(name, text)).decode()


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
def test_every_form_is_found_in_the_own_output(encode: Encode) -> None:
    text = f'{{"a":"x{encode(SECRET)}y"}}'.encode()
    assert Haystack.of(text).find(needles_of(SECRET))


IN_JSON = ['{{"a":"{}"}}', '{{"a":["the {}, here"]}}']
IN_TEXT = ["id={}", "/users/{}?x=1", "v:{}"]
PLACES = [
    pytest.param(encode, around, id=f"{name} in {around}")
    for name, encode in ENCODINGS.items()
    for around in (IN_JSON if name == "JSON escapes" else IN_JSON + IN_TEXT)
]


@pytest.mark.parametrize(("encode", "around"), PLACES)
def test_every_form_is_found_as_a_word_of_anything(encode: Encode, around: str) -> None:
    index = TokenIndex()
    index.add(around.format(encode(SECRET)).encode(), "here")
    found = index.find(needles_of(SECRET))
    assert found is not None
    assert found[0] == "here"


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
def test_base64_is_found_in_every_alignment(before: str) -> None:
    whole = base64.b64encode(f"{before}{SECRET}zzzz".encode())
    assert Haystack.of(whole).find(needles_of(SECRET)) == "encoded"


@pytest.mark.parametrize("secret", ["+49 30 123 4567", "Shop/4.2.1 (SM-S921B; Android 14)"])
def test_a_canary_with_blanks_is_found_in_running_text(secret: str) -> None:
    index = TokenIndex()
    index.add(json.dumps({"a": f"please call {secret}. thanks"}).encode(), "here")
    assert index.find(needles_of(secret)) == ("here", "plain")


def test_pseudonyms_and_generalized_values_are_no_leaks() -> None:
    haystack = Haystack.of(json.dumps({"id": reference.pseudonym(SECRET), "at": "<email>"}).encode())
    assert haystack.find(needles_of(SECRET)) == ""


def test_short_canaries_are_sought_as_they_stand_only() -> None:
    needles = needles_of("ab12")
    assert not needles.digests
    assert Haystack.of(b'{"a":"xab12"}').find(needles) == "plain"
    assert Haystack.of(base64.b64encode(b"xxxab12xxxxxx")).find(needles) == ""


def test_mutant_leaks_an_unkeyed_hash() -> None:
    def scrub(event: Event) -> Event:
        hashed = hashlib.sha256(event["userId"].encode()).hexdigest()
        return {**reference.scrub(event), "userId": hashed}

    verdict = run(scrub=scrub).judge()
    assert verdict.leaked == 300
    assert {each.how for each in verdict.findings if each.kind is Kind.LEAKED} == {"sha256"}


@pytest.mark.parametrize("part", ["key", "value", "header name", "header"])
def test_every_part_of_a_record_is_searched(part: str) -> None:
    toy = run(50)
    raw = toy.produced[9].record
    secret = raw.key or b""
    changes: dict[str, dict[str, Any]] = {
        "key": {"key": b"k-" + secret},
        "value": {"value": (toy.committed[9].value or b"")[:-1] + b',"x":"' + secret + b'"}'},
        "header name": {"headers": [(secret.decode(), None)]},
        "header": {"headers": [("h", b"user " + secret)]},
    }
    toy.replace(9, **changes[part])
    assert toy.judge().leaked >= 1


def test_an_aborted_record_may_leak_no_more_than_a_committed_one() -> None:
    toy = run(50)
    raw = toy.produced[9].record
    bad = toy.committed[9]._replace(
        offset=1000, headers=[("traceparent", dict(raw.headers or ())["traceparent"])]
    )
    toy.aborted.append(bad)
    verdict = toy.judge()
    assert (verdict.leaked, verdict.wrong) == (1, 0)


def test_a_canary_in_another_ones_record_is_found() -> None:
    toy = run(50)
    event = json.loads(toy.produced[3].record.value or b"")
    toy.edit(30, lambda clean: clean.update(messageIdBefore=event["messageId"]))
    verdict = toy.judge()
    assert verdict.strayed == 1
    [stray] = [each for each in verdict.findings if each.kind is Kind.STRAYED]
    assert stray.source == "/".join(map(str, toy.produced[3].record[4:]))


@pytest.mark.parametrize("name", ["log", "metrics"])
def test_a_canary_in_logs_or_metrics_is_found_with_its_line(name: str) -> None:
    toy = run(50)
    event = json.loads(toy.produced[33].record.value or b"")
    toy.texts = {name: f'started\nrecords{{ip="{event["context"]["ip"]}"}} 1\n'.encode()}
    verdict = toy.judge()
    assert verdict.strayed == 1
    assert [each.where for each in verdict.findings] == [f"{name}:2"]


def test_a_sampled_record_is_found_in_logs_even_grown_together_with_its_neighbours() -> None:
    toy = run(50)
    toy.texts = {"log": b"user_" + (toy.produced[0].record.key or b"") + b"_failed"}
    assert toy.judge().strayed >= 1


def test_a_dead_letter_that_carries_the_record_is_a_leak() -> None:
    toy = run(50)
    raw = toy.produced[9].record
    pointer: list[tuple[str, bytes | None]] = [
        (f"__connect.errors.{name}", str(getattr(raw, name)).encode())
        for name in ("topic", "partition", "offset")
    ]
    toy.committed[9] = Record(raw.value, None, pointer, 0, "dlq.bench", 0, 0)
    verdict = toy.judge()
    assert verdict.misrouted == 1
    assert verdict.leaked > 10
