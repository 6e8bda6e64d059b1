"""`keys`: what it does, what it asks for, and what it admits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stream_scrubber.cli import main
from stream_scrubber.keys import CLOSED, FileKeystore
from tests.keys.fake_vault import TOKEN, fake_vault

EPOCH = "2026-11-16T00:00Z+7d"


@pytest.fixture
def store(tmp_path: Path) -> FileKeystore:
    made = FileKeystore.init(tmp_path / "keys", 0)
    made.make("web", EPOCH)
    return made


def test_status_shows_realms_and_epochs_and_no_key(store: FileKeystore, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "status", f"file:{store.path}", "--json"]) == 0
    told = capsys.readouterr().out
    assert json.loads(told)["realms"] == {"web": {EPOCH: True}}
    assert main(["keys", "status", f"file:{store.path}"]) == 0
    lines = capsys.readouterr().out
    assert f"web  {EPOCH}  open" in lines
    key = store.get("web", EPOCH)
    assert isinstance(key, bytes)
    assert key.hex() not in told + lines


def test_destroy_asks_first_and_says_what_it_cannot_reach(
    store: FileKeystore, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["keys", "destroy", f"file:{store.path}", "--epoch", EPOCH]
    assert main(words) == 2
    asked = capsys.readouterr().err
    assert "backups" in asked
    assert "snapshots" in asked
    assert "--yes" in asked
    assert isinstance(store.get("web", EPOCH), bytes)
    assert main([*words, "--yes", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["was_there"] is True
    assert any("backups" in place for place in told["out_of_reach"])
    assert store.get("web", EPOCH) is CLOSED
    assert main(["keys", "rotate", f"file:{store.path}", "--epoch", EPOCH, "--yes"]) == 2


def test_rotate_asks_first_and_replaces(store: FileKeystore, capsys: pytest.CaptureFixture[str]) -> None:
    before = store.get("web", EPOCH)
    words = ["keys", "rotate", f"file:{store.path}", "--realm", "web", "--epoch", EPOCH]
    assert main(words) == 2
    assert store.get("web", EPOCH) == before
    assert main([*words, "--yes"]) == 0
    assert "Start the workers anew" in capsys.readouterr().out
    assert store.get("web", EPOCH) != before


@pytest.mark.parametrize("slip", [["--realm", "wbe", "--epoch", EPOCH], ["--epoch", "2026-11-17T00:00Z+7d"], []])
def test_a_slip_of_the_pen_destroys_nothing(store: FileKeystore, slip: list[str]) -> None:
    assert main(["keys", "destroy", f"file:{store.path}", "--yes", *slip]) == 2
    assert dict(store.epochs("web")) == {EPOCH: True}


def test_a_variable_can_be_looked_at_and_not_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SCRUBBER_TEST_KEY", json.dumps({"web": {"forever": "0f" * 32}}))
    assert main(["keys", "status", "env:SCRUBBER_TEST_KEY", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["read_only"] is True
    assert main(["keys", "destroy", "env:SCRUBBER_TEST_KEY", "--epoch", "forever", "--yes"]) == 2
    assert "read-only" in capsys.readouterr().err


def test_vault_from_the_command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with fake_vault() as vault:
        monkeypatch.setenv("VAULT_ADDR", vault.url)
        monkeypatch.setenv("VAULT_TOKEN", TOKEN)
        assert main(["keys", "init", "vault:kv/scrubber"]) == 0
        assert main(["keys", "init", "vault:kv/scrubber"]) == 2
        assert main(["keys", "status", "vault:kv/scrubber"]) == 0
    assert "no keys yet" in capsys.readouterr().out
