"""On the reference workload, scrubbers give what the hand-written reference gives."""

from __future__ import annotations

import json
from math import floor
from typing import Any

import pytest

from benchmarks.workload import events, reference
from stream_scrubber.scrubbers import make
from stream_scrubber.scrubbers.base import BuildContext

CONTEXT = BuildContext(realm="reference", key=bytes(32))


@pytest.fixture(scope="module")
def raw() -> list[dict[str, Any]]:
    return [json.loads(record.value) for record in events.records(5_000, seed=7)]


def test_times(raw: list[dict[str, Any]]) -> None:
    action = make("floor", "15m").build(CONTEXT)
    for event in raw:
        assert action(event["timestamp"]) == reference.floor_iso(event["timestamp"])


def test_record_timestamps_fall_into_the_same_bins() -> None:
    action = make("floor", {"to": "15m", "unit": "ms"}).build(CONTEXT)
    for record in events.records(500, seed=3):
        assert action(record.timestamp_ms) == reference.scrub_timestamp(record.timestamp_ms)


def test_addresses(raw: list[dict[str, Any]]) -> None:
    action = make("truncate_ip").build(CONTEXT)
    for event in raw:
        assert action(event["context"]["ip"]) == reference.truncate_ip(event["context"]["ip"])


def test_numbers(raw: list[dict[str, Any]]) -> None:
    hundreds, tens, fives = (make("round", {"to": to, "mode": "down"}).build(CONTEXT) for to in (100, 10, 5))
    for event in raw:
        screen, properties = event["context"]["screen"], event["properties"]
        assert hundreds(screen["width"]) == screen["width"] // 100 * 100
        assert tens(properties["total"]) == int(reference.down(properties["total"], 10))
        for item in properties["items"]:
            assert fives(item["price"]) == int(reference.down(item["price"], 5))


def test_places(raw: list[dict[str, Any]]) -> None:
    action = make("grid", {"lat": "latitude", "lon": "longitude", "degrees": 0.1}).build(CONTEXT)
    for event in raw:
        location = event["context"]["location"]
        assert action(location) == {
            "latitude": floor(location["latitude"] * 10) / 10,
            "longitude": floor(location["longitude"] * 10) / 10,
        }
