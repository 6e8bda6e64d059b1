"""A preview says what was found where and why, and shows what was found only when asked to."""

import io
import json
import sys

import pytest

from stream_scrubber.cli import main

TEXT = "mail jane%40mail.example or call +49 30 1234567"


def test_finds_come_with_place_type_and_reason_and_without_their_text(capsys):
    assert main(["preview", "--text", TEXT]) == 1
    out = capsys.readouterr().out
    assert "5:24     email" in out
    assert "disguise" in out
    assert "released: mail <email> or call <phone>" in out
    assert "jane" not in out
    assert "1234567" not in out


def test_the_raw_text_is_shown_when_asked_for_and_cannot_drive_a_terminal(capsys):
    assert main(["preview", "--show-raw", "--text", "jane@mail.example \x1b[2J"]) == 1
    out = capsys.readouterr().out
    assert "jane@mail.example" in out
    assert "\x1b" not in out


def test_text_comes_from_a_file_or_standard_input_too(tmp_path, capsys, monkeypatch):
    file = tmp_path / "text"
    file.write_text("nothing here\n")
    assert main(["preview", "--file", str(file)]) == 0
    assert "nothing found" in capsys.readouterr().out
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    assert main(["preview", "--text", "-", "--format", "json"]) == 1
    shown = json.loads(capsys.readouterr().out)
    assert {find["entity"] for find in shown["findings"]} == {"email", "phone"}
    assert shown["released"] == "mail <email> or call <phone>"


def test_the_rule_of_a_policy_is_taken_as_it_stands(capsys):
    assert main(["preview", "--policy", "examples/demo/policy.yaml", "--text", TEXT + " @jane"]) == 1
    assert "@jane" in capsys.readouterr().out  # the demo's policy does not look for handles
    assert main(["preview", "--policy", "examples/demo/policy.yaml", "--field", "a", "--text", TEXT]) == 2
    assert "properties.comment" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["--text", TEXT, "--find", "emial"],
        ["--file", "/nowhere"],
        ["--text", TEXT, "--find", "", "--pattern", "t=("],
        ["--text", TEXT, "--policy", "/nowhere"],
    ],
)
def test_bad_use_is_one_message_without_the_text(words, capsys):
    assert main(["preview", *words]) == 2
    assert "jane" not in "".join(capsys.readouterr())


def test_what_would_be_a_dead_letter_says_so(capsys):
    text = "+49 30 a@mail.example 123 4567"
    assert main(["preview", "--find", "email,phone", "--text", text]) == 1
    assert "released: +49 30 <email> 123 4567" in capsys.readouterr().out
    assert main(["preview", "--text", "a" * 30_000]) == 1
    assert "refused: too_long" in capsys.readouterr().out
