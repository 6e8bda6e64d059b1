"""Detectors of other packages: those that they name under the entry point group `stream_scrubber.detectors`.

A policy writes the entry point's name under `find`. It names a detector (class or object) or a recognizer of Presidio,
which `presidio_adapter` makes a detector. Nothing of another package is imported before a policy asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from stream_scrubber.detectors.base import Detector

GROUP = "stream_scrubber.detectors"


@cache
def plugged() -> Mapping[str, EntryPoint]:
    """The entry points by name, none of them loaded."""
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def loaded(name: str) -> Detector:
    """The detector behind the entry point `name`. Raises KeyError if no installed package has it."""
    from stream_scrubber.detectors.presidio_adapter import PresidioRecognizer

    thing = plugged()[name].load()
    if isinstance(thing, type):
        thing = thing()
    return thing if isinstance(thing, Detector) else PresidioRecognizer(thing, name)
