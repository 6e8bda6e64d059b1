"""A keystore in an environment variable: read only, for keys that a platform's secret manager hands over.

The variable holds one key in 64 hexadecimal digits, which serves every realm, or JSON:
``{realm: {"forever": hex | null}}``, in which null is a destroyed key. It can neither make nor destroy a key, so that
a policy with `epoch:`, which needs both, is refused: see `KeyRing`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from stream_scrubber.errors import KeystoreError
from stream_scrubber.keys.base import CLOSED, KEY_BYTES, Closed
from stream_scrubber.keys.epochs import FOREVER

_HEX_KEY = re.compile(f"[0-9a-fA-F]{{{2 * KEY_BYTES}}}")


class EnvironmentKeystore:
    """The keys in `environment[variable]`. Raises `KeystoreError`, which never quotes the variable's content."""

    throwaway = False
    read_only = True
    created = 0
    out_of_reach = ("the variable itself: remove it where the platform keeps it, and restart what inherited it",)

    def __init__(self, variable: str, environment: Mapping[str, str]) -> None:
        self.variable = variable
        if variable not in environment:
            raise KeystoreError(f"env:{variable}: the environment variable is not set")
        content = environment[variable].strip()
        self._single = bytes.fromhex(content) if _HEX_KEY.fullmatch(content) else None
        self._keys = {} if self._single else self._read(content)

    def __repr__(self) -> str:
        return f"EnvironmentKeystore({self.variable})"

    def get(self, realm: str, epoch: str) -> bytes | Closed | None:
        if self._single is not None:
            return self._single if epoch == FOREVER.name else None
        return self._keys.get(realm, {}).get(epoch)

    def make(self, realm: str, epoch: str) -> bytes | Closed:
        there = self.get(realm, epoch)
        return self._refuse(f"has no key of {realm}/{epoch}") if there is None else there

    def rotate(self, realm: str, epoch: str) -> bytes | Closed:
        return self._refuse("cannot be written")

    def destroy(self, realm: str, epoch: str) -> bool:
        return bool(self._refuse("cannot be written"))

    def epochs(self, realm: str) -> Mapping[str, bool]:
        if self._single is not None:
            return {FOREVER.name: True}
        return {name: isinstance(key, bytes) for name, key in self._keys.get(realm, {}).items()}

    def realms(self) -> tuple[str, ...]:
        return tuple(sorted(self._keys))

    def _refuse(self, why: str) -> bytes:
        raise KeystoreError(f"env:{self.variable}: a read-only keystore {why}; change the variable itself")

    def _read(self, content: str) -> dict[str, dict[str, bytes | Closed]]:
        try:
            data: Any = json.loads(content)
            return {
                realm: {epoch: _key(spelled) for epoch, spelled in epochs.items()} for realm, epochs in data.items()
            }
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise KeystoreError(
                f"env:{self.variable}: neither a key in {2 * KEY_BYTES} hexadecimal digits nor JSON of "
                '{realm: {"forever": key}}'
            ) from None


def _key(spelled: Any) -> bytes | Closed:
    if spelled is None:
        return CLOSED
    if not _HEX_KEY.fullmatch(spelled):
        raise ValueError
    return bytes.fromhex(spelled)
