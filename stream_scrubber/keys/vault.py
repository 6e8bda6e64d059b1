"""A keystore in HashiCorp Vault's key-value engine, version 2: one secret per realm and epoch.

``MOUNT/PATH/_store`` says when the store was made; ``MOUNT/PATH/REALM/EPOCH`` holds ``{"key": hex}``, or
``{"key": null}`` once it was destroyed. Every write names the version it replaces (`cas`), so that of many workers
one makes the key. Destroying writes the null version first and then destroys all earlier ones, for good; the token
needs `create`, `update`, `read` and `list` on both `data/` and `metadata/`, and `update` on `destroy/`.

A secret that somebody deleted in Vault counts as destroyed. One whose metadata was deleted looks as if it had never
been: Vault then keeps nothing that could tell.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from stream_scrubber.errors import KeystoreError
from stream_scrubber.keys.base import CLOSED, KEY_BYTES, Closed

TIMEOUT_S = 10
_STORE = "_store"
_VERSION = 1
_HEX_KEY = re.compile(f"[0-9a-fA-F]{{{2 * KEY_BYTES}}}")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_SPELLED = re.compile(r"=([0-9A-F]{2})")

T = TypeVar("T")


class _Secret(NamedTuple):
    """The newest version of a secret; `data` is None when that version was deleted."""

    version: int
    data: dict[str, Any] | None


class VaultKeystore:
    """The store at `place`, ``MOUNT/PATH``. Raises `KeystoreError` naming the place and what went wrong, no more."""

    throwaway = False
    read_only = False
    out_of_reach = (
        "backups and snapshots of Vault's storage",
        "replicas of the Vault cluster until they have caught up",
        "a version that was read before, wherever it was written",
        "the memory of running workers, until they next look at the keystore (about 30 s)",
    )

    def __init__(self, client: Any, place: str) -> None:
        self._kv = client.secrets.kv.v2
        self._mount, _, self._path = place.strip("/").partition("/")
        self.place = place
        if not self._mount or not self._path:
            raise KeystoreError(f"vault:{place}: a place in Vault is named vault:MOUNT/PATH")
        found = self._secret(_STORE)
        data = found.data if found else None
        if data is None:
            raise KeystoreError(
                f"vault:{place}: no keystore here; make one with: stream-scrubber keys init vault:{place}"
            )
        if data.get("version") != _VERSION or type(data.get("created")) is not int:
            raise KeystoreError(f"vault:{place}: not a keystore of version {_VERSION}")
        self.created: int = data["created"]
        self._closed: set[tuple[str, str]] = set()

    def __repr__(self) -> str:
        return f"VaultKeystore({self.place})"

    @classmethod
    def open(cls, place: str, environment: Mapping[str, str]) -> VaultKeystore:
        """By the variables that Vault's own tools read: VAULT_ADDR, VAULT_TOKEN, VAULT_NAMESPACE, VAULT_CACERT."""
        return cls(connect(environment), place)

    @classmethod
    def init(cls, place: str, environment: Mapping[str, str], now: int, client: Any = None) -> VaultKeystore:
        """Make a new, empty store. Refuses to touch one that exists."""
        client = client or connect(environment)
        mount, _, path = place.strip("/").partition("/")

        def write() -> bool:
            return _write(client.secrets.kv.v2, mount, f"{path}/{_STORE}", {"version": _VERSION, "created": now}, 0)

        if not _asked(place, write):
            raise KeystoreError(f"vault:{place}: there is a keystore already; keys are never overwritten")
        return cls(client, place)

    def get(self, realm: str, epoch: str) -> bytes | Closed | None:
        found = self._secret(_name(realm, epoch))
        return None if found is None else self._key(found, realm, epoch)

    def make(self, realm: str, epoch: str) -> bytes | Closed:
        there = self.get(realm, epoch)
        if there is not None:
            return there
        key = secrets.token_bytes(KEY_BYTES)
        if self._write(_name(realm, epoch), key.hex(), 0):
            return key
        there = self.get(realm, epoch)  # another worker was first: its key serves
        if there is None:
            raise KeystoreError(f"vault:{self.place}: the key of {realm}/{epoch} could not be made")
        return there

    def rotate(self, realm: str, epoch: str) -> bytes | Closed:
        found = self._secret(_name(realm, epoch))
        if found is None:
            return self.make(realm, epoch)
        if isinstance(self._key(found, realm, epoch), Closed):
            return CLOSED
        key = secrets.token_bytes(KEY_BYTES)
        self._replace(realm, epoch, found, key.hex())
        return key

    def destroy(self, realm: str, epoch: str) -> bool:
        found = self._secret(_name(realm, epoch))
        there = found is not None and isinstance(self._key(found, realm, epoch), bytes)
        self._replace(realm, epoch, found or _Secret(0, None), None)
        return there

    def epochs(self, realm: str) -> Mapping[str, bool]:
        names = [_unspelled(name) for name in self._list(_spelled(realm))]
        return {name: self._is_there(realm, name) for name in names}

    def realms(self) -> tuple[str, ...]:
        return tuple(sorted(_unspelled(name.rstrip("/")) for name in self._list("") if name.endswith("/")))

    def _is_there(self, realm: str, epoch: str) -> bool:
        return (realm, epoch) not in self._closed and isinstance(self.get(realm, epoch), bytes)

    def _key(self, found: _Secret, realm: str, epoch: str) -> bytes | Closed:
        spelled = None if found.data is None else found.data.get("key")
        if spelled is None:
            self._closed.add((realm, epoch))  # never comes back, so that nobody need ask again
            return CLOSED
        if type(spelled) is not str or not _HEX_KEY.fullmatch(spelled):
            raise KeystoreError(f"vault:{self.place}: the key of {realm}/{epoch} is damaged")
        return bytes.fromhex(spelled)

    def _replace(self, realm: str, epoch: str, found: _Secret, spelled: str | None) -> None:
        """The new version first, then the end of all before it: what fails between leaves no key without a mark."""
        name = _name(realm, epoch)
        if not self._write(name, spelled, found.version):
            raise KeystoreError(f"vault:{self.place}: {realm}/{epoch} was changed meanwhile; look and try again")
        if found.version:
            versions = list(range(1, found.version + 1))
            self._ask(
                lambda: self._kv.destroy_secret_versions(
                    f"{self._path}/{name}", versions=versions, mount_point=self._mount
                )
            )

    def _write(self, name: str, spelled: str | None, cas: int) -> bool:
        return _asked(
            self.place, lambda: _write(self._kv, self._mount, f"{self._path}/{name}", {"key": spelled}, cas)
        )

    def _secret(self, name: str) -> _Secret | None:
        from hvac.exceptions import InvalidPath

        def read() -> Any:
            try:
                return self._kv.read_secret_version(
                    f"{self._path}/{name}", mount_point=self._mount, raise_on_deleted_version=False
                )
            except InvalidPath:
                return None

        answer = self._ask(read)
        if answer is None:
            return None
        return _Secret(int(answer["data"]["metadata"]["version"]), answer["data"]["data"])

    def _list(self, name: str) -> list[str]:
        from hvac.exceptions import InvalidPath

        def names() -> list[str]:
            try:
                answer = self._kv.list_secrets(f"{self._path}/{name}".rstrip("/"), mount_point=self._mount)
            except InvalidPath:
                return []
            return [str(key) for key in answer["data"]["keys"]]

        return self._ask(names)

    def _ask(self, question: Callable[[], T]) -> T:
        return _asked(self.place, question)


