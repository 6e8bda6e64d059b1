"""Both keystores keep one contract; the file keystore also guards its file."""

from __future__ import annotations

import json
import multiprocessing
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stream_scrubber.errors import KeystoreError
from stream_scrubber.keys import CLOSED, FileKeystore, Keystore, MemoryKeystore

EPOCH = "2026-11-16T00:00Z+7d"
OTHER = "2026-11-23T00:00Z+7d"


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Keystore:
    return MemoryKeystore(1000) if request.param == "memory" else FileKeystore.init(tmp_path / "keys", 1000)


# the contract


def test_a_key_that_was_never_made_is_none(store: Keystore) -> None:
    assert store.get("web", EPOCH) is None
    assert store.epochs("web") == {}


def test_a_key_is_32_fresh_bytes_and_stays(store: Keystore) -> None:
    key = store.make("web", EPOCH)
    assert isinstance(key, bytes)
    assert len(key) == 32
    assert store.get("web", EPOCH) == store.make("web", EPOCH) == key


def test_keys_of_realms_and_epochs_are_different(store: Keystore) -> None:
    keys = {store.make(realm, epoch) for realm in ("web", "app", "") for epoch in (EPOCH, OTHER)}
    assert len(keys) == 6


def test_a_destroyed_key_can_never_be_made_again(store: Keystore) -> None:
    store.make("web", EPOCH)
    assert store.destroy("web", EPOCH) is True
    assert store.get("web", EPOCH) is CLOSED
    assert store.make("web", EPOCH) is CLOSED
    assert store.destroy("web", EPOCH) is False


def test_an_epoch_can_be_closed_before_it_has_a_key(store: Keystore) -> None:
    assert store.destroy("web", EPOCH) is False
    assert store.make("web", EPOCH) is CLOSED


def test_destroying_one_key_leaves_the_others(store: Keystore) -> None:
    kept = store.make("web", OTHER), store.make("app", EPOCH)
    store.make("web", EPOCH)
    store.destroy("web", EPOCH)
    assert (store.get("web", OTHER), store.get("app", EPOCH)) == kept


def test_epochs_tells_what_was_made_and_what_is_left(store: Keystore) -> None:
    store.make("web", EPOCH)
    store.make("web", OTHER)
    store.make("app", EPOCH)
    store.destroy("web", EPOCH)
    assert dict(store.epochs("web")) == {EPOCH: False, OTHER: True}


def test_a_store_knows_when_it_was_made(store: Keystore) -> None:
    assert store.created == 1000


def test_no_repr_shows_a_key(store: Keystore) -> None:
    key = store.make("web", EPOCH)
    assert isinstance(key, bytes)
    assert key.hex() not in repr(store)
    assert repr(key) not in repr(store)
    assert repr(CLOSED) == "CLOSED"


def test_only_the_memory_store_is_thrown_away(tmp_path: Path) -> None:
    assert MemoryKeystore().throwaway
    assert not FileKeystore.init(tmp_path / "keys", 0).throwaway


# the file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    FileKeystore.init(tmp_path / "keys", 1000)
    return tmp_path / "keys"


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_the_key_file_is_its_owners_alone_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        store = FileKeystore.init(tmp_path / "keys", 0)
        store.make("web", EPOCH)
        store.destroy("web", EPOCH)
    finally:
        os.umask(before)
    assert {_mode(path) for path in tmp_path.iterdir()} == {0o600}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o666, 0o601, 0o610])
def test_a_key_file_that_others_can_reach_is_refused(file: Path, mode: int) -> None:
    store = FileKeystore(file)
    file.chmod(mode)
    for use in (lambda: FileKeystore(file), lambda: store.get("web", EPOCH), lambda: store.make("web", EPOCH)):
        with pytest.raises(KeystoreError, match=f"mode {mode:04o} .*chmod 600"):
            use()


def test_init_never_overwrites(file: Path) -> None:
    key = FileKeystore(file).make("web", EPOCH)
    with pytest.raises(KeystoreError, match="never overwritten"):
        FileKeystore.init(file, 0)
    assert FileKeystore(file).get("web", EPOCH) == key


def test_a_missing_key_file_is_told_with_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(KeystoreError, match="keys init file:"):
        FileKeystore(tmp_path / "keys")
    with pytest.raises(KeystoreError, match="no key file"):
        FileKeystore(tmp_path / "folder" / "keys")
    assert list(tmp_path.iterdir()) == [], "a mistyped path leaves nothing behind"


