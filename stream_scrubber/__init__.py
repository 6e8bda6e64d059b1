"""Between raw Kafka topics and clean ones: scrubs events by policy, and measures what still leaks.

::

    from stream_scrubber import KeyRing, FileKeystore, Pipeline, Policy, Record

    policy = Policy.load("policies/web.yaml")
    pipeline = Pipeline(policy, KeyRing(FileKeystore(path), policy.realm, policy.epochs))
    match pipeline(Record(value=b'{"userId": "u-42"}', timestamp=1795291653123)):
        case Scrubbed(): ...
        case Dropped(): ...
        case DeadLetter(): ...

Importing this package imports nothing else: names are looked up when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from stream_scrubber.version import __version__

if TYPE_CHECKING:
    from stream_scrubber.keys import FileKeystore, KeyRing, MemoryKeystore
    from stream_scrubber.pipeline import Pipeline
    from stream_scrubber.policy import Policy
    from stream_scrubber.record import DeadLetter, Dropped, Record, Scrubbed

_HOMES = {
    "DeadLetter": "record",
    "Dropped": "record",
    "FileKeystore": "keys",
    "KeyRing": "keys",
    "MemoryKeystore": "keys",
    "Pipeline": "pipeline",
    "Policy": "policy",
    "Record": "record",
    "Scrubbed": "record",
}

__all__ = [
    "DeadLetter",
    "Dropped",
    "FileKeystore",
    "KeyRing",
    "MemoryKeystore",
    "Pipeline",
    "Policy",
    "Record",
    "Scrubbed",
    "__version__",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'stream_scrubber' has no attribute {name!r}")
    return getattr(import_module(f"stream_scrubber.{_HOMES[name]}"), name)
