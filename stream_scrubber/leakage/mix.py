"""Order out of a seed: a 64-bit mixing function, so that a sample is drawn by hash and never by dice.

The same seed gives the same sample whatever the order of arrival, on every machine and in every worker.
"""

from __future__ import annotations

_MASK = 0xFFFFFFFFFFFFFFFF


def mix(value: int, seed: int = 0) -> int:
    """The finalizer of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators",
    2014).

    A bijection of 64-bit integers for each seed. Not a keyed hash: its inputs are keyed hashes already.
    """
    value = (value + seed * 0x9E3779B97F4A7C15) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)