def test_a_key_file_that_goes_away_makes_no_new_one(file: Path) -> None:
    store = FileKeystore(file)
    file.unlink()
    with pytest.raises(KeystoreError, match="no key file"):
        store.make("web", EPOCH)
    assert not file.exists()


def test_init_in_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(KeystoreError, match="No such file"):
        FileKeystore.init(tmp_path / "folder" / "keys", 0)


KEY = "ab" * 32
DAMAGED: list[tuple[str, bytes]] = [
    ("nothing", b""),
    ("zeros", b"\0" * 100),
    ("no JSON", b"keys"),
    ("half of it", b'{"version": 1, "created": 1, "rea'),
    ("not UTF-8", b'{"\xff"'),
    ("a list", b"[]"),
    ("a number", b"5"),
    ("another version", b'{"version": 2, "created": 1, "realms": {}}'),
    ("no version", b'{"created": 1, "realms": {}}'),
    ("no creation", b'{"version": 1, "realms": {}}'),
    ("creation is text", b'{"version": 1, "created": "1", "realms": {}}'),
    ("creation is true", b'{"version": 1, "created": true, "realms": {}}'),
    ("realms is a list", b'{"version": 1, "created": 1, "realms": []}'),
    ("a realm is a number", b'{"version": 1, "created": 1, "realms": {"web": 5}}'),
    ("a realm is null", b'{"version": 1, "created": 1, "realms": {"web": null}}'),
    ("a realm is a list", b'{"version": 1, "created": 1, "realms": {"web": ["x"]}}'),
    ("a key is a number", b'{"version": 1, "created": 1, "realms": {"web": {"e": 5}}}'),
    ("a key is empty", b'{"version": 1, "created": 1, "realms": {"web": {"e": ""}}}'),
    ("a key is short", f'{{"version": 1, "created": 1, "realms": {{"web": {{"e": "{KEY[:-2]}"}}}}}}'.encode()),
    ("a key is long", f'{{"version": 1, "created": 1, "realms": {{"web": {{"e": "{KEY}00"}}}}}}'.encode()),
    ("a key is no hex", f'{{"version": 1, "created": 1, "realms": {{"web": {{"e": "{KEY[:-1]}g"}}}}}}'.encode()),
    ("a key has a line end", f'{{"version": 1, "created": 1, "realms": {{"web": {{"e": "{KEY[:-1]}\\n"}}}}}}'.encode()),
    ("deep", b"[" * 100_000),
]


@pytest.mark.parametrize("content", [row[1] for row in DAMAGED], ids=[row[0] for row in DAMAGED])
def test_a_damaged_key_file_is_refused_as_it_stands(file: Path, content: bytes) -> None:
    store = FileKeystore(file)
    file.write_bytes(content)
    uses: list[Callable[[], Any]] = [
        lambda: FileKeystore(file),
        lambda: store.get("web", "e"),
        lambda: store.make("web", "e"),
        lambda: store.make("app", "e"),
        lambda: store.destroy("web", "e"),
        lambda: store.epochs("web"),
    ]
    for use in uses:
        with pytest.raises(KeystoreError) as caught:
            use()
        assert str(file) in str(caught.value)
        assert KEY[:16] not in str(caught.value)
    assert file.read_bytes() == content


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir(mode=0o700)
    with pytest.raises(KeystoreError, match="Is a directory"):
        FileKeystore(tmp_path / "keys")


def test_a_destroyed_key_is_nowhere_in_the_folder(file: Path) -> None:
    store = FileKeystore(file)
    link = file.with_name("backup")
    key = store.make("web", EPOCH)
    assert isinstance(key, bytes)
    os.link(file, link)  # keeps hold of the replaced file's bytes
    store.destroy("web", EPOCH)
    for path in file.parent.iterdir():
        assert key.hex().encode() not in path.read_bytes(), path


def test_the_draft_of_a_writer_that_died_is_wiped(file: Path) -> None:
    store = FileKeystore(file)
    draft = file.with_name("keys.new")
    draft.write_text(KEY)
    draft.chmod(0o644)
    os.link(draft, file.with_name("draft"))
    store.make("web", EPOCH)
    assert not draft.exists()
    assert KEY.encode() not in file.with_name("draft").read_bytes()
    assert _mode(file) == 0o600


