"""What several verbs share: policies from paths, keystores from references, time from the clock."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from stream_scrubber.errors import ConfigError
from stream_scrubber.keys import EnvironmentKeystore, FileKeystore, KeyRing, Keystore, VaultKeystore
from stream_scrubber.policy import Policy

KEYSTORE_VARIABLE = "SCRUBBER_KEYSTORE"
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def now_ms() -> int:
    """The wall clock, ms since 1970."""
    return time.time_ns() // 1_000_000


def resolve(reference: str, environment: Mapping[str, str]) -> str:
    """`reference` with every `${NAME}` replaced. Raises `ConfigError` naming a variable that is not set."""

    def replace(found: re.Match[str]) -> str:
        if found[1] not in environment:
            raise ConfigError(f"the environment variable {found[1]} is not set")
        return environment[found[1]]

    return _VARIABLE.sub(replace, reference)


def open_keystore(reference: str) -> Keystore:
    """The keystore that `file:PATH`, `env:NAME` or `vault:MOUNT/PATH` names."""
    kind, _, place = reference.partition(":")
    match kind:
        case "file" if place:
            return FileKeystore(Path(place))
        case "env" if place:
            return EnvironmentKeystore(place, os.environ)
        case "vault" if place:
            return VaultKeystore.open(place, os.environ)
    raise ConfigError("a keystore is named file:PATH, env:NAME or vault:MOUNT/PATH")


def key_ring(policy: Policy, keystore: str | None, *, every_epoch_open: bool = False) -> KeyRing | None:
    """The policy's key ring, from `keystore`, else the policy's reference, else $SCRUBBER_KEYSTORE."""
    if not policy.needs_key or policy.epochs is None:
        return None
    pseudonyms = policy.form.pseudonyms
    reference = keystore or (pseudonyms and pseudonyms.keystore) or f"${{{KEYSTORE_VARIABLE}}}"
    store = open_keystore(resolve(reference, os.environ))
    return KeyRing(store, policy.realm, policy.epochs, every_epoch_open)


def policy_files(paths: Iterable[str]) -> list[Path]:
    """The policy files in files and folders, sorted; a folder gives its `*.yaml` and `*.yml`."""
    files: list[Path] = []
    for text in paths:
        path = Path(text)
        if path.is_dir():
            found = sorted([*path.rglob("*.yaml"), *path.rglob("*.yml")])
            if not found:
                raise ConfigError(f"{path}: no YAML files in this folder")
            files.extend(found)
        elif path.exists():
            files.append(path)
        else:
            raise ConfigError(f"{path}: no such file or folder")
    return files
