"""Residuals, canaries, joins, drift, utility: the pieces that look at values."""

from __future__ import annotations

import base64
import hashlib
import random
from urllib.parse import quote

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.workload import events, reference
from stream_scrubber.leakage import independent
from stream_scrubber.leakage.budgets import Budget, kept
from stream_scrubber.leakage.canaries import Canary, CanarySearch, encodings, missed, plant
from stream_scrubber.leakage.drift import FieldWatch, UnknownPaths, drift, jensen_shannon
from stream_scrubber.leakage.figures import Share, Spread
from stream_scrubber.leakage.joinability import Joinability, canonical_form
from stream_scrubber.leakage.mix import mix
from stream_scrubber.leakage.residual import OTHER, Detection, ResidualCounts, ScannedField, compile_scan
from stream_scrubber.leakage.sampling import sampler
from stream_scrubber.leakage.utility import FieldLoss, penalty_of_group, penalty_of_range
from stream_scrubber.leakage.windows import State, WindowFigures
from stream_scrubber.selectors import parse

SECRET = bytes(range(32))

FOUND = {
    "email": ["jane.doe@mail1.example", "mail <a@b.co>!", "x=y@z.org,", "Jane <jane@sub.example.com>."],
    "card": ["4111 1111 1111 1111", "card:378282246310005", "4012-8888-8888-1881;"],
    "phone": ["+49 30 123 4567", "call +1 (212) 555-0123 now", "tel:+442079460000"],
    "ip": ["203.0.113.77", "from 10.1.2.3:8080", "[192.0.2.5]", "192.0.2.5."],
    "iban": ["DE89370400440532013000", "to GB82WEST12345698765432."],
    "mac": ["aa:bb:cc:dd:ee:ff", "AA-BB-CC-00-11-22"],
}
SILENT = [
    "2026-11-21T20:00:00Z",
    "203.0.0.0",
    "4.2.1",
    "1.2.3.4.5",
    "300.1.1.1",
    "0.1 + 0.2",
    "<email> or <phone>",
    "a@b",
    "@",
    "me @ home",
    "4111 1111 1111 1112",
    "0000000000000000",
    "12:30:45",
    "u8_7f3a9c4411111111111111112b",
    "DE00370400440532013000",
    "5f0c1c1e-9a58-4b5e-a0de-3a9e4f6b1c11",
    "52.5",
    "+5",
    "",
]


@pytest.mark.parametrize(("entity", "text"), [(entity, text) for entity, texts in FOUND.items() for text in texts])
def test_an_independent_detector_finds_its_kind(entity: str, text: str) -> None:
    assert independent.DETECTORS[entity](text)


@pytest.mark.parametrize("text", SILENT)
def test_independent_detectors_stay_silent_on_what_is_clean(text: str) -> None:
    assert [entity for entity, finds in independent.DETECTORS.items() if finds(text)] == []


@given(st.text(max_size=60))
def test_no_text_breaks_a_detector(text: str) -> None:
    for finds in independent.DETECTORS.values():
        assert finds(text) in (True, False)


def fields(**forms: str | None) -> list[ScannedField]:
    return [ScannedField(parse(name.replace("__", "."))[0], form) for name, form in forms.items()]


def test_the_clean_reference_workload_has_no_residual() -> None:
    """Pseudonyms as the oracle writes them are declared; everything else is free text."""
    token = "[0-9a-f]{64}"
    scan = compile_scan(
        [
            *fields(
                messageId=token,
                userId=token,
                anonymousId=token,
                context__device__advertisingId=token,
                timestamp=r"[0-9T:-]+Z",
            ),
            ScannedField(parse("**")[0]),
        ]
    )
    counts = ResidualCounts()
    for record in events.records(3_000, seed=3):
        counts.add(scan(reference.scrub(orjson.loads(record.value))))
    assert (counts.scanned, counts.hit) == (3_000, 0)
    assert counts.interval == (0, 0.001)


def test_what_scrubbing_missed_is_told_by_field_and_never_by_text() -> None:
    scan = compile_scan([*fields(comment=None, user=r"u_[0-9a-f]{8}", tags=None), ScannedField(parse("map.*")[0])])
    clean = {
        "comment": "ask jane@mail.example or +49 30 123 4567",
        "user": "u-000042",
        "map": {"joe@mail.example": 1},
        "new": [{"deep": "203.0.113.9"}],
    }
    assert set(scan(clean)) == {
        Detection("comment", "email", "independent"),
        Detection("comment", "phone", "independent"),
        Detection("user", "form", "declared"),
        Detection("map.*", "email", "independent"),
        Detection(OTHER, "ip", "independent"),
    }
    assert scan({"user": "u_0123abcd", "comment": "fine", "n": 7, "none": None, "yes": True}) == []
    assert "jane" not in repr(scan(clean))


