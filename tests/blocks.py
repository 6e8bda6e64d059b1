"""Fenced blocks of a Markdown page, run in order, as a reader would who follows it.

A comment in the line before a block says what to do with it; without one, `sh` and `python` blocks run:

    <!-- test: file NAME -->      the block becomes this file
    <!-- test: output -->         what the block before printed; `…` stands for anything within a line
    <!-- test: kafka -->          needs a Kafka: only run where there is one
    <!-- test: skip, REASON -->   not run

The page's blocks share one folder, and what they export stays exported.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_BLOCK = re.compile(
    r"^(?:<!-- test: (?P<tag>[^\n]*?) -->\n)?```(?P<language>[a-z]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Block:
    """One block. `tag` is the first word of its comment, `rest` what follows."""

    line: int
    language: str
    text: str
    tag: str
    rest: str


def blocks(page: str) -> Iterator[Block]:
    for found in _BLOCK.finditer(page):
        tag, _, rest = (found["tag"] or "").replace(",", "", 1).partition(" ")
        line = page.count("\n", 0, found.start("language")) + 1
        yield Block(line, found["language"], found["text"], tag, rest.strip())


@dataclass(slots=True)
class Reader:
    """Follows a page in a folder of its own."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    printed: str = ""

    def __post_init__(self) -> None:
        binaries = str(Path(sys.executable).parent)
        self.environment = {
            "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            "NO_COLOR": "1",
        } | self.environment

    def follow(self, block: Block) -> None:
        """Do what the block says. Raises AssertionError when it fails, or prints something else."""
        if block.tag == "file":
            (self.folder / block.rest).write_text(block.text)
        elif block.tag == "output":
            assert matches(block.text, self.printed), f"line {block.line}: printed\n{self.printed}"
        elif block.tag != "skip" and block.language in ("sh", "python"):
            self.run(block)

    def follow_text(self, text: str) -> None:
        """A command that the page takes for granted."""
        self.run(Block(0, "sh", text, "", ""))

    def run(self, block: Block) -> None:
        command = [sys.executable, "-c", block.text]
        if block.language == "sh":
            command = ["bash", "-euo", "pipefail", "-c", f"{block.text}\nenv -0 > .exported"]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"line {block.line}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        self.printed = done.stdout
        if block.language == "sh":
            exported = (self.folder / ".exported").read_text().split("\0")
            self.environment.update(pair.split("=", 1) for pair in exported if "=" in pair)


def matches(wanted: str, printed: str) -> bool:
    """True when `printed` is `wanted`, where `…` stands for anything within a line."""
    pattern = "[^\n]*?".join(map(re.escape, wanted.strip().split("…")))
    return re.fullmatch(pattern, printed.strip()) is not None
