"""A policy inside an existing Faust app: outcomes of a stream's raw messages.

At least once, said plainly: Faust 0.15 sends records of a sink topic that it does not consume outside of its
transactions, so an app that must not release anything twice uses `stream-scrubber run`. Importing this module
imports nothing of Faust: the stream brings it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

from stream_scrubber.pipeline import Pipeline
from stream_scrubber.record import Headers, Outcome, Record


class Stream(Protocol):
    """What is used of a `faust.Stream`. Its topic must be declared with ``value_serializer="raw"``."""

    def events(self) -> AsyncIterator[Any]: ...


async def scrub_stream(stream: Stream, pipeline: Pipeline, now: Callable[[], int]) -> AsyncIterator[Outcome]:
    """The outcome of each message, in order. `now` gives ms since 1970.

    A message is acknowledged when the next outcome is asked for, so send the clean record before that::

        @app.agent(app.topic("raw.web", key_serializer="raw", value_serializer="raw"))
        async def scrub(stream):
            async for outcome in scrub_stream(stream, pipeline, now):
                match outcome:
                    case Scrubbed():
                        await clean.send(key=outcome.key, value=outcome.value, timestamp=outcome.timestamp / 1000)
                    case DeadLetter():
                        ...
    """
    async for event in stream.events():
        yield pipeline(record_of(event.message), now())


def record_of(message: Any) -> Record:
    """A Faust message as the pipeline takes it: raw bytes, and seconds as milliseconds."""
    headers = message.headers.items() if isinstance(message.headers, dict) else message.headers or ()
    pairs: Headers = [(str(name), value) for name, value in headers]
    timestamp = None if message.timestamp is None or message.timestamp < 0 else round(message.timestamp * 1000)
    return Record(message.value, message.key, pairs, timestamp, message.topic, message.partition, message.offset)
