"""Published test vectors, and the distributions that papers declare."""

from __future__ import annotations

import math
import statistics
from base64 import urlsafe_b64decode
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from stream_scrubber.scrubbers import make
from stream_scrubber.scrubbers.base import Action, BuildContext, CurrentRecord
from stream_scrubber.scrubbers.crypto_pan import prefix_preserving
from stream_scrubber.scrubbers.identifiers import length_prefixed
from stream_scrubber.scrubbers.network import parse_ip, spell_ip
from stream_scrubber.scrubbers.place import METRES_PER_DEGREE
from stream_scrubber.scrubbers.sealing import Encrypt, Seal, hpke_sealer, unpack


def of_hex(text: str) -> bytes:
    return bytes.fromhex(text.replace(" ", ""))


# --- Crypto-PAn: the key and addresses of the authors' sample trace; the IPv6 ones of later implementations

PAN_KEY = bytes.fromhex("1522178d33a4cf80130a5b1649907d10 d8988f837979652762574c2d2a842202")


@pytest.mark.parametrize(
    ("raw", "anonymized"),
    [
        ("128.11.68.132", "135.242.180.132"),
        ("129.118.74.4", "134.136.186.123"),
        ("130.132.252.244", "133.68.164.234"),
        ("141.223.7.43", "141.167.8.160"),
        ("141.233.145.108", "141.129.237.235"),
        ("152.163.225.39", "151.140.114.167"),
        ("192.102.249.13", "252.138.62.131"),
        ("::1", "78ff:f001:9fc0:20df:8380:b1f1:704:ed"),
        ("2001:db8::1", "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1e"),
    ],
)
def test_crypto_pan(raw: str, anonymized: str) -> None:
    change = prefix_preserving(PAN_KEY)
    address = parse_ip(raw)
    assert spell_ip(change(address)) == anonymized


def test_crypto_pan_preserves_prefixes_and_nothing_more() -> None:
    change = prefix_preserving(bytes(range(32)))
    base = parse_ip("203.0.113.77")
    for bit in range(32):
        other = (int.from_bytes(base, "big") ^ 1 << 31 - bit).to_bytes(4, "big")
        mine, theirs = (int.from_bytes(change(address), "big") for address in (base, other))
        assert (mine ^ theirs).bit_length() == 32 - bit


# --- RFC 5952


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:db8::0:1", "2001:db8::1"),
        ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
        ("2001:DB8:AAAA:BBBB:CCCC:DDDD:EEEE:AAAA", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa"),
    ],
)
def test_text_of_ipv6(raw: str, text: str) -> None:
    assert spell_ip(bytes.fromhex("".join(f"{part}" for part in _full(raw)))) == text


def _full(raw: str) -> list[str]:
    import ipaddress

    return ipaddress.ip_address(raw).exploded.split(":")


# --- AES-SIV, RFC 5297 appendix A.1


def test_aes_siv() -> None:
    key = of_hex("fffefdfc fbfaf9f8 f7f6f5f4 f3f2f1f0 f0f1f2f3 f4f5f6f7 f8f9fafb fcfdfeff")
    about = of_hex("10111213 14151617 18191a1b 1c1d1e1f 20212223 24252627")
    plain = of_hex("11223344 55667788 99aabbcc ddee")
    sealed = AESSIV(key).encrypt(plain, [about])
    assert sealed == of_hex("85632d07 c6e8f37f 950acd32 0a2ecc93 40c02b96 90c4dc04 daef7f6a fe5c")


def context(selector: str = "a.b", key: bytes = bytes(range(32)), realm: str = "test") -> BuildContext:
    record = CurrentRecord()
    record.coordinates = b"raw.test\x000\x0017"
    record.subject = "u-42"
    return BuildContext(realm=realm, key=key, selector=selector, record=record)


@pytest.mark.parametrize("value", ["u-42", "", "x" * 500, "a\0", "\0\x80", "Zoë", 0, -5, 2**64 - 1])
def test_who_has_the_key_can_open_what_is_encrypted(value: Any) -> None:
    scrubber = Encrypt(nobody=())
    action = scrubber.build(context())
    if value == "":
        assert action(value) is None
        return
    text = action(value)
    assert text == action(value)
    assert scrubber.opener(context())(text) == value
    for other in (context(selector="a.c"), context(realm="other"), context(key=bytes(32))):
        assert other is not None
        assert scrubber.build(other)(value) != text
        with pytest.raises(ValueError, match="epoch"):
            scrubber.opener(other)(text)


