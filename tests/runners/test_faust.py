"""A policy inside a Faust app gives the same outcomes as the pipeline alone."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import faust
import pytest

from benchmarks.workload import events
from stream_scrubber import DeadLetter, Policy, Record, Scrubbed
from stream_scrubber.record import Outcome
from stream_scrubber.runners.faust import record_of, scrub_stream
from stream_scrubber.testing import throwaway_pipeline

POLICY = Path(__file__).parents[2] / "examples" / "reference" / "policy.yaml"
NOW = 1_795_300_000_000


def test_an_agent_gets_clean_records_and_dead_letters_in_order(tmp_path: Path) -> None:
    pipeline = throwaway_pipeline(Policy.load(POLICY))
    app = faust.App("scrubber-test", broker="kafka://127.0.0.1:1", store="memory://", datadir=str(tmp_path))
    topic = app.topic("raw.bench", key_serializer="raw", value_serializer="raw")
    outcomes: list[Outcome] = []

    async def scrub(stream: Any) -> Any:
        async for outcome in scrub_stream(stream, pipeline, lambda: NOW):
            outcomes.append(outcome)
            yield outcome

    raw = list(events.records(20))

    async def play() -> None:
        agent = app.agent(topic)(scrub)
        async with agent.test_context() as context:
            for offset, record in enumerate(raw):
                value = b"{broken" if offset == 7 else record.value
                await context.put(value, key=record.key, timestamp=record.timestamp_ms / 1000)

    asyncio.run(play())
    assert [type(outcome) for outcome in outcomes] == [Scrubbed] * 7 + [DeadLetter] + [Scrubbed] * 12
    for offset, outcome in enumerate(outcomes):
        if offset != 7:
            one = raw[offset]
            assert outcome == pipeline(Record(one.value, one.key, [], one.timestamp_ms, "raw.bench", 0, offset), NOW)


@pytest.mark.parametrize("headers", [None, {"a": b"1"}, [("a", b"1"), ("a", None)]])
def test_a_message_becomes_a_record_whatever_form_its_headers_have(headers: Any) -> None:
    class Message:
        key, value, topic, partition, offset = b"k", b"{}", "t", 3, 9
        timestamp = 1_795_291_653.123

    message = Message()
    message.headers = headers  # type: ignore[attr-defined]  # a stand-in
    record = record_of(message)
    assert record.timestamp == 1_795_291_653_123
    assert record.headers == (list(headers.items()) if isinstance(headers, dict) else headers or [])