def test_a_card_number_kept_as_an_integer_is_found() -> None:
    assert compile_scan([])({"n": 4111111111111111}) == [Detection(OTHER, "card", "independent")]


def test_residual_counts_merge() -> None:
    one, other = ResidualCounts(), ResidualCounts()
    one.add([Detection("a", "email", "independent")])
    other.add([])
    one.merge(other)
    assert (one.scanned, one.hit) == (2, 1)
    assert 0 < one.interval.low < 0.5 < one.interval.high < 1


def test_a_sample_is_drawn_by_hash() -> None:
    sampled = sampler(SECRET, 0.1)
    drawn = [sampled(str(n).encode()) for n in range(20_000)]
    assert sum(drawn) == pytest.approx(2_000, rel=0.1)
    assert drawn == [sampler(SECRET, 0.1)(str(n).encode()) for n in range(20_000)]
    assert not any(sampler(SECRET, 0)(str(n).encode()) for n in range(100))
    assert all(sampler(SECRET, 1)(str(n).encode()) for n in range(100))


@pytest.mark.parametrize("canary", [*plant(1), *plant(2), Canary("email", "Canary.X+1@Example.org")])
def test_a_canary_is_found_in_every_encoding_and_place(canary: Canary) -> None:
    search = CanarySearch([canary])
    data = canary.value.encode()
    written = {
        "plain": [data, data.upper(), data.replace(b" ", b"")],
        "percent": [quote(canary.value, safe="").encode(), "".join(f"%{byte:02X}" for byte in data).encode()],
        "hex": [data.hex().encode(), data.hex().upper().encode()],
        "base64": [
            base64.b64encode(before + data + after) for before in (b"", b"x", b"xy", b"xyz") for after in (b"", b"z")
        ],
        **{name: [hashlib.new(name, data).hexdigest().encode()] for name in ("md5", "sha1", "sha256")},
        "sha256-base64": [base64.urlsafe_b64encode(hashlib.sha256(data).digest())],
    }
    assert written.keys() <= encodings(canary.value).keys()
    for encoding, spellings in written.items():
        for spelling in spellings:
            found = {leak.encoding for leak in search.find("clean", b'{"a":"' + spelling + b'"}')}
            assert found & {encoding, "plain"}, (encoding, spelling)


def test_canaries_belong_to_nobody() -> None:
    for seed in range(50):
        by_kind = {canary.kind: canary.value for canary in plant(seed)}
        assert by_kind["email"].rpartition("@")[2] in ("example.com", "example.net", "example.org")
        assert independent.luhn(by_kind["card"])
        assert by_kind["ip"].rpartition(".")[0] in ("192.0.2", "198.51.100", "203.0.113")
        assert by_kind["phone"].split()[2:] == ["555", by_kind["phone"][-4:]]
        assert by_kind["phone"][-4:-2] == "01"
        for kind, value in by_kind.items():
            assert independent.DETECTORS[kind](value)


def test_clean_outputs_hold_no_canary() -> None:
    search = CanarySearch(plant(3))
    outputs = [orjson.dumps(reference.scrub(orjson.loads(r.value))) for r in events.records(500, seed=1)]
    assert list(search.find_all({"clean": outputs, "log": [b"worker started", b""]})) == []


def test_a_detector_that_did_not_fire_is_missed() -> None:
    assert missed(["email", "card"], ["email", "ip"]) == {"card"}


@pytest.mark.parametrize(
    ("left", "right"), [("+49 30 1234", "+49301234"), ("AB-12", "ab12"), (42, "42"), (" u-1 ", "U1")]
)
def test_spelling_does_not_hide_a_join(left: object, right: object) -> None:
    assert canonical_form(left) == canonical_form(right) is not None


