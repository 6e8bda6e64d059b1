"""YAML 1.2 with a place for every value, and without its traps.

Refused: duplicate keys, aliases and anchors (a 300-byte file can grow to millions of nodes), merge keys, explicit
tags, files over 1 MiB. Timestamps and everything else that is not null, a boolean or a number stay text.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from math import isinf
from typing import Any, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from stream_scrubber.policy.mistakes import Mistake, Severity

MAX_BYTES = 1_048_576
MAX_NODES = 50_000
MAX_DEPTH = 100

Path: TypeAlias = "tuple[str | int, ...]"

_LONGEST_INTEGER = 64
"""Digits of an integer. Python refuses to read some thousands, and no policy means more than a few."""
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_OURS = re.compile(r"""(?m)^(?:---\s*)?["']?(?:version|extends|topics|fields|record|kafka|policies)["']?\s*:""")
_LINE_END = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
"""What ends a line for the YAML reader, so that excerpts are the lines that marks count."""
_KAFKA = re.compile(r"""^[\s{,]*["']?kafka["']?\s*:""", re.MULTILINE)
_SURROGATE = re.compile("[\ud800-\udfff]")
_WORDS: dict[str, bool | None] = {
    word: value
    for value, words in {None: "null Null NULL ~", True: "true True TRUE", False: "false False FALSE"}.items()
    for word in words.split()
} | {"": None}


@dataclass
class Source:
    """A file's text and the places of its values. `mistakes` collects what was found while reading."""

    file: str
    text: str
    places: dict[Path, tuple[int, int, int]] = field(default_factory=dict)
    """By path: line and column from 1, and width of the key (in a mapping) or of the value (elsewhere)."""
    values: dict[Path, tuple[int, int, int]] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    shows: Callable[[int], bool] = field(default=lambda _line: True, repr=False)
    """Whether a line may be quoted: settings of Kafka's clients can be passwords."""

    @cached_property
    def lines(self) -> list[str]:
        return _LINE_END.split(self.text)

    @cached_property
    def quotable(self) -> bool:
        """True for what looks like a policy or a service file. Whoever swaps arguments hands in a data file, and
        its lines would land in a log."""
        return bool(_OURS.search(self.text))

    def owner(self, path: Path) -> Source:
        """The file that the value at `path` comes from."""
        return self

    def mistake(
        self,
        code: str,
        path: Path,
        message: str,
        *,
        hint: str = "",
        severity: Severity = Severity.ERROR,
        at_value: bool = False,
        shift: int = 0,
    ) -> Mistake:
        """A mistake at the nearest known place of `path`; `shift` moves right, inside a selector."""
        places = self.values if at_value else self.places
        while path and path not in places:
            path = path[:-1]
        line, column, width = places.get(path, (1, 1, 1))
        owner = self.owner(path)
        excerpt = owner.lines[line - 1] if line <= len(owner.lines) else ""
        quoted = excerpt if owner.quotable and owner.shows(line) else ""
        if shift and excerpt[column - 1 : column] in ('"', "'"):
            shift += 1
        shift = min(shift, max(0, width - 1))
        found = Mistake(
            code, message, owner.file, line, column + shift, severity, hint, quoted, max(1, width - shift)
        )
        self.mistakes.append(found)
        return found


def read(raw: bytes, file: str, shown: frozenset[str] | None = None) -> tuple[Any, Source]:
    """The plain value of the one document in `raw`, and its `Source`. Mistakes of form are in the source.

    `shown` are the top-level names whose lines mistakes may quote: all but `kafka` when it is None.
    """
    source = Source(file, "")
    if len(raw) > MAX_BYTES:
        source.mistake("SS001", (), "the file is larger than 1 MiB")
        return None, source
    try:
        source.text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        source.mistake("SS001", (), "the file is not UTF-8")
        return None, source
    if shown is not None or _KAFKA.search(source.text):
        source.shows = lambda _line: False  # until it is known which lines are whose
    reader = YAML(typ="rt", pure=True)
    reader.Composer = _Composer
    reader.max_depth = MAX_DEPTH  # what nests deep costs the reader a time that grows with the square
    try:
        root = reader.compose(io.StringIO(source.text))
    except _TooMuchError as error:
        source.places[()] = (error.line, 1, 1)
        source.mistake("SS001", (), str(error))
        return None, source
    except ReaderError as error:
        source.places[()] = _at(source.text, error.position)
        source.mistake("SS002", (), "a character that YAML does not allow")
        return None, source
    except MarkedYAMLError as error:
        _syntax(source, error)
        return None, source
    except (YAMLError, ValueError, RecursionError):
        source.mistake("SS002", (), "not YAML 1.2")
        return None, source
    if root is None:
        source.mistake("SS002", (), "the file is empty")
        return None, source
    hidden = _hidden(root, shown)
    source.shows = lambda line: line not in hidden
    return _Reader(source).value(root, ()), source


def _hidden(root: Node, shown: frozenset[str] | None) -> set[int]:
    """The lines of top-level names that may not be quoted. A line that two names share is hidden if one is."""
    lines: set[int] = set()
    for key, value in root.value if isinstance(root, MappingNode) else ():
        name = str(key.value)
        if name == "kafka" if shown is None else name not in shown:
            end = value.end_mark
            lines.update(range(key.start_mark.line + 1, end.line + (2 if end.column else 1)))
    return lines


class _TooMuchError(Exception):
    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class _Composer(Composer):
    """Stops while reading, not after."""

    nodes = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            line = self.parser.peek_event().start_mark.line + 1
            raise _TooMuchError(f"more than {MAX_NODES} values", line)
        return super().compose_node(parent, index)


def _at(text: str, index: int) -> tuple[int, int, int]:
    before = _LINE_END.split(text[:index])
    return len(before), len(before[-1]) + 1, 1


def _syntax(source: Source, error: MarkedYAMLError) -> None:
    mark = error.problem_mark or error.context_mark
    problem = str(error.problem or error.context or "not YAML 1.2")
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    source.places[()] = (line, column, 1)
    hint = ""
    if "alias" in problem:
        hint = 'a selector that begins with "*" needs quotes: "**.email": drop'
    if "duplicate" in problem or "duplicate" in str(error.context or ""):
        source.mistake("SS003", (), "a name stands twice")
    elif "undefined alias" in problem or "anchor" in problem or "alias" in problem:
        source.mistake("SS004", (), "aliases and anchors are refused", hint=hint)
    else:
        source.mistake("SS002", (), problem, hint=hint)
    source.places.clear()


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.seen: set[int] = set()

    def value(self, node: Node, path: Path) -> Any:
        self.source.values[path] = _place(node)
        self.source.places.setdefault(path, _place(node))
        if not self._plain(node, path, at_value=True):
            return None
        match node:
            case MappingNode():
                return self._mapping(node, path)
            case SequenceNode():
                return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
            case ScalarNode():
                return self._scalar(node, path)
        return None

    def _plain(self, node: Node, path: Path, *, at_value: bool) -> bool:
        """False, after a mistake, for a node with an anchor, an alias or a tag."""
        property_ = self.source.text[node.start_mark.index : node.start_mark.index + 1]
        if id(node) in self.seen or node.anchor or property_ == "&":
            hint = 'a selector that begins with "*" needs quotes'
            self.source.mistake("SS004", path, "aliases and anchors are refused", at_value=at_value, hint=hint)
            return False
        self.seen.add(id(node))
        if property_ == "!":
            self.source.mistake("SS004", path, "tags are refused", at_value=at_value)
            return False
        return True

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                nameless = (*path, -1)
                self.source.places[nameless] = _place(key)
                self.source.mistake("SS002", nameless, "a name must be text")
                continue
            name = str(key.value)
            here = (*path, name)
            if name == "<<":
                self.source.places[here] = _place(key)
                self.source.mistake("SS004", here, "merge keys are refused")
                continue
            if name in out:
                first = self.source.places[here][0]
                self.source.places[here] = _place(key)
                self.source.mistake("SS003", here, f'"{name}" stands twice', hint=f"first in line {first}")
                continue
            self.source.places[here] = _place(key)
            if not self._plain(key, here, at_value=False):
                continue
            if _SURROGATE.search(name):
                self.source.mistake("SS002", here, "half a surrogate pair is no text")
                continue
            out[name] = self.value(value, here)
        return out

    def _scalar(self, node: ScalarNode, path: Path) -> Any:
        text = str(node.value)
        if _SURROGATE.search(text):
            self.source.mistake("SS002", path, "half a surrogate pair is no text", at_value=True)
            return None
        if node.style in ('"', "'", "|", ">"):
            return text
        if text in _WORDS:
            return _WORDS[text]
        number = _number(text)
        if number is None:
            return text
        if isinf(number):
            self.source.mistake("SS007", path, "a number out of range", at_value=True)
            return None
        return number


def _number(text: str) -> int | float | None:
    """The number that plain text spells, None when it spells none."""
    if _INTEGER.fullmatch(text):
        if len(text) > _LONGEST_INTEGER:
            return float("inf")
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    return float(text) if _FLOAT.fullmatch(text) else None


def _place(node: Node) -> tuple[int, int, int]:
    start, end = node.start_mark, node.end_mark
    width = end.column - start.column if end.line == start.line else 1
    return start.line + 1, start.column + 1, max(1, width)
