"""Laws of the scrubbers that read a written form: URLs, device numbers, user agents, fingerprints, tables,
sets."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream_scrubber.errors import Mismatch
from stream_scrubber.scrubbers import make
from stream_scrubber.scrubbers.base import Action, BuildContext, CurrentRecord
from stream_scrubber.scrubbers.fingerprints import FINGERPRINT_SOURCES, is_fingerprint_source
from stream_scrubber.scrubbers.forms import calling_code, luhn_valid

RECORD = CurrentRecord()
RECORD.coordinates = b"raw.test\x000\x0017"


def built(name: str, parameters: Any = None, tables: Any = None) -> Action:
    return make(name, parameters).build(
        BuildContext(realm="test", key=bytes(range(32)), selector="a", record=RECORD, tables=tables or {})
    )


# --- url

WORDS = st.sampled_from(["users", "cart", "a-b", "v2", "Order_Items", "index.html"])
SECRETS = st.sampled_from(
    ["4711", "jane%40x.example", "u-42", "5f0c1c1e9a58", "jane@x.example", "ключ", "x" * 30, ".."]
)
HOSTS = st.sampled_from(
    ["example.com", "Shop.Example.co.uk", "a.b.c.example.org", "localhost", "203.0.113.77", "[::1]"]
)


@given(
    st.sampled_from(["https://", "http://", "//", ""]),
    HOSTS,
    st.lists(st.one_of(WORDS, SECRETS), max_size=6),
    st.sampled_from(["", "?gclid=abc&email=jane", "#top-secret", "?a#b", ";jsessionid=77"]),
    st.sampled_from(
        [["scheme", "host", "path"], ["scheme", "domain"], ["path"], ["host"], ["domain", "path"]]
    ),
)
def test_of_a_url_nothing_remains_but_what_is_kept(
    scheme: str, host: str, segments: list[str], rest: str, keep: list[str]
) -> None:
    text = f"{scheme}{host}/{'/'.join(segments)}{rest}"
    action = built("url", {"keep": keep})
    result = action(text)
    if result is None:
        return
    for secret in ("4711", "jane", "u-42", "5f0c", "ключ", "xxx", "gclid", "secret", "jsession", ".113."):
        assert secret not in result
    for secret in "?#@":
        assert secret not in result
    assert action(result) == result


@given(st.text(max_size=80))
def test_no_text_gets_through_a_url_as_a_query(text: str) -> None:
    action = built("url")
    try:
        result = action(f"https://example.com/{text}")
    except Mismatch:
        return
    assert re.fullmatch(r"https://example\.com(/|(/[A-Za-z0-9_.:-]{1,70}){0,4})", result)


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com\\@evil.example/",
        "https://exam\nple.com/",
        " https://example.com",
        "https:/example.com",
        "file:///home/jane",
        "https://user@",
        "https://example..com/",
        "https://-/",
        "https://[fe80::1",
        "https://1.2.3/",
        "https://0300.0.0.1/",
        "//",
        "jane",
        "jane@mail.example",
        "https://example.com/" + "a" * 9000,
    ],
)
def test_what_is_no_url(text: str) -> None:
    with pytest.raises(Mismatch, match="bad_form"):
        built("url")(text)


# --- numbers of devices and subscribers


@given(st.integers(0, 10**14 - 1))
def test_all_spellings_of_an_imei_have_one_token(number: int) -> None:
    digits = f"{number:014d}"
    check = next(str(d) for d in range(10) if luhn_valid(digits + str(d)))
    token = built("pseudonym", {"domain": "phone", "form": "imei"})
    spellings = (digits + check, digits, digits + "01", f"{digits[:2]}-{digits[2:8]}-{digits[8:]}-{check}")
    assert len({token(text) for text in spellings}) == 1
    if number:
        assert built("imei")(digits + check) == digits[:8]


def test_all_spellings_of_a_number_have_one_token() -> None:
    token = built("pseudonym", {"domain": "party", "form": "msisdn"})
    spellings = (
        "+49 30 1234567",
        "0049301234567",
        "49301234567",
        "+49-30-1234567",
        "+49 (30) 1234567",
        49301234567,
    )
    assert len({token(text) for text in spellings}) == 1


@pytest.mark.parametrize(
    ("digits", "code"),
    [("12025550123", "1"), ("79161234567", "7"), ("4930123456", "49"), ("35312345678", "353")],
)
def test_calling_codes(digits: str, code: str) -> None:
    assert calling_code(digits) == code


def test_all_spellings_of_a_mac_have_one_token() -> None:
    token = built("pseudonym", {"domain": "ap", "form": "mac"})
    spellings = (
        "3C:22:FB:0D:EE:0F",
        "3c-22-fb-0d-ee-0f",
        "3c22.fb0d.ee0f",
        "3c22fb0dee0f",
        "3c:22:fb:d:ee:f",
    )
    assert len({token(text) for text in spellings}) == 1


@pytest.mark.parametrize("form", ["mac", "imei", "imsi", "msisdn", "email"])
@given(value=st.text(alphabet=st.characters(exclude_categories=["Nd"]), min_size=1, max_size=20))
def test_free_text_never_gets_a_token_of_a_form(form: str, value: str) -> None:
    if "@" in value or re.fullmatch(r"[0-9A-Fa-f:.-]+", value):
        return
    try:
        assert built("pseudonym", {"domain": "x", "form": form})(value) is None
    except Mismatch as mismatch:
        assert mismatch.code in ("bad_form", "bad_text")  # noqa: PT017


# --- fingerprints


@given(
    st.recursive(
        st.one_of(st.text(max_size=5), st.integers(0, 99), st.none()),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from([*sorted(FINGERPRINT_SOURCES)[:40], "unknown"]), inner, max_size=4
            )
        ),
        max_leaves=10,
    )
)
def test_nothing_of_a_fingerprint_remains_unless_it_is_named(tree: Any) -> None:
    assert built("fingerprint")({"nested": tree}) == {}


def test_fingerprint_sources_are_known_in_any_spelling() -> None:
    for name in (
        "hardwareConcurrency",
        "hardware_concurrency",
        "JA3",
        "ja4-h",
        "WebGL Renderer",
        "audioBaseLatency",
    ):
        assert is_fingerprint_source(name)
    assert not is_fingerprint_source("price")


# --- user agents


@pytest.mark.skipif(find_spec("ua_parser") is None, reason="needs the extra ua")
@given(st.text(max_size=60))
def test_no_text_of_a_user_agent_passes(text: str) -> None:
    from stream_scrubber.scrubbers.browsers import BROWSERS, SYSTEMS

    result = built("user_agent")(f"secret {text} (jane)")
    allowed = {*BROWSERS, *SYSTEMS, "Other", "phone", "tablet", "desktop", "tv", "robot", "other"}
    for part in result.split("; "):
        assert part in allowed or re.fullmatch("[0-9]{1,3}", part)


# --- tables and sets


@given(st.ip_addresses(v=4))
def test_the_longest_network_wins(address: Any) -> None:
    table = {"0.0.0.0/0": "all", "128.0.0.0/1": "half", "203.0.0.0/16": "wide", "203.0.113.0/24": "narrow"}
    found = built("lookup", {"table": "t", "by": "network"}, {"t": table})(str(address))
    number = int(address)
    expected = "half" if number >> 31 else "all"
    if number >> 16 == 0xCB00:
        expected = "narrow" if number >> 8 == 0xCB0071 else "wide"
    assert found == expected


@given(st.lists(st.one_of(st.text(max_size=3), st.integers(0, 9), st.none()), max_size=8), st.integers(0, 5))
def test_a_sample_is_a_part_in_the_same_order(items: list[Any], most: int) -> None:
    result = built("sample_items", most)(items)
    assert len(result) == min(most, len(items))
    rest = iter(items)
    assert all(any(item is other for other in rest) for item in result)


@given(st.permutations(["a", "b", "c", "secret", "a"]))
def test_neither_order_nor_number_of_items_shows(items: list[str]) -> None:
    assert built("top_items", ["c", "a", "z"])(items) == ["c", "a"]


# --- tightness


@pytest.mark.parametrize(
    ("name", "tight", "loose"),
    [
        ("shift", "60d", "30d"),
        ("time_noise", "1h", "15m"),
        ("planar_laplace", {"epsilon": 0.001, "cell": 50}, {"epsilon": 0.01, "cell": 50}),
        ("h3", 4, 6),
        ("url", ["domain"], ["host", "path"]),
        ("user_agent", ["os.family"], ["os.family", "os.major"]),
        ("fingerprint", None, ["screen"]),
        ("imsi", "country", "network"),
        ("encrypt", 32, 16),
        ("bucket", [10, 20], [10, 15, 20]),
        ("significant_digits", {"digits": 1, "mode": "down"}, {"digits": 2, "mode": "down"}),
        ("noise", 20, 10),
        ("sample_items", 1, 3),
        ("top_items", ["a"], ["a", "b"]),
    ],
)
def test_tightness_has_a_direction(name: str, tight: Any, loose: Any) -> None:
    assert make(name, tight).tighter_than(make(name, loose)) is True
    assert make(name, loose).tighter_than(make(name, tight)) is False
