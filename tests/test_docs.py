"""The docs are what the code says: generated pages are fresh, blocks run, links lead somewhere."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from stream_scrubber.errors import REASONS
from stream_scrubber.metrics import NAMES
from stream_scrubber.policy.mistakes import CODES
from stream_scrubber.scrubbers import ALL
from tests.blocks import Reader, blocks

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.fixture(scope="module")
def generator() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "docs" / "generate.py"))


def test_no_generated_page_is_stale(generator: dict[str, Any]) -> None:
    assert generator["stale"]() == [], "run: make docs"


def test_generated_pages_name_everything() -> None:
    text = {name: (ROOT / "docs" / f"{name}.md").read_text() for name in ("scrubbers", "metrics", "codes")}
    assert all(f"\n### {kind.name}\n" in text["scrubbers"] for kind in ALL)
    assert all(f"`{name}`" in text["metrics"] for name in NAMES)
    assert all(f"`{code}`" in text["codes"] for code in (*REASONS, *CODES))


def test_every_metric_that_a_page_names_exists() -> None:
    for page in PAGES:
        for name in re.findall(r"\bscrubber_[a-z0-9_]+", page.read_text()):
            assert name in NAMES or name in REASONS, f"{page.name}: {name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("name", ["policy.md"])
def test_the_blocks_of_a_page_run(name: str, tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    for block in blocks((ROOT / "docs" / name).read_text()):
        reader.follow(block)
