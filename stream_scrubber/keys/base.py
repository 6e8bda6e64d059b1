"""What a keystore is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

KEY_BYTES = 32


class Closed:
    """The type of `CLOSED`, the mark of a key that was destroyed. It can never be made again."""

    def __repr__(self) -> str:
        return "CLOSED"


CLOSED: Final = Closed()


class Keystore(Protocol):
    """Where epoch keys live. All methods raise `errors.KeystoreError` when the store cannot be read or written.

    Keys are 32 bytes fresh from the system's random source, never derived from a master key and a date: what can be
    derived cannot be destroyed.
    """

    @property
    def created(self) -> int:
        """When the store was made, ms since 1970. Epochs that ended before have no keys, and get none."""
        ...

    @property
    def throwaway(self) -> bool:
        """True when the keys do not outlive the process. `run` refuses such a store."""
        ...

    @property
    def read_only(self) -> bool:
        """True when keys can neither be made nor destroyed: fit only for policies without `epoch:`."""
        ...

    @property
    def out_of_reach(self) -> tuple[str, ...]:
        """Where a key may still be after `destroy`, in words for the person who asked."""
        ...

    def get(self, realm: str, epoch: str) -> bytes | Closed | None:
        """The key, CLOSED when it was destroyed, None when it was never made."""
        ...

    def make(self, realm: str, epoch: str) -> bytes | Closed:
        """Compare-and-set: of many workers that call this at once, one makes the key and all get that one."""
        ...

    def destroy(self, realm: str, epoch: str) -> bool:
        """Forget the key for good; later `get` and `make` give CLOSED. True when there was a key."""
        ...

    def rotate(self, realm: str, epoch: str) -> bytes | Closed:
        """A fresh key in the place of one that leaked; CLOSED stays CLOSED. Tokens before and after do not join."""
        ...

    def epochs(self, realm: str) -> Mapping[str, bool]:
        """Every epoch ever made in the realm, by name: True while its key is there."""
        ...

    def realms(self) -> tuple[str, ...]:
        """Every realm that ever had an epoch, sorted."""
        ...
