"""A keystore that ends with the process: for tests, `lint`, `test` and `preview`, which resolve no key references."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from stream_scrubber.keys.base import CLOSED, KEY_BYTES, Closed


class MemoryKeystore:
    """Passes the same contract tests as the file keystore. Not shared between processes."""

    throwaway = True
    read_only = False
    out_of_reach: tuple[str, ...] = ("a core dump or a swapped page of this process",)

    def __init__(self, created: int = 0) -> None:
        self.created = created
        self._keys: dict[tuple[str, str], bytes | Closed] = {}

    def __repr__(self) -> str:
        return f"MemoryKeystore({len(self._keys)} epochs)"

    def get(self, realm: str, epoch: str) -> bytes | Closed | None:
        return self._keys.get((realm, epoch))

    def make(self, realm: str, epoch: str) -> bytes | Closed:
        return self._keys.setdefault((realm, epoch), secrets.token_bytes(KEY_BYTES))

    def rotate(self, realm: str, epoch: str) -> bytes | Closed:
        if isinstance(self._keys.get((realm, epoch)), bytes):
            del self._keys[realm, epoch]
        return self.make(realm, epoch)

    def destroy(self, realm: str, epoch: str) -> bool:
        before = self._keys.get((realm, epoch))
        self._keys[realm, epoch] = CLOSED
        return isinstance(before, bytes)

    def epochs(self, realm: str) -> Mapping[str, bool]:
        return {name: isinstance(key, bytes) for (owner, name), key in self._keys.items() if owner == realm}

    def realms(self) -> tuple[str, ...]:
        return tuple(sorted({realm for realm, _ in self._keys}))
