"""`report` and `top` as people call them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from stream_scrubber.cli import main
from stream_scrubber.cli.top import samples
from stream_scrubber.demo.events import records
from stream_scrubber.demo.stage import policy_file

START = 1_794_873_600_000


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "raw.ndjson"
    path.write_bytes(b"".join((record.value or b"") + b"\n" for record in records(START, total=1_500)))
    return path


def told(capsysbinary: pytest.CaptureFixture[bytes], *words: str) -> tuple[int, bytes, bytes]:
    code = main(["report", *words, "--policy", str(policy_file())])
    out, err = capsysbinary.readouterr()
    return code, out, err


def test_a_raw_file_and_a_policy_give_both_sides(raw: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    code, out, _ = told(capsysbinary, str(raw), "--json")
    assert code == 0
    found = json.loads(out)
    assert found["records"] == 1_500
    by_place = {(one["set"], one["side"]): one for one in found["sets"]}
    assert by_place["device", "raw"]["records_below_k"]["20"] > by_place["device", "clean"]["records_below_k"]["20"]
    assert found["residual"]["scanned"] == 1_500
    assert not found["residual"]["detections"]


def test_a_page_needs_nothing_else_and_holds_no_value_of_the_events(
    raw: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    page = tmp_path / "page.html"
    assert told(capsysbinary, str(raw), "--out", str(page))[0] == 0
    text = page.read_text()
    assert text.startswith("<!doctype html>")
    assert "src=" not in text
    assert "href=" not in text
    first = json.loads(raw.read_bytes().splitlines()[0])
    assert first["userId"] not in text
    assert first["messageId"] not in text


def test_a_pair_that_does_not_fit_is_refused(
    raw: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    short = tmp_path / "clean.ndjson"
    short.write_bytes(b"{}\n" * 3)
    code, _, err = told(capsysbinary, str(raw), str(short))
    assert code == 2
    assert b"line by line" in err


def test_raw_against_itself_finds_what_a_policy_takes_away(
    raw: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    code, out, _ = told(capsysbinary, str(raw), str(raw), "--json")
    assert code == 0
    assert json.loads(out)["residual"]["detections"]


def test_lines_that_are_no_events_are_in_no_figure_and_said(
    raw: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    broken = tmp_path / "broken.ndjson"
    broken.write_bytes(raw.read_bytes() + b"jane.doe@mail.example is no JSON\n")
    code, out, err = told(capsysbinary, str(broken), "--json")
    assert code == 0
    assert b"1 lines are in no figure" in err
    assert b"jane.doe" not in out + err


def test_top_reads_prometheus_text_and_no_label_steers_the_terminal() -> None:
    text = '# HELP x y\nscrubber_a{topic="a\\"b",k="\x1b[31m"} 1.5\nscrubber_b 2\nnonsense\n'
    first, second = samples(text)
    assert (first.name, first.value, second.value) == ("scrubber_a", 1.5, 2)
    assert "\x1b" not in first.labels["k"]


def test_top_says_when_nobody_answers() -> None:
    words = [sys.executable, "-c", "from stream_scrubber.cli import main; raise SystemExit(main())"]
    asked = subprocess.run([*words, "top", "http://127.0.0.1:9/metrics", "--once"], capture_output=True, text=True, check=False)
    assert asked.returncode == 2
    assert "no metrics at" in asked.stderr
