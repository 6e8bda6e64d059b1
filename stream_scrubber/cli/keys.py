"""Keystores: make one, show its epochs, replace a key that leaked, destroy a key for good.

`keys init file:PATH` or `vault:MOUNT/PATH` makes an empty one. `keys rotate` and `keys destroy` cannot be undone and
need --yes. What `destroy` cannot reach it says. `env:NAME` is read only.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from stream_scrubber.cli import OK
from stream_scrubber.cli.common import KEYSTORE_VARIABLE, now_ms, open_keystore
from stream_scrubber.errors import ConfigError
from stream_scrubber.keys import CLOSED, FileKeystore, Keystore, VaultKeystore


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=list(_ACTIONS), help="what to do")
    known = f"file:PATH, env:NAME or vault:MOUNT/PATH; default: ${KEYSTORE_VARIABLE}"
    parser.add_argument("keystore", nargs="?", metavar="KEYSTORE", help=known)
    parser.add_argument("--realm", help="rotate and destroy: the realm; not needed when there is only one")
    parser.add_argument("--epoch", help="rotate and destroy: the epoch as `keys status` names it")
    parser.add_argument("--yes", action="store_true", help="rotate and destroy: do it")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    reference = options.keystore or os.environ.get(KEYSTORE_VARIABLE, "")
    if not reference:
        raise ConfigError(f"name a keystore, file:PATH, or set {KEYSTORE_VARIABLE}")
    told, lines = _ACTIONS[options.action](reference, options)
    print(json.dumps(told, indent=2) if options.json else "\n".join(lines))
    return OK


Told = tuple[dict[str, Any], list[str]]
"""The same twice: for programs, and for people."""


def _init(reference: str, options: argparse.Namespace) -> Told:
    kind, _, place = reference.partition(":")
    if kind == "file" and place:
        store = FileKeystore.init(Path(place), now_ms())
        reference = f"file:{store.path.absolute()}"
        line = f"made {store.path}, mode 0600. Whoever reads it can recompute the pseudonyms of open epochs."
    elif kind == "vault" and place:
        VaultKeystore.init(place, os.environ, now_ms())
        line = f"made {reference}. Whoever may read below it can recompute the pseudonyms of open epochs."
    else:
        raise ConfigError("a keystore that can be made is named file:PATH or vault:MOUNT/PATH")
    return {"made": reference}, [line, f"use it with: export {KEYSTORE_VARIABLE}={reference}"]


def _status(reference: str, options: argparse.Namespace) -> Told:
    store = open_keystore(reference)
    realms = {realm: dict(sorted(store.epochs(realm).items())) for realm in store.realms()}
    told = {"keystore": reference, "read_only": store.read_only, "created": store.created, "realms": realms}
    lines = [
        f"{realm}  {epoch}  {'open' if there else 'destroyed'}"
        for realm, epochs in realms.items()
        for epoch, there in epochs.items()
    ]
    return told, lines or ["no keys yet"]


def _rotate(reference: str, options: argparse.Namespace) -> Told:
    store, realm, epoch = _chosen(reference, options)
    if not options.yes:
        raise ConfigError(
            f"rotate replaces the key of {realm}/{epoch}: clean records before and after it no longer join, and an "
            "aborted batch that is done again gets other tokens. Stop the workers first; say --yes to do it"
        )
    if store.rotate(realm, epoch) is CLOSED:
        raise ConfigError(f"the key of {realm}/{epoch} was destroyed: it is never made again")
    reach = list(store.out_of_reach)
    lines = [f"replaced the key of {realm}/{epoch}. Start the workers anew: they keep the old one in memory."]
    return {"rotated": {"realm": realm, "epoch": epoch}, "out_of_reach": reach}, lines + _reach(reach)


def _destroy(reference: str, options: argparse.Namespace) -> Told:
    store, realm, epoch = _chosen(reference, options)
    reach = list(store.out_of_reach)
    if not options.yes:
        raise ConfigError(
            f"destroy ends the key of {realm}/{epoch} for good: records of that epoch that come later are the dead "
            f"letter epoch_closed. Out of reach are: {'; '.join(reach)}. Say --yes to do it"
        )
    there = store.destroy(realm, epoch)
    lines = [f"destroyed the key of {realm}/{epoch}." if there else f"{realm}/{epoch} had no key, and gets none."]
    told = {"destroyed": {"realm": realm, "epoch": epoch}, "was_there": there, "out_of_reach": reach}
    return told, lines + _reach(reach)


def _reach(places: list[str]) -> list[str]:
    return ["Not reached, if there are any:", *(f"  - {place}" for place in places)]


def _chosen(reference: str, options: argparse.Namespace) -> tuple[Keystore, str, str]:
    """The store and one of its keys. A name that the store does not know is a slip of the pen, not a wish."""
    store = open_keystore(reference)
    if store.read_only:
        raise ConfigError(f"{reference} is read-only: change the variable itself, where the platform keeps it")
    realms = store.realms()
    realm = options.realm or (realms[0] if len(realms) == 1 else "")
    if realm not in realms:
        raise ConfigError(f"name a realm with --realm: {', '.join(realms) or 'there is none yet'}")
    epochs = store.epochs(realm)
    if options.epoch not in epochs:
        raise ConfigError(f"name an epoch with --epoch: {', '.join(sorted(epochs))}")
    return store, realm, options.epoch


_ACTIONS = {"init": _init, "status": _status, "rotate": _rotate, "destroy": _destroy}