def connect(environment: Mapping[str, str]) -> Any:
    """A client, by the variables of Vault's own tools."""
    try:
        import hvac
    except ImportError:
        raise KeystoreError("Vault needs the extra: pip install 'stream-scrubber[vault]'") from None
    if "VAULT_ADDR" not in environment:
        raise KeystoreError("the environment variable VAULT_ADDR is not set")
    return hvac.Client(
        url=environment["VAULT_ADDR"],
        token=environment.get("VAULT_TOKEN"),
        namespace=environment.get("VAULT_NAMESPACE"),
        verify=environment.get("VAULT_CACERT") or True,
        timeout=TIMEOUT_S,
    )


def _write(kv: Any, mount: str, path: str, data: dict[str, Any], cas: int) -> bool:
    """False when the secret is not at the version `cas`."""
    from hvac.exceptions import InvalidRequest

    try:
        kv.create_or_update_secret(path, data, cas=cas, mount_point=mount)
    except InvalidRequest as error:
        if "check-and-set" in str(error.errors or error):
            return False
        raise
    return True


def _asked(place: str, question: Callable[[], T]) -> T:
    """Vault's answer. What goes wrong is told by its kind: an answer's text could hold what must not be told."""
    from hvac.exceptions import VaultError

    try:
        return question()
    except VaultError as error:
        raise KeystoreError(f"vault:{place}: Vault answers {type(error).__name__}") from None
    except OSError as error:  # what `requests` raises is an OSError
        raise KeystoreError(f"vault:{place}: Vault cannot be reached ({type(error).__name__})") from None
    except (KeyError, TypeError, ValueError):
        raise KeystoreError(f"vault:{place}: not an answer of Vault's key-value engine, version 2") from None


def _name(realm: str, epoch: str) -> str:
    return f"{_spelled(realm)}/{_spelled(epoch)}"


def _spelled(name: str) -> str:
    """As a step of a path: `2026-11-16T00:00Z+7d` becomes `2026-11-16T00=3A00Z=2B7d`."""
    return _UNSAFE.sub(lambda found: "".join(f"={byte:02X}" for byte in found[0].encode()), name)


def _unspelled(name: str) -> str:
    return _SPELLED.sub(lambda found: chr(int(found[1], 16)), name)
