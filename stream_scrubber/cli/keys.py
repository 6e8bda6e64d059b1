"""Make a keystore. `keys init file:PATH` writes a new key file, readable by its owner only."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from stream_scrubber.cli import OK
from stream_scrubber.cli.common import KEYSTORE_VARIABLE, now_ms
from stream_scrubber.errors import ConfigError
from stream_scrubber.keys import FileKeystore


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["init"], help="what to do")
    parser.add_argument("keystore", nargs="?", metavar="file:PATH", help=f"default: ${KEYSTORE_VARIABLE}")


def run(options: argparse.Namespace) -> int:
    reference = options.keystore or os.environ.get(KEYSTORE_VARIABLE, "")
    if not reference:
        raise ConfigError(f"name a keystore, file:PATH, or set {KEYSTORE_VARIABLE}")
    kind, _, place = reference.partition(":")
    if kind != "file" or not place:
        raise ConfigError("a keystore is named file:PATH")
    store = FileKeystore.init(Path(place), now_ms())
    print(f"made {store.path}, mode 0600. Whoever reads it can recompute the pseudonyms of open epochs.")
    print(f"use it with: export {KEYSTORE_VARIABLE}=file:{store.path.absolute()}")
    return OK
