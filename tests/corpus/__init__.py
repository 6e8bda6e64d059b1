"""Bad input and what becomes of it: one table, run as a pure function, over files, and through Kafka.

`rows.json` is a list of objects. A row has

* ``id``;
* the value's bytes: ``text``, ``b64``, or ``parts`` (texts with how often each is repeated), or ``tombstone``;
* where it matters: ``key`` or ``key_b64``, ``headers`` (values are text, null or ``{"b64": …}``), ``timestamp``, ``topic``;
* what is expected under `policy.yaml`: ``code`` and ``field`` of the dead letter, or ``gives``, the whole clean value;
  ``clean_key``, ``clean_headers``, ``clean_timestamp``; ``absent``, texts that may stand nowhere in what comes out.
  A row with neither ``code`` nor ``gives`` may become either.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stream_scrubber.record import Record

HERE = Path(__file__).parent
POLICY = HERE / "policy.yaml"
TIME = 1_795_291_653_123
KEY = "u-000042-abcdef"


@dataclass(frozen=True)
class Row:
    """One row of the table."""

    id: str
    raw: Mapping[str, Any]

    @property
    def value(self) -> bytes | None:
        if self.raw.get("tombstone"):
            return None
        if "b64" in self.raw:
            return base64.b64decode(self.raw["b64"])
        if "parts" in self.raw:
            return "".join(text * count for text, count in self.raw["parts"]).encode()
        return str(self.raw["text"]).encode()

    @property
    def record(self) -> Record:
        raw = self.raw
        if "key_b64" in raw:
            key: bytes | None = base64.b64decode(raw["key_b64"])
        else:
            text = raw.get("key", KEY)
            key = None if text is None else text.encode()
        headers = [(name, _header(value)) for name, value in raw.get("headers", [])]
        return Record(self.value, key, headers, raw.get("timestamp", TIME), raw.get("topic", "raw.corpus"))

    @property
    def plain(self) -> bool:
        """True when only the value matters, so that the row may be a line of a file."""
        value = self.value
        return value is not None and value.strip(b"\r\n") == value != b"" and b"\n" not in value and not {
            "key", "key_b64", "headers", "timestamp", "topic"
        } & self.raw.keys()  # fmt: skip


def _header(value: Any) -> bytes | None:
    if isinstance(value, dict):
        return base64.b64decode(value["b64"])
    return None if value is None else str(value).encode()


ROWS = [Row(raw["id"], raw) for raw in json.loads((HERE / "rows.json").read_text())]
