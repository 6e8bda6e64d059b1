"""Which instance of a group this is.

Transactional id and static membership need a name that is the same after a restart and no other instance's. A slot
is that name: `--instance N`, the ordinal of a Kubernetes pod, or the lowest slot that no process on this host holds.
The lock ends with the process, however it ends.
"""

from __future__ import annotations

import fcntl
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stream_scrubber.errors import ConfigError

MAX_SLOTS = 1024
_POD = re.compile(r".*-([0-9]{1,4})")


@dataclass(frozen=True, slots=True)
class Slot:
    """A held slot. Keep it for as long as the worker lives; the lock goes with `descriptor`."""

    number: int
    descriptor: int

    def release(self) -> None:
        os.close(self.descriptor)


def lock_folder(environment: Mapping[str, str]) -> Path:
    """Where the locks live: the user's runtime folder, else one of the user's own below the temporary one."""
    base = environment.get("XDG_RUNTIME_DIR")
    folder = Path(base) if base else Path(tempfile.gettempdir())
    return folder / f"stream-scrubber-{os.getuid()}"


def pod_ordinal(environment: Mapping[str, str]) -> int | None:
    """The ordinal of a StatefulSet's pod, when this is one."""
    if "KUBERNETES_SERVICE_HOST" not in environment:
        return None
    found = _POD.fullmatch(environment.get("HOSTNAME", ""))
    return int(found[1]) if found else None


def take(group: str, wanted: int | None, folder: Path) -> Slot:
    """The wanted slot, or the lowest free one. Raises `ConfigError` naming a slot that is taken."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{folder}: {error.strerror}") from None
    if folder.stat().st_uid != os.getuid():
        raise ConfigError(f"{folder}: belongs to somebody else")
    for number in range(MAX_SLOTS) if wanted is None else (wanted,):
        slot = _try(folder / f"{group}.{number}.lock", number)
        if slot is not None:
            return slot
    if wanted is None:
        raise ConfigError(f"all {MAX_SLOTS} slots of group {group} are taken on this host")
    raise ConfigError(f"slot {wanted} of group {group} is taken by another process on this host")


def _try(path: Path, number: int) -> Slot | None:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return Slot(number, descriptor)
