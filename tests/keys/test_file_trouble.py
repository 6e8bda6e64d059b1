"""Trouble of the file system is the keystore's, and never makes a dead letter of a sound record."""

from __future__ import annotations

import errno
import fcntl
from pathlib import Path
from typing import Any

import pytest

from stream_scrubber import FileKeystore, KeyRing, Pipeline, Record
from stream_scrubber.errors import KeystoreError
from stream_scrubber.policy import Policy

POLICY = Policy.load(Path(__file__).parents[2] / "examples" / "reference" / "policy.yaml")
NOW = 1_795_300_000_000


def pipeline(folder: Path) -> Pipeline:
    assert POLICY.epochs is not None
    store = FileKeystore.init(folder / "keys", NOW)
    return Pipeline(POLICY, KeyRing(store, POLICY.realm, POLICY.epochs))


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ESTALE, errno.EINTR, errno.EIO])
def test_a_lock_that_fails_stops_the_record_and_does_not_refuse_it(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scrub = pipeline(tmp_path)

    def refuse(*_: Any) -> None:
        raise OSError(number, "trouble")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(KeystoreError):
        scrub(Record(b"{}", None, [], NOW, "raw.bench"), NOW)


def test_a_folder_that_cannot_be_read_stops_the_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scrub = pipeline(tmp_path)

    def refuse(_self: Path) -> bool:
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr(Path, "exists", refuse)
    with pytest.raises(KeystoreError):
        scrub(Record(b"{}", None, [], NOW, "raw.bench"), NOW)


def test_a_ring_that_breaks_stops_the_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scrub = pipeline(tmp_path)

    def broken(*_: Any) -> bytes:
        raise RuntimeError("u-42")

    monkeypatch.setattr(KeyRing, "key", broken)
    with pytest.raises(KeystoreError, match="RuntimeError") as caught:
        scrub(Record(b"{}", None, [], NOW, "raw.bench"), NOW)
    assert "u-42" not in str(caught.value)
