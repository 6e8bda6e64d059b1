"""Epoch keys: what an epoch is, where its key lives, and when it may be made or must be gone.

Destroying an epoch's key makes its pseudonyms uncomputable from identifiers for good. Behaviour may still re-link
them across epochs: that is measured, not promised away.
"""

from stream_scrubber.keys.base import CLOSED, Keystore
from stream_scrubber.keys.environment import EnvironmentKeystore
from stream_scrubber.keys.epochs import Epoch, EpochRule
from stream_scrubber.keys.file import FileKeystore
from stream_scrubber.keys.memory import MemoryKeystore
from stream_scrubber.keys.ring import KeyRing
from stream_scrubber.keys.vault import VaultKeystore

__all__ = [
    "CLOSED",
    "EnvironmentKeystore",
    "Epoch",
    "EpochRule",
    "FileKeystore",
    "KeyRing",
    "Keystore",
    "MemoryKeystore",
    "VaultKeystore",
]
