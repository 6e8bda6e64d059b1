"""The README does what it says: every block that can run without Kafka is run, in order, in an empty folder."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.blocks import Block, Reader, blocks, matches

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = list(blocks(README))


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """One folder for the whole page: a block may use what an earlier one made."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "examples", folder / "examples")
    return Reader(folder)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: f"line {block.line}")
def test_a_block_of_the_readme_runs_and_prints_what_it_says(block: Block, reader: Reader) -> None:
    if block.tag == "skip":
        assert block.rest, "a block that is not run says why"
        pytest.skip(f"README: {block.rest}")
    if block.tag == "kafka":
        pytest.skip("README: needs a Kafka; tests/integration/test_readme.py runs it")
    reader.follow(block)


def test_no_block_of_the_readme_is_overlooked() -> None:
    assert len(BLOCKS) == README.count("\n```") // 2


def test_the_table_of_before_and_after_is_what_the_example_policy_does(tmp_path: Path) -> None:
    rows = re.findall(r"^\| [a-z][^|]* \| `([^`]+)` \| `([^`]+)`", README, re.MULTILINE)
    key, _time, ip, place, text = (raw for raw, _ in rows)
    latitude, longitude = map(float, place.split(","))
    record = {
        "key": key,
        "timestamp": 1_795_291_653_123,
        "value": {
            "event": "View",
            "timestamp": rows[1][0],
            "userId": key,
            "context": {"ip": ip, "location": {"latitude": latitude, "longitude": longitude}},
            "properties": {"comment": text},
        },
    }
    (tmp_path / "one.ndjson").write_text(json.dumps(record))
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    reader = Reader(tmp_path, {"SCRUBBER_KEYSTORE": "file:keys"})
    reader.follow_text(
        "stream-scrubber keys init > /dev/null\nstream-scrubber scrub --quiet --records "
        "--policy examples/service/policies/clickstream.yaml one.ndjson"
    )
    clean = json.loads(reader.printed)
    token, *others = (shown for _, shown in rows)
    assert len(token) == len(clean["key"]), "the token shown has the form of a token"
    value = clean["value"]
    assert [value["timestamp"], value["context"]["ip"], value["context"]["location"]] == others[:3]
    assert value["properties"]["comment"] == others[3]
    assert clean["timestamp"] == 1_795_291_200_000, "which is the time shown"


def test_only_the_ellipsis_stands_for_anything() -> None:
    assert matches('{"a": "…"}\n', '{"a": "xyz"}')
    assert not matches("a.c", "abc")
    assert not matches("a…c", "a\nc")