def test_a_raw_identifier_in_a_clean_field_joins_and_a_small_integer_does_not() -> None:
    rng = random.Random(1)
    joins = Joinability(["kept", "token", "age", "year"], ["userId", "postcode"], SECRET)
    for _ in range(6_000):
        user = f"u-{rng.getrandbits(64):016x}"
        joins.add_raw("userId", user)
        joins.add_raw("postcode", rng.randrange(10_000))
        joins.add_clean("kept", user.upper() if rng.random() < 0.3 else f"{rng.getrandbits(64):016x}")
        joins.add_clean("token", f"{rng.getrandbits(64):016x}")
        joins.add_clean("age", rng.randrange(90))
        joins.add_clean("year", rng.randrange(10_000))
    found = {(join.field, join.reference): join for join in joins.figures()}
    assert found["kept", "userId"].excess == pytest.approx(0.3, abs=0.04)
    assert found["token", "userId"].excess == 0
    assert found["age", "postcode"].excess is None
    assert found["year", "postcode"].found.share is not None
    assert found["year", "postcode"].found.share > 0.3
    assert (found["year", "postcode"].excess or 0) < 0.05
    assert found["year", "postcode"].sure_excess == found["token", "userId"].sure_excess == 0
    assert (found["kept", "userId"].sure_excess or 0) > 0.25


def test_joins_of_parts_are_the_join_of_the_whole() -> None:
    whole, left, right = (Joinability(["f"], ["r"], SECRET) for _ in range(3))
    for n in range(5_000):
        for one in (whole, left if n % 2 else right):
            one.add_raw("r", f"id-{n}")
            one.add_clean("f", f"id-{2 * n}")
    left.merge(right)
    assert [(j.found.share, j.values) for j in left.figures()] == [(j.found.share, j.values) for j in whole.figures()]


def test_divergence_is_zero_for_equal_and_one_for_disjoint() -> None:
    assert jensen_shannon([5, 0, 7], [10, 0, 14]) == pytest.approx(0)
    assert jensen_shannon([5, 0], [0, 3]) == pytest.approx(1)


def test_drift_is_seen_when_it_is_there_and_not_when_it_is_not() -> None:
    rng = random.Random(1)

    def watch(low: int, count: int, kind: type = int) -> FieldWatch:
        made = FieldWatch()
        for _ in range(count):
            value = rng.randrange(low, low + 40)
            made.add(kind(value), mix(value, 1))
        return made

    same, moved, flipped = (
        drift(watch(0, 500), watch(0, 5_000)),
        drift(watch(25, 500), watch(0, 5_000)),
        drift(watch(0, 500, str), watch(0, 5_000)),
    )
    assert same is not None
    assert moved is not None
    assert flipped is not None
    assert same.divergence < 0.02 < 0.3 < moved.divergence
    assert (same.flips, flipped.flips) == (0, 1)
    assert drift(FieldWatch(), watch(0, 5)) is None
    merged = watch(0, 100)
    merged.merge(watch(0, 100))
    assert sum(merged.buckets) == merged.types["number"] == 200


def test_unknown_paths_are_counted_within_a_bound() -> None:
    paths = UnknownPaths()
    for n in range(12_000):
        paths.add(n % 11_000, "dropped" if n else "released")
    assert paths.occurrences == {"dropped": 11_999, "released": 1}
    assert (paths.distinct, paths.full) == (10_000, True)


def test_utility_loss_is_nothing_for_kept_and_everything_for_gone() -> None:
    keep, drop, coarse, token = (FieldLoss() for _ in range(4))
    for n in range(3_000):
        value = mix(n % 300, 1)
        keep.add(value, value)
        drop.add(value, None)
        coarse.add(value, n % 300 // 30)
        token.add(value, mix(value, 2))
    figures = [one.figure() for one in (keep, drop, coarse, token)]
    assert [figure and figure.loss for figure in figures] == [0, 1, pytest.approx(29 / 299), 0]
    assert FieldLoss().figure() is None
    assert penalty_of_range(10, 0, 100) == 0.1
    assert penalty_of_range(10, 5, 5) == 1
    assert penalty_of_group(1, 50) == 0


def test_a_budget_is_kept_broken_or_cannot_be_told() -> None:
    spread = Spread(1_000, 200, 10, (Share(20, 0.03),), (Share(20, 0.5),), 4, 5, 0.1)
    window = WindowFigures(
        horizon="24h",
        start=0,
        end=86_400,
        complete=True,
        whole=True,
        state=State.MEASURED,
        subjects=200,
        records=1_000,
        unattributed=0,
        spreads={("place", "clean"): spread},
    )
    assert kept(Budget("place", 20, "24h", 0.02), window) is False
    assert kept(Budget("place", 20, "24h", 0.05), window) is True
    for budget in (
        Budget("place", 20, "1h", 0.02),
        Budget("other", 20, "24h", 0.02),
        Budget("place", 20, "24h", 0.02, min_subjects=500),
    ):
        assert kept(budget, window) is None
