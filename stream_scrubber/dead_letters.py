"""Dead letters as records: a pointer back to raw, and not one byte of content.

Header names are Kafka Connect's, so that existing tools read them; values are codes and coordinates. The value and
the key are null.
"""

from __future__ import annotations

from stream_scrubber.record import DeadLetter, Headers, Record


def pointer(record: Record, letter: DeadLetter, policy: str, sha256: str) -> Headers:
    """The headers of a pointer. `policy` and `sha256` say which policy refused."""
    place = f"{letter.code} at {letter.field}" if letter.field else letter.code
    return [
        ("__connect.errors.topic", record.topic.encode()),
        ("__connect.errors.partition", b"%d" % record.partition),
        ("__connect.errors.offset", b"%d" % record.offset),
        ("__connect.errors.stage", b"TRANSFORMATION"),
        ("__connect.errors.class.name", b"stream_scrubber"),
        ("__connect.errors.exception.message", place.encode()),
        ("scrubber.policy", policy.encode()),
        ("scrubber.policy.sha256", sha256.encode()),
        ("scrubber.code", letter.code.encode()),
    ]