# --- HPKE, RFC 9180 appendix A.2.1 (X25519, HKDF-SHA256, ChaCha20-Poly1305, base mode)


def test_hpke() -> None:
    seal = hpke_sealer(
        of_hex("4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a"),
        of_hex("4f6465206f6e2061204772656369616e2055726e"),
    )
    encapsulated, sealed = seal(
        of_hex("909a9b35d3dc4713a5e72a4da274b55d3d3821a37e5d099e74a647db583a904b"),
        of_hex("4265617574792069732074727574682c20747275746820626561757479"),
        of_hex("436f756e742d30"),
    )
    assert encapsulated == of_hex("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a")
    assert sealed == of_hex(
        "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28"
    )


@pytest.mark.parametrize("value", ["u-42", "x" * 300, 7])
def test_who_has_the_private_key_can_open_what_is_sealed(value: Any) -> None:
    hpke = pytest.importorskip("cryptography.hazmat.primitives.hpke")
    private = X25519PrivateKey.from_private_bytes(b"\x07" * 32)
    scrubber = Seal(to=private.public_key().public_bytes_raw().hex())
    text = scrubber.build(context())(value)
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    suite = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
    info = b"stream-scrubber seal" + length_prefixed("test", "a.b")
    assert unpack(suite.decrypt(data, private, info)) == value
    with pytest.raises(InvalidTag):
        suite.decrypt(data, X25519PrivateKey.from_private_bytes(b"\x08" * 32), info)


def test_sealed_texts_repeat_for_a_redelivered_record_only() -> None:
    here = context()
    action = make("seal", "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a").build(here)
    first = action("u-42")
    assert action("u-42") == first
    here.record.coordinates = b"raw.test\x000\x0018"
    assert action("u-42") != first
    assert action("u-42")[:43] != first[:43]


@pytest.mark.parametrize("key", ["", "00" * 32, "4310", "zz" * 32, "01" + "00" * 31])
def test_what_is_no_public_key(key: str) -> None:
    with pytest.raises(ValueError, match=r"X25519|[Ll]ow|[Ee]rror|at least 1"):
        make("seal", key).build(context())


# --- planar Laplace: the radius is Gamma(2, 1/ε) and the direction uniform


def metres_between(one: dict[str, float], other: dict[str, float]) -> tuple[float, float]:
    north = (other["lat"] - one["lat"]) * METRES_PER_DEGREE
    east = (other["lon"] - one["lon"]) * METRES_PER_DEGREE * math.cos(math.radians(one["lat"]))
    return math.hypot(north, east), math.atan2(east, north)


def drawn(
    action: Action, here: BuildContext, point: dict[str, float], count: int
) -> list[tuple[float, float]]:
    out = []
    for number in range(count):
        here.record.subject = f"u-{number}"
        out.append(metres_between(point, action(point)))
    return out


@pytest.mark.parametrize("latitude", [0.0, 52.5, -71.0])
def test_planar_laplace_has_the_declared_distances_and_directions(latitude: float) -> None:
    here, point = context(), {"lat": latitude, "lon": 13.4}
    draws = drawn(make("planar_laplace", {"epsilon": 0.01, "cell": 1}).build(here), here, point, 20_000)
    radii = sorted(radius for radius, _ in draws)
    for share in (0.05, 0.25, 0.5, 0.75, 0.95, 0.99):
        radius = radii[int(share * len(radii))]
        expected = 1 - (1 + 0.01 * radius) * math.exp(-0.01 * radius)
        assert abs(expected - share) < 4 * math.sqrt(share * (1 - share) / len(radii)) + 0.005
    assert abs(statistics.fmean(radii) - 200) < 4
    quarters = [
        sum(1 for _, bearing in draws if low <= bearing < low + math.pi / 4)
        for low in (k * math.pi / 4 - math.pi for k in range(8))
    ]
    assert all(abs(count - 2_500) < 4 * math.sqrt(2_500) for count in quarters)