def test_a_draft_that_is_a_link_is_not_followed(file: Path) -> None:
    elsewhere = file.with_name("elsewhere")
    elsewhere.write_text("precious")
    file.with_name("keys.new").symlink_to(elsewhere)
    with pytest.raises(KeystoreError):
        FileKeystore(file).make("web", EPOCH)
    assert elsewhere.read_text() == "precious"


def test_a_link_to_the_key_file_stays_a_link_and_shares_its_lock(file: Path) -> None:
    link = file.with_name("link")
    link.symlink_to(file)
    one, other = FileKeystore(file), FileKeystore(link)
    key = other.make("web", EPOCH)
    assert one.get("web", EPOCH) == key
    assert link.is_symlink()
    assert sorted(path.name for path in file.parent.iterdir()) == ["keys", "keys.lock", "link"]


def test_the_file_says_when_it_was_made_and_which_keys_are_gone(file: Path) -> None:
    store = FileKeystore(file)
    store.make("web", EPOCH)
    store.destroy("web", EPOCH)
    assert json.loads(file.read_text()) == {"version": 1, "created": 1000, "realms": {"web": {EPOCH: None}}}


def _race(path: Path, start: Any, results: Any) -> None:
    store = FileKeystore(path)
    start.wait()
    results.put([store.make("web", f"epoch-{n}") for n in range(5)])


def test_eight_workers_that_make_one_key_at_once_get_the_same_one(file: Path) -> None:
    context = multiprocessing.get_context("fork")
    start, results = context.Barrier(8), context.Queue()
    workers = [context.Process(target=_race, args=(file, start, results)) for _ in range(8)]
    for worker in workers:
        worker.start()
    found = [results.get(timeout=30) for _ in workers]
    for worker in workers:
        worker.join(timeout=30)
    assert all(keys == found[0] for keys in found)
    assert len(set(found[0])) == 5


def _make_and_destroy(path: Path, start: Any, results: Any, number: int) -> None:
    store = FileKeystore(path)
    start.wait()
    for n in range(5):
        if number % 2:
            store.destroy("web", f"epoch-{n}")
        else:
            store.make("web", f"epoch-{n}")
    results.put(True)


def test_making_and_destroying_at_once_ends_closed(file: Path) -> None:
    context = multiprocessing.get_context("fork")
    start, results = context.Barrier(4), context.Queue()
    workers = [context.Process(target=_make_and_destroy, args=(file, start, results, n)) for n in range(4)]
    for worker in workers:
        worker.start()
    assert all(results.get(timeout=30) for _ in workers)
    for worker in workers:
        worker.join(timeout=30)
    assert set(FileKeystore(file).epochs("web").values()) == {False}


KILLED = """
import os, sys
from pathlib import Path
from stream_scrubber.keys import FileKeystore, file
at = int(sys.argv[2])
real, seen = os.fsync, []
def fsync(descriptor):
    seen.append(descriptor)
    if len(seen) > at:
        os._exit(9)
    real(descriptor)
store = FileKeystore(Path(sys.argv[1]))
os.fsync = fsync
store.make("web", "fresh")
"""


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_writer_killed_at_any_point_leaves_a_whole_file(file: Path, at: int) -> None:
    before = FileKeystore(file).make("web", EPOCH)
    subprocess.run([sys.executable, "-c", KILLED, str(file), str(at)], check=False, env={**os.environ, "PYTHONPATH": "."})
    store = FileKeystore(file)
    assert store.get("web", EPOCH) == before
    fresh = store.make("web", "fresh")
    assert store.get("web", "fresh") == fresh
    assert not file.with_name("keys.new").exists()


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def fsync(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    yield
    monkeypatch.undo()


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KeystoreError, match="No space left"):
        FileKeystore.init(tmp_path / "keys", 0)
    assert not (tmp_path / "keys").exists()
    monkeypatch.undo()
    store = FileKeystore.init(tmp_path / "keys", 0)
    key = store.make("web", EPOCH)
    monkeypatch.setattr(os, "fsync", lambda _descriptor: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(KeystoreError, match="No space left"):
        store.make("web", OTHER)
    monkeypatch.undo()
    assert FileKeystore(tmp_path / "keys").get("web", EPOCH) == key
