"""What to find in text. One family a file; `ALL` is the visible list.

Rules: a detector is a frozen dataclass with a name, a trigger, examples, and `build`. What happens to a find
is not its business (`scrubbers.text`). Order in `ALL` is rank: where spans overlap, the united span takes the
entity of the detector that stands first, so those with check digits stand before those that go by form.
"""

from __future__ import annotations

from types import MappingProxyType

from stream_scrubber.detectors.base import Detector, Find, Span
from stream_scrubber.detectors.contact import Email, Phone
from stream_scrubber.detectors.payment import Card

ALL: tuple[type[Detector], ...] = (Email, Card, Phone)

BY_NAME = MappingProxyType({detector.name: detector for detector in ALL})
"""The detector of each name that a policy may write under `find`."""

__all__ = ["ALL", "BY_NAME", "Detector", "Find", "Span"]
