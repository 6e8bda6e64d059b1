"""A keystore in one file, shared by the workers of a group on one host.

Rules:

* mode 0600, refused otherwise: whoever reads the file can recompute every pseudonym of an open epoch;
* readers hold a shared lock and writers an exclusive one on ``PATH.lock``, so that making a key is a
  compare-and-set; the file is replaced as a whole, synced before it is visible;
* the bytes of the replaced file are overwritten, as far as the file system lets one. Backups, snapshots and
  journals are out of reach: `keys destroy` says so.

Format: JSON, ``{"version": 1, "created": ms, "realms": {realm: {epoch: hex | null}}}``; null is a destroyed key.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import secrets
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stream_scrubber.errors import KeystoreError
from stream_scrubber.keys.base import CLOSED, KEY_BYTES, Closed

_VERSION = 1
_MODE = 0o600
_HEX_KEY = re.compile(f"[0-9a-fA-F]{{{2 * KEY_BYTES}}}")


class FileKeystore:
    """Open an existing key file. Raises `KeystoreError` when it is missing, readable by others, or not a key file."""

    throwaway = False
    read_only = False
    out_of_reach = (
        "backups and other copies of the key file",
        "snapshots and the journal of its file system, and spare blocks of a solid-state disk",
        "the memory of running workers, until they next look at the keystore (about 30 s)",
    )

    def __init__(self, path: Path) -> None:
        # workers that name one file differently must meet at one lock, and a link must not be replaced by a file
        self.path = Path(os.path.realpath(path))
        with self._locked(fcntl.LOCK_SH):
            self.created = int(self._read()["created"])

    def __repr__(self) -> str:
        return f"FileKeystore({self.path})"

    @classmethod
    def init(cls, path: Path, now: int) -> FileKeystore:
        """Make a new, empty key file. Refuses to touch one that exists."""
        content = _dump({"version": _VERSION, "created": now, "realms": {}})
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
        except FileExistsError:
            raise KeystoreError(f"{path}: there is a file already; keys are never overwritten") from None
        except OSError as error:
            raise KeystoreError(f"{path}: {error.strerror}") from None
        try:
            _write_all(descriptor, content)
            _sync_folder(path.parent)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise KeystoreError(f"{path}: {error.strerror}") from None
        return cls(path)

    def get(self, realm: str, epoch: str) -> bytes | Closed | None:
        with self._locked(fcntl.LOCK_SH):
            return _key(self._read(), realm, epoch)

    def make(self, realm: str, epoch: str) -> bytes | Closed:
        with self._locked(fcntl.LOCK_EX):
            content = self._read()
            there = _key(content, realm, epoch)
            if there is not None:
                return there
            key = secrets.token_bytes(KEY_BYTES)
            content["realms"].setdefault(realm, {})[epoch] = key.hex()
            self._replace(content)
            return key

    def rotate(self, realm: str, epoch: str) -> bytes | Closed:
        with self._locked(fcntl.LOCK_EX):
            content = self._read()
            if isinstance(_key(content, realm, epoch), Closed):
                return CLOSED
            key = secrets.token_bytes(KEY_BYTES)
            content["realms"].setdefault(realm, {})[epoch] = key.hex()
            self._replace(content)
            return key

    def destroy(self, realm: str, epoch: str) -> bool:
        with self._locked(fcntl.LOCK_EX):
            content = self._read()
            there = _key(content, realm, epoch)
            content["realms"].setdefault(realm, {})[epoch] = None
            self._replace(content)
            return isinstance(there, bytes)

    def epochs(self, realm: str) -> Mapping[str, bool]:
        with self._locked(fcntl.LOCK_SH):
            return {name: key is not None for name, key in self._read()["realms"].get(realm, {}).items()}

    def realms(self) -> tuple[str, ...]:
        with self._locked(fcntl.LOCK_SH):
            return tuple(sorted(self._read()["realms"]))

    @contextlib.contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        descriptor = self._lock(how)
        try:
            yield
        finally:
            os.close(descriptor)

    def _lock(self, how: int) -> int:
        """Any trouble of the file system is the keystore's, never a record's: it must not make dead letters."""
        lock = self.path.with_name(self.path.name + ".lock")
        try:
            if not self.path.exists():  # before the lock is made: a mistyped path leaves nothing behind
                raise self._missing()
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, _MODE)
            try:
                fcntl.flock(descriptor, how)
            except BaseException:
                os.close(descriptor)
                raise
        except OSError as error:
            raise KeystoreError(f"{lock}: {error.strerror}") from None
        return descriptor

    def _missing(self) -> KeystoreError:
        return KeystoreError(
            f"{self.path}: there is no key file; make one with: stream-scrubber keys init file:{self.path}"
        )

    def _read(self) -> dict[str, Any]:
        try:
            mode = stat.S_IMODE(self.path.stat().st_mode)
            raw = self.path.read_bytes()
        except FileNotFoundError:
            raise self._missing() from None
        except OSError as error:
            raise KeystoreError(f"{self.path}: {error.strerror}") from None
        if mode & 0o077:
            raise KeystoreError(f"{self.path}: mode {mode:04o} lets others read the keys; run: chmod 600 {self.path}")
        try:
            content: dict[str, Any] = json.loads(raw)
            sound = (content["version"], type(content["realms"]), type(content["created"])) == (_VERSION, dict, int)
            keys = [key for epochs in content["realms"].values() for key in epochs.values()] if sound else []
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            sound = False
        if not sound:
            raise KeystoreError(f"{self.path}: not a key file of version {_VERSION}")
        if not all(key is None or (type(key) is str and _HEX_KEY.fullmatch(key)) for key in keys):
            raise KeystoreError(f"{self.path}: a key is damaged; restore the file, for a key made anew is another one")
        return content

    def _replace(self, content: dict[str, Any]) -> None:
        """Order matters: write and sync the new file, make it visible, sync the folder, then overwrite the old one."""
        fresh = self.path.with_name(f"{self.path.name}.new")
        try:
            if fresh.exists():  # left by a writer that died: it may hold keys that are to be destroyed
                _overwrite(os.open(fresh, os.O_WRONLY | os.O_NOFOLLOW))
                fresh.unlink()
            old = os.open(self.path, os.O_RDWR)
            try:
                _write_all(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), _dump(content))
                fresh.replace(self.path)
                _sync_folder(self.path.parent)
            except BaseException:
                os.close(old)
                raise
            _overwrite(old)
        except OSError as error:
            raise KeystoreError(f"{self.path}: {error.strerror}") from None


def _key(content: dict[str, Any], realm: str, epoch: str) -> bytes | Closed | None:
    epochs = content["realms"].get(realm, {})
    if epoch not in epochs:
        return None
    spelled = epochs[epoch]
    if spelled is None:
        return CLOSED
    return bytes.fromhex(spelled)


def _dump(content: dict[str, Any]) -> bytes:
    return json.dumps(content, indent=1, sort_keys=True).encode() + b"\n"


def _write_all(descriptor: int, content: bytes) -> None:
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _overwrite(descriptor: int) -> None:
    """Zeros instead of what a file holds. Closes the descriptor."""
    try:
        os.pwrite(descriptor, b"\0" * os.fstat(descriptor).st_size, 0)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
