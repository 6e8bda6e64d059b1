"""Newline-delimited JSON in, newline-delimited JSON out: the pipeline without Kafka.

A line is a value, or a whole record: ``{"key", "value", "headers", "timestamp", "topic"}``, where ``key_b64``,
``value_b64`` and header values in ``{"b64": …}`` stand for bytes that are not text; a null value is a tombstone.
Memory is bounded by the longest line that the policy takes; a longer line is skipped and refused.
"""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from stream_scrubber.codec.json import MAX_DEPTH, decode_any, encode
from stream_scrubber.errors import Refused
from stream_scrubber.pipeline import Pipeline
from stream_scrubber.record import DeadLetter, Dropped, Headers, Record, Scrubbed

_ENVELOPE_BYTES = 65_536
"""How much longer than the largest value a whole record's line may be; base64 adds a third on top."""

_WORDS = frozenset({"key", "key_b64", "value", "value_b64", "headers", "timestamp", "topic"})


@dataclass(slots=True)
class Summary:
    """What became of a file's lines. `dead` counts by code and field."""

    lines: int = 0
    clean: int = 0
    dropped: int = 0
    dead: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def refused(self) -> int:
        return self.dead.total()


def scrub(
    pipeline: Pipeline,
    source: BinaryIO,
    sink: BinaryIO,
    *,
    now: int,
    whole_records: bool = False,
    dead_letters: BinaryIO | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Summary:
    """Every line through the pipeline. `progress` is called now and then with lines and bytes read so far.

    Records without a timestamp take `now`.
    """
    summary = Summary()
    limit = pipeline.policy.form.topics.max_bytes
    if whole_records:
        limit = limit * 4 // 3 + _ENVELOPE_BYTES
    read = 0
    for number, line, length in _lines(source, limit):
        read += length
        summary.lines += 1
        outcome = _outcome(pipeline, number, line, now, whole_records=whole_records)
        match outcome:
            case Scrubbed():
                summary.clean += 1
                sink.write(_whole(outcome) if whole_records else (outcome.value or b"null"))
                sink.write(b"\n")
            case Dropped():
                summary.dropped += 1
            case DeadLetter():
                summary.dead[outcome.code, outcome.field] += 1
                if dead_letters is not None:
                    dead_letters.write(encode(_pointer(pipeline, number, outcome)) + b"\n")
        if progress is not None and summary.lines % 1000 == 0:
            progress(summary.lines, read)
    if progress is not None:
        progress(summary.lines, read)
    return summary


def _lines(source: BinaryIO, limit: int) -> Iterator[tuple[int, bytes | None, int]]:
    """Number from 1, the line without its end (None when over the limit), its length. Blank lines are passed over."""
    number = 0
    while line := source.readline(limit + 2):
        number += 1
        length = len(line)
        stripped = line.rstrip(b"\r\n")
        if len(stripped) > limit or (length == limit + 2 and not line.endswith(b"\n")):
            while line and not line.endswith(b"\n"):
                line = source.readline(limit + 2)
                length += len(line)
            yield number, None, length
        elif stripped:
            yield number, stripped, length


def _outcome(
    pipeline: Pipeline, number: int, line: bytes | None, now: int, *, whole_records: bool
) -> Scrubbed | Dropped | DeadLetter:
    if line is None:
        return DeadLetter("too_large")
    try:
        # the record itself is one more object around the value
        depth = pipeline.policy.form.topics.max_depth + 1
        record = parse_record(line, depth) if whole_records else Record(line)
    except Refused as refused:
        return DeadLetter(refused.code, refused.field)
    return pipeline(record._replace(offset=number), now)


def parse_record(line: bytes, max_depth: int = MAX_DEPTH) -> Record:
    """A record from its JSON form, read by the strict parser. Raises `Refused`."""
    raw = decode_any(line, max_depth)
    if type(raw) is not dict:
        raise Refused("not_object")
    if not raw.keys() <= _WORDS:
        raise Refused("unknown_field", "record")
    timestamp = raw.get("timestamp")
    if timestamp is not None and type(timestamp) is not int:
        raise Refused("bad_time", "record.timestamp")
    topic = raw.get("topic", "")
    if type(topic) is not str:
        raise Refused("type", "record.topic")
    return Record(_value(raw), _key(raw), _headers(raw.get("headers")), timestamp, topic)


def _value(raw: dict[str, Any]) -> bytes | None:
    if ("value" in raw) is ("value_b64" in raw):  # a tombstone says null, so that it is never a slip
        raise Refused("duplicate_key" if "value" in raw else "empty", "record.value")
    if "value_b64" in raw:
        return _from_base64(raw["value_b64"], "record.value")
    value = raw.get("value")
    return None if value is None else encode(value)


def _key(raw: dict[str, Any]) -> bytes | None:
    if "key" in raw and "key_b64" in raw:
        raise Refused("duplicate_key", "record.key")
    if "key_b64" in raw:
        return _from_base64(raw["key_b64"], "record.key")
    key = raw.get("key")
    if key is None:
        return None
    if type(key) is not str:
        raise Refused("bad_key", "record.key")
    return key.encode()


def _headers(raw: Any) -> Headers:
    """`{name: value}`, or `[[name, value], …]` where a name may come twice."""
    pairs = list(raw.items()) if type(raw) is dict else [] if raw is None else raw
    if type(pairs) is not list:
        raise Refused("bad_header", "record.headers")
    headers: Headers = []
    for pair in pairs:
        if not isinstance(pair, list | tuple) or len(pair) != 2 or type(pair[0]) is not str:
            raise Refused("bad_header", "record.headers")
        name, value = pair
        if type(value) is dict and value.keys() == {"b64"}:
            value = _from_base64(value["b64"], "record.headers")
        elif type(value) is str:
            value = value.encode()
        elif value is not None:
            raise Refused("bad_header", "record.headers")
        headers.append((name, value))
    return headers


def _from_base64(text: Any, where: str) -> bytes | None:
    if text is None:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise Refused("bad_text", where) from None


def _whole(clean: Scrubbed) -> bytes:
    """A clean record in the form that `parse_record` reads."""
    out: dict[str, Any] = {"topic": clean.topic, "timestamp": clean.timestamp}
    out |= _text_or_base64("key", clean.key)
    out["headers"] = [[name, _header_value(value)] for name, value in clean.headers]
    head = encode(out)[:-1]
    return head + b',"value":' + (clean.value if clean.value is not None else b"null") + b"}"


def _text_or_base64(name: str, data: bytes | None) -> dict[str, Any]:
    try:
        return {name: None if data is None else data.decode()}
    except UnicodeDecodeError:
        return {f"{name}_b64": base64.b64encode(data or b"").decode()}


def _header_value(data: bytes | None) -> Any:
    value = _text_or_base64("b64", data)
    return value["b64"] if "b64" in value else {"b64": value["b64_b64"]}


def _pointer(pipeline: Pipeline, number: int, letter: DeadLetter) -> dict[str, Any]:
    """A dead letter of a file: the line's number instead of topic, partition and offset."""
    policy = pipeline.policy
    return {"line": number, "code": letter.code, "field": letter.field, "policy": policy.name, "sha256": policy.sha256}