def test_planar_laplace_draws_once_per_subject_and_cell() -> None:
    here = context()
    action = make("planar_laplace", {"epsilon": 0.001, "cell": 500}).build(here)
    results = []
    for offset in range(5):
        here.record.coordinates = b"raw.test\x000\x00%d" % offset
        results.append(action({"lat": 52.5200 + offset / 1e5, "lon": 13.4000 + offset / 1e5}))
    assert all(result == results[0] for result in results)
    here.record.subject = "u-43"
    assert action({"lat": 52.52, "lon": 13.4}) != results[0]
    here.record.subject = None
    alone = action({"lat": 52.52, "lon": 13.4})
    here.record.coordinates = b"raw.test\x000\x0099"
    assert action({"lat": 52.52, "lon": 13.4}) != alone


def test_planar_laplace_stays_on_the_globe() -> None:
    here = context()
    action = make("planar_laplace", 0.00001).build(here)
    for number in range(2_000):
        here.record.subject = str(number)
        for point in ({"lat": 90, "lon": 180}, {"lat": -89.99, "lon": -180}, {"lat": 0, "lon": 179.9999}):
            result = action(point)
            assert -90 <= result["lat"] <= 90
            assert -180 <= result["lon"] <= 180


# --- noise


def test_noise_is_discrete_laplace() -> None:
    here = context()
    action = make("noise", 5).build(here)
    draws = []
    for offset in range(20_000):
        here.record.coordinates = b"raw.test\x000\x00%d" % offset
        draws.append(action(1000) - 1000)
    ratio = math.exp(-1 / 5)
    assert abs(statistics.fmean(draws)) < 0.25
    assert abs(draws.count(0) / len(draws) - (1 - ratio) / (1 + ratio)) < 0.01
    assert abs(statistics.variance(draws) - 2 * ratio / (1 - ratio) ** 2) < 3


def test_noise_repeats_for_a_redelivered_record_and_differs_between_items() -> None:
    here = context()
    action = make("noise", 1000).build(here)
    prices = [100, 200, 300]
    first = [action(price) for price in prices]
    assert [action(price) for price in prices] == first
    assert len({noisy - price for noisy, price in zip(first, prices, strict=True)}) == 3


# --- times


def test_a_shift_is_one_offset_per_subject_and_epoch() -> None:
    from datetime import datetime, timedelta

    def offset(subject: str | None, text: str, key: bytes = bytes(32), place: bytes = b"x") -> timedelta:
        here = context(key=key)
        here.record.subject, here.record.coordinates = subject, place
        moved = make("shift", "30d").build(here)(text)
        return datetime.fromisoformat(moved) - datetime.fromisoformat(text)

    offsets = [offset(f"u-{n}", "2026-11-21T20:07:33Z") for n in range(500)]
    assert all(shift % timedelta(days=1) == timedelta(0) for shift in offsets)
    assert {abs(shift) <= timedelta(days=30) for shift in offsets} == {True}
    assert len(set(offsets)) > 50
    assert offset("u-1", "2020-02-29T00:00:00Z") == offsets[1]
    assert offset("u-1", "2020-02-29T00:00:00Z", place=b"y") == offsets[1]
    assert offset("u-1", "2020-02-29T00:00:00Z", key=b"\x01" * 32) != offsets[1]
    assert len({offset(None, "2026-11-21T20:07:33Z", place=b"%d" % n) for n in range(30)}) > 10


def test_noise_on_time_is_one_draw_per_subject_and_bin() -> None:
    here = context()
    action = make("time_noise", {"within": "10m", "bin": "15m"}).build(here)
    same = {action(f"2026-11-21T20:{minute:02d}:33Z") for minute in range(15)}
    assert len(same) == 1
    assert same != {action("2026-11-21T20:15:00Z")}
    first = same.pop()
    here.record.subject = "u-43"
    assert action("2026-11-21T20:00:33Z") != first


def test_labels_keep_the_draws_apart() -> None:
    """One key serves many scrubbers: no draw may be another's."""
    from stream_scrubber.scrubbers.draws import derived_key, drawing

    here = context()
    labels = ("shift", "time_noise", "planar_laplace", "noise", "sample_items", "seal")
    assert len({drawing(here, label)(b"message") for label in labels}) == len(labels)
    assert derived_key(here, "encrypt", 32) != derived_key(here, "crypto_pan", 32)
