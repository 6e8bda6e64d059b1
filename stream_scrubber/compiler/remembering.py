"""Remembering what pure actions gave: identifiers repeat, and a keyed hash costs ten times a look-up.

Bounded, for one epoch's actions only, and for strings only: ``1``, ``1.0`` and ``True`` are the same key of a dict.
An action whose values hardly ever come again, such as that of a message id, is found out and left alone.
"""

from __future__ import annotations

from typing import Any, Final

from stream_scrubber.scrubbers.base import Action

CAPACITY = 8_192
"""Values remembered before all are forgotten: about 1.5 MB an action, epoch and policy."""

LONGEST = 128
"""Longer strings are not remembered: memory is bounded in bytes, not only in entries."""

WORTH = 0.25
"""Remembering goes on while at least this share of a full memory was asked for again."""

_NOTHING: Final = object()


def remembering(action: Action, capacity: int = CAPACITY) -> Action:
    """The same action, faster for strings that come again. `action` must depend on nothing but its value."""
    memory: dict[str, Any] = {}
    recall = memory.get
    again = 0

    def run(value: Any) -> Any:
        nonlocal again
        if type(value) is not str or len(value) > LONGEST:
            return action(value)
        known = recall(value, _NOTHING)
        if known is not _NOTHING:
            again += 1
            return known
        result = action(value)
        if again >= 0:
            memory[value] = result
            if len(memory) >= capacity:
                again = 0 if again >= capacity * WORTH else -(2**62)
                memory.clear()
        return result

    return run
