"""What every keystore keeps to, and what only some can."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stream_scrubber.errors import KeystoreError
from stream_scrubber.keys import (
    CLOSED,
    EnvironmentKeystore,
    EpochRule,
    FileKeystore,
    KeyRing,
    Keystore,
    MemoryKeystore,
    VaultKeystore,
)
from tests.keys.fake_vault import TOKEN, FakeVault, fake_vault

EPOCH = "2026-11-16T00:00Z+7d"
LATER = "2026-11-23T00:00Z+7d"
KEY = "0f" * 32


@pytest.fixture
def vault() -> Iterator[FakeVault]:
    with fake_vault() as running:
        yield running


def environment(vault: FakeVault) -> dict[str, str]:
    return {"VAULT_ADDR": vault.url, "VAULT_TOKEN": TOKEN}


@pytest.fixture(params=["memory", "file", "vault"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Keystore]:
    if request.param == "memory":
        yield MemoryKeystore(7)
    elif request.param == "file":
        yield FileKeystore.init(tmp_path / "keys", 7)
    else:
        running = request.getfixturevalue("vault")
        yield VaultKeystore.init("kv/team/scrubber", environment(running), 7)


def test_a_key_is_made_once_and_stays(store: Keystore) -> None:
    assert store.created == 7
    assert store.get("web", EPOCH) is None
    key = store.make("web", EPOCH)
    assert isinstance(key, bytes)
    assert len(key) == 32
    assert store.make("web", EPOCH) == store.get("web", EPOCH) == key


def test_realms_and_epochs_have_keys_of_their_own(store: Keystore) -> None:
    keys = {store.make(realm, epoch) for realm in ("web", "shop") for epoch in (EPOCH, LATER)}
    assert len(keys) == 4
    assert store.realms() == ("shop", "web")
    assert dict(store.epochs("web")) == {EPOCH: True, LATER: True}
    assert dict(store.epochs("nowhere")) == {}


def test_a_destroyed_key_never_comes_back(store: Keystore) -> None:
    store.make("web", EPOCH)
    store.make("web", LATER)
    assert store.destroy("web", EPOCH) is True
    assert store.get("web", EPOCH) is CLOSED
    assert store.make("web", EPOCH) is CLOSED
    assert store.rotate("web", EPOCH) is CLOSED
    assert store.destroy("web", EPOCH) is False
    assert dict(store.epochs("web")) == {EPOCH: False, LATER: True}


def test_a_key_destroyed_before_it_was_made_is_never_made(store: Keystore) -> None:
    assert store.destroy("web", EPOCH) is False
    assert store.make("web", EPOCH) is CLOSED


def test_rotating_gives_another_key_in_its_place(store: Keystore) -> None:
    before = store.make("web", EPOCH)
    after = store.rotate("web", EPOCH)
    assert isinstance(after, bytes)
    assert after != before
    assert store.get("web", EPOCH) == after
    assert store.rotate("web", LATER) == store.get("web", LATER)


def test_of_many_workers_one_makes_the_key(store: Keystore) -> None:
    with ThreadPoolExecutor(8) as workers:
        assert len(set(workers.map(lambda _: store.make("web", EPOCH), range(16)))) == 1


def test_every_store_says_what_it_cannot_reach_and_can_be_written(store: Keystore) -> None:
    assert store.out_of_reach
    assert not store.read_only


def test_vault_keeps_no_old_version_of_a_destroyed_key(vault: FakeVault) -> None:
    store = VaultKeystore.init("kv/team/scrubber", environment(vault), 7)
    first, second = store.make("web", EPOCH), store.rotate("web", EPOCH)
    store.destroy("web", EPOCH)
    kept = json.dumps(vault.versions)
    assert isinstance(first, bytes)
    assert isinstance(second, bytes)
    assert first.hex() not in kept
    assert second.hex() not in kept
    assert store.get("web", EPOCH) is CLOSED


def test_vault_names_are_paths_without_colons(vault: FakeVault) -> None:
    store = VaultKeystore.init("kv/team/scrubber", environment(vault), 7)
    store.make("web", EPOCH)
    assert sorted(vault.versions) == ["team/scrubber/_store", "team/scrubber/web/2026-11-16T00=3A00Z=2B7d"]


def test_vault_asks_once_about_a_key_that_is_gone(vault: FakeVault) -> None:
    store = VaultKeystore.init("kv/team/scrubber", environment(vault), 7)
    store.destroy("web", EPOCH)
    store.epochs("web")
    vault.requests.clear()
    assert dict(store.epochs("web")) == {EPOCH: False}
    assert [method for method, _ in vault.requests] == ["LIST"]


def test_a_secret_deleted_in_vault_counts_as_destroyed(vault: FakeVault) -> None:
    store = VaultKeystore.init("kv/team/scrubber", environment(vault), 7)
    store.make("web", EPOCH)
    vault.versions["team/scrubber/web/2026-11-16T00=3A00Z=2B7d"] = [None]
    assert store.make("web", EPOCH) is CLOSED


@pytest.mark.parametrize("content", [{"key": "zz"}, {"key": 77777}, {"key": KEY[:-2]}])
def test_a_damaged_key_in_vault_is_an_error_without_its_bytes(vault: FakeVault, content: dict[str, object]) -> None:
    store = VaultKeystore.init("kv/team/scrubber", environment(vault), 7)
    vault.versions["team/scrubber/web/2026-11-16T00=3A00Z=2B7d"] = [content]
    with pytest.raises(KeystoreError, match="damaged") as caught:
        store.get("web", EPOCH)
    assert str(content["key"]) not in str(caught.value)


def test_vault_says_in_one_line_what_is_wrong(vault: FakeVault) -> None:
    known = environment(vault)
    with pytest.raises(KeystoreError, match="no keystore here"):
        VaultKeystore.open("kv/nothing", known)
    with pytest.raises(KeystoreError, match="MOUNT/PATH"):
        VaultKeystore.open("kv", known)
    with pytest.raises(KeystoreError, match="Forbidden"):
        VaultKeystore.open("kv/team", {**known, "VAULT_TOKEN": "wrong"})
    with pytest.raises(KeystoreError, match="VAULT_ADDR"):
        VaultKeystore.open("kv/team", {})
    with pytest.raises(KeystoreError, match="cannot be reached"):
        VaultKeystore.open("kv/team", {**known, "VAULT_ADDR": "http://127.0.0.1:9"})
    VaultKeystore.init("kv/team", known, 7)
    with pytest.raises(KeystoreError, match="never overwritten"):
        VaultKeystore.init("kv/team", known, 8)
    vault.sealed = True
    with pytest.raises(KeystoreError, match="VaultDown"):
        VaultKeystore.open("kv/team", known)


def test_an_environment_variable_holds_one_key_or_several() -> None:
    one = EnvironmentKeystore("K", {"K": f" {KEY}\n"})
    assert one.get("web", "forever") == one.make("shop", "forever") == bytes.fromhex(KEY)
    assert dict(one.epochs("web")) == {"forever": True}
    several = EnvironmentKeystore("K", {"K": json.dumps({"web": {"forever": KEY}, "old": {"forever": None}})})
    assert several.get("web", "forever") == bytes.fromhex(KEY)
    assert several.make("old", "forever") is CLOSED
    assert several.realms() == ("old", "web")


@pytest.mark.parametrize("content", ["", KEY[:-2], "[]", '{"web": 1}', '{"web": {"forever": "zz"}}', '{"web": {"forever": 1}}'])
def test_a_variable_that_holds_no_key_is_not_quoted(content: str) -> None:
    with pytest.raises(KeystoreError, match="env:K: neither") as caught:
        EnvironmentKeystore("K", {"K": content})
    assert not content or content not in str(caught.value)


def test_a_read_only_store_makes_and_destroys_nothing() -> None:
    store = EnvironmentKeystore("K", {"K": json.dumps({"web": {"forever": KEY}})})
    for forbidden in (store.make, store.rotate, store.destroy):
        with pytest.raises(KeystoreError, match="read-only"):
            forbidden("shop", "forever")
    with pytest.raises(KeystoreError, match="not set"):
        EnvironmentKeystore("K", {})


def test_a_read_only_store_refuses_epochs() -> None:
    store = EnvironmentKeystore("K", {"K": KEY})
    with pytest.raises(KeystoreError, match="`epoch:`"):
        KeyRing(store, "web", EpochRule(86_400_000))
    ring = KeyRing(store, "web", EpochRule())
    assert ring.key(EpochRule().of(0), 0) == bytes.fromhex(KEY)
