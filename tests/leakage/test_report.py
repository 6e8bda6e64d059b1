"""The report: what is in it, what never is, and that it stands alone."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import orjson
import pytest

from benchmarks.workload import events, reference
from stream_scrubber.leakage.observe import ObservationPlan
from stream_scrubber.leakage.page import render
from stream_scrubber.leakage.report import Collector, Report, to_json
from stream_scrubber.leakage.residual import ScannedField
from stream_scrubber.selectors import Selector, parse

TOKEN = "[0-9a-f]{64}"
SETS = {
    "place_time": ("context.location", "timestamp"),
    "device": ("context.os.name", "context.locale", "context.ip"),
}
FIELDS = {
    "userId": TOKEN,
    "messageId": TOKEN,
    "anonymousId": TOKEN,
    "context.device.advertisingId": TOKEN,
    "context.ip": r"\d+\.\d+\.0\.0",
    "context.locale": None,
    "properties.comment": None,
    "properties.items[*].price": None,
}


def named(*texts: str) -> tuple[Selector, ...]:
    return tuple(selector for text in texts for selector in parse(text))


def collected(records: list[tuple[dict[str, Any], dict[str, Any], int]]) -> Collector:
    plan = ObservationPlan(named("userId"), tuple(named(*fields) for fields in SETS.values()))
    fields = [ScannedField(parse(name)[0], form) for name, form in FIELDS.items()]
    collector = Collector(plan, list(SETS), fields, b"k" * 32)
    for raw, clean, epoch in records:
        collector.add(raw, clean, epoch)
    return collector


def pairs(n: int, users: int = 400) -> list[tuple[dict[str, Any], dict[str, Any], int]]:
    out = []
    for at, record in enumerate(events.records(n, seed=2, users=users)):
        raw = orjson.loads(record.value)
        clean = reference.scrub(raw)
        epoch = at * 2 // n
        clean["userId"] = f"{epoch:x}{clean['userId'][1:]}"
        out.append((raw, clean, epoch))
    return out


@pytest.fixture(scope="module")
def report() -> Report:
    return collected(pairs(4_000)).report("Shop <events>", "4000 events", seed=1)


def test_every_set_is_measured_on_both_sides_on_the_same_records(report: Report) -> None:
    assert [(one.name, one.side) for one in report.measured] == [
        (name, side) for name in SETS for side in ("raw", "clean")
    ]
    assert {one.spread.records for one in report.measured} == {4_000}
    by_place = {(one.name, one.side): one.spread for one in report.measured}
    for name in SETS:
        raw, clean = by_place[name, "raw"], by_place[name, "clean"]
        assert raw.records_below_k(20) >= clean.records_below_k(20)


def test_the_plain_data_is_json_and_says_what_the_page_says(report: Report) -> None:
    data = orjson.loads(orjson.dumps(to_json(report)))
    assert len(data["sets"]) == 4
    assert data["why_empty"] is None
    assert data["residual"] == {"scanned": 4_000, "detections": []}
    assert {attack["set"] for attack in data["attacks"]} == set(SETS)
    assert all(attack["trials"] and attack["baseline"] for attack in data["attacks"])
    for told in data["in_words"]:
        assert all(told[part] for part in ("figure", "value", "attack", "window", "trials", "baseline"))


def test_fields_have_entropy_and_loss(report: Report) -> None:
    by_name = {one.field: one for one in report.fields}
    assert "properties.items[*].price" not in by_name  # many values a record: no one entropy
    user, locale = by_name["userId"], by_name["context.locale"]
    assert user.loss is not None
    assert locale.loss is not None
    assert user.loss.loss == 0
    assert locale.loss.loss > 0
    assert (locale.raw_entropy_log2 or 0) > (locale.clean_entropy_log2 or 0)


class Well(HTMLParser):
    """Checks that tags nest, and keeps the text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_stands_alone_and_is_well_formed(report: Report) -> None:
    page = render(report)
    well = Well()
    well.feed(page)
    assert well.open == []
    assert not {"script", "link", "img", "iframe"} & set(well.tags)
    assert well.tags.count("svg") == len(SETS) + 1
    assert [url for url in re.findall(r"https?://[^\"' <]+", page) if "w3.org" not in url] == []
    assert "Shop &lt;events&gt;" in page
    assert "anonymous" not in well.text.replace("anonymousId", "").lower()
    assert "nan" not in re.findall(r'(?:x|y|cx|cy|width)="([^"]*)"', page)


def test_no_value_of_the_stream_is_on_the_page() -> None:
    records = pairs(800)
    records[5][1]["properties"]["comment"] = "ask jane.doe@mail.example"
    records[6][1]["leftover"] = {"joe@mail.example": "203.0.113.9"}
    report = collected(records).report("r", "w", seed=1)
    shown = render(report) + orjson.dumps(to_json(report)).decode()
    assert {(one.field, one.entity) for one in report.residuals} == {
        ("properties.comment", "email"),
        ("__other__", "email"),
        ("__other__", "ip"),
    }
    for raw, clean, _ in records[:50]:
        for value in (raw["userId"], clean["userId"], raw["context"]["ip"], raw["timestamp"]):
            assert value not in shown
    for text in ("jane", "joe@", "203.0.113.9", "leftover"):
        assert text not in shown


def test_with_few_people_there_are_no_figures_and_the_page_says_why() -> None:
    report = collected(pairs(500, users=60)).report("r", "w", seed=1)
    assert report.measured == report.fields == report.attacks == ()
    assert "Fewer than 100 people" in render(report)
    nobody = collected([({}, {}, 0)] * 3).report("r", "w", seed=1)
    assert "names a subject" in render(nobody)
    assert nobody.unattributed == 10


def test_a_full_window_is_told() -> None:
    plan = ObservationPlan(named("userId"), (named("x"),))
    collector = Collector(plan, ["x"], [], b"k", capacity=150)
    for n in range(200):
        collector.add({"userId": n, "x": n}, {"userId": -n, "x": 1})
    report = collector.report("r", "a file", seed=1)
    assert str(report.window) == "a file (its first 150 records with a subject)"
