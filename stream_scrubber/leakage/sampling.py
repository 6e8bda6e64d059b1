"""Which records are looked at closely: a Bernoulli sample drawn by hash of the record's coordinates.

A redelivered record is drawn again or left out again, and two workers never disagree.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b


def sampler(secret: bytes, rate: float) -> Callable[[bytes], bool]:
    """`rate` of all coordinates, the same ones each time."""
    keyed = blake2b(digest_size=8, key=secret)
    bound = round(min(max(rate, 0.0), 1.0) * 2**64)

    def sampled(coordinates: bytes) -> bool:
        state = keyed.copy()
        state.update(coordinates)
        return int.from_bytes(state.digest(), "big") < bound

    return sampled
