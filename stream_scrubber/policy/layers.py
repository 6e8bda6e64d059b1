"""`extends:` one policy out of several files, and where each of its values comes from.

Layers come in the order of the list, each after those that it extends itself; the file that was asked for comes last.
Later layers win: `fields` and `record.headers` by selector or name, alternatives taken apart; `topics`, `pseudonyms`,
`record`, `leakage` and `dead_letter` word by word; everything else as a whole. Tests are those of the last file only,
because an inherited test says nothing once a layer has changed what it expects.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from stream_scrubber.policy.mistakes import did_you_mean
from stream_scrubber.policy.presets import names, text
from stream_scrubber.policy.source import Path, Source, read
from stream_scrubber.selectors import SelectorSyntaxError, parse

PRESET = "preset:"
MAX_LAYERS = 16

BY_NAME: tuple[Path, ...] = (("fields",), ("record", "headers"))
"""Mappings whose names may be alternatives, `a|b`, and are merged one by one."""
BY_WORD = ("topics", "pseudonyms", "record", "leakage", "dead_letter")
OWN = ("extends", "tests")
"""What only the last file says."""
LOOSENING = ("loosen", "reason")
LOOSENED_SECTIONS: tuple[Path, ...] = (("record",), ("pseudonyms",))
"""Mappings that may say `loosen: true` for their plain words."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One file, as it was read. `loosened` holds the reason given at a path of its own."""

    source: Source
    data: dict[str, Any]
    digest: bytes
    loosened: dict[Path, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.source.file


class Layers(Source):
    """The merged data and, by path, the layer that each value comes from. Mistakes go to the line that is to blame."""

    def __init__(self, layers: list[Layer]) -> None:
        last = layers[-1].source
        super().__init__(last.file, last.text, dict(last.places), dict(last.values), last.mistakes)
        self.layers = layers
        self.origins: dict[Path, tuple[int, Path]] = {}
        """By merged path: the number of the layer, and the path in it. What is not here is the last layer's."""
        self.data: dict[str, Any] = {}
        if len(layers) == 1:
            self.data = layers[0].data
        else:
            self._clear(self.places, self.values)
            for number in range(len(layers)):
                self._lay(number)

    @property
    def sha256(self) -> str:
        """One file: of its bytes. Several: of the digests of all, in their order."""
        digests = [layer.digest for layer in self.layers]
        return (digests[0] if len(digests) == 1 else hashlib.sha256(b"".join(digests)).digest()).hex()

    def origin(self, path: Path) -> tuple[int, Path]:
        """The layer's number and the path in it."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.origins:
                number, there = self.origins[path[:end]]
                return number, (*there, *path[end:])
        return len(self.layers) - 1, path

    def owner(self, path: Path) -> Source:
        return self.layers[self.origin(path)[0]].source

    def where(self, path: Path) -> str:
        """`file:line` of a value."""
        while path and path not in self.places:
            path = path[:-1]
        return f"{self.owner(path).file}:{self.places.get(path, (1, 1, 1))[0]}"

    def reason(self, path: Path) -> str | None:
        """Why the layer that a value comes from may loosen what stood there before."""
        number, there = self.origin(path)
        loosened = self.layers[number].loosened
        return loosened.get(there) or (loosened.get(there[:-1]) if there[:-1] in LOOSENED_SECTIONS else None)

    def _clear(self, *tables: dict[Path, tuple[int, int, int]]) -> None:
        for table in tables:
            root = table.get((), (1, 1, 1))
            table.clear()
            table[()] = root

    def _lay(self, number: int) -> None:
        last = number == len(self.layers) - 1
        for word, value in self.layers[number].data.items():
            if word in OWN and not last:
                continue
            self._put(self.data, number, (), word, value, (word,))

    def _put(self, target: dict[str, Any], number: int, above: Path, word: str, value: Any, there: Path) -> None:
        here = (*above, word)
        before = target.get(word)
        if (here in BY_NAME or (not above and word in BY_WORD)) and isinstance(value, dict):
            if not isinstance(before, dict):
                before = target[word] = {}
                self._own(here, number, there, deep=False)
            for name, inner in value.items():
                for spelled in _alternatives(here, name):
                    if here in BY_NAME:
                        before.pop(spelled, None)  # the order is that of the layer that decides
                    self._put(before, number, here, spelled, inner, (*there, name))
            return
        target[word] = value
        self._own(here, number, there, deep=True)

    def _own(self, here: Path, number: int, there: Path, *, deep: bool) -> None:
        self.origins = {path: origin for path, origin in self.origins.items() if path[: len(here)] != here}
        self.origins[here] = number, there
        source = self.layers[number].source
        for mine, theirs in ((self.places, source.places), (self.values, source.values)):
            for path in [path for path in mine if path[: len(here)] == here]:
                del mine[path]
            if there in theirs:
                mine[here] = theirs[there]
            if deep:
                size = len(there)
                mine.update({(*here, *path[size:]): at for path, at in theirs.items() if path[:size] == there})


def gather(raw: bytes, file: str) -> Layers | Source:
    """All layers of a policy; the source with its mistakes when one cannot be read."""
    data, source = read(raw, file)
    walk = _Walk(source)
    walk.add(raw, data, source, FilePath(file).parent, ())
    for layer in walk.layers:
        if layer.source is not source:
            source.mistakes.extend(layer.source.mistakes)
    if source.mistakes or not walk.layers:
        return source
    return Layers(walk.layers)


class _Walk:
    def __init__(self, root: Source) -> None:
        self.root = root
        self.layers: list[Layer] = []
        self.seen: set[str] = set()

    def add(self, raw: bytes, data: Any, source: Source, folder: FilePath, above: tuple[str, ...]) -> None:
        """The layers below a file, then the file itself."""
        if not isinstance(data, dict):
            if not source.mistakes:
                source.mistake("SS007", (), "a policy is a mapping of names to values", at_value=True)
            self._keep(Layer(source, {}, b""))
            return
        for path, reference in _references(data, source):
            self._below(path, reference, source, folder, above)
        loosened = dict(_loosenings(data, source))
        self._keep(Layer(source, data, hashlib.sha256(raw).digest(), loosened))

    def _keep(self, layer: Layer) -> None:
        self.layers.append(layer)

    def _below(self, path: Path, reference: str, source: Source, folder: FilePath, above: tuple[str, ...]) -> None:
        found = _fetch(reference, folder)
        if isinstance(found, str):
            known = did_you_mean(reference.removeprefix(PRESET), names()) if reference.startswith(PRESET) else ""
            source.mistake("SS034", path, found, at_value=True, hint=known)
            return
        raw, label, below = found
        identity = label if label.startswith(PRESET) else str(FilePath(label).resolve())
        if identity in above:
            source.mistake("SS034", path, f'"{reference}" extends itself', at_value=True)
        elif len(self.seen) >= MAX_LAYERS:
            source.mistake("SS034", path, f"more than {MAX_LAYERS} layers", at_value=True)
        elif identity not in self.seen:
            self.seen.add(identity)
            data, inner = read(raw, label)
            self.add(raw, data, inner, below, (*above, identity))


def _references(data: dict[str, Any], source: Source) -> Iterator[tuple[Path, str]]:
    given = data.get("extends", [])
    for index, reference in enumerate(given if isinstance(given, list) else [given]):
        path: Path = ("extends", index) if isinstance(given, list) else ("extends",)
        if isinstance(reference, str) and reference and "${" not in reference:
            yield path, reference
        else:
            source.mistake("SS007", path, "a layer is preset:NAME or the path of a file", at_value=True)


def _fetch(reference: str, folder: FilePath) -> tuple[bytes, str, FilePath] | str:
    """Text, label and folder of a layer, or what is wrong."""
    if reference.startswith(PRESET):
        raw = text(reference.removeprefix(PRESET))
        return f'there is no preset "{reference.removeprefix(PRESET)}"' if raw is None else (raw, reference, folder)
    path = folder / reference
    try:
        return path.read_bytes(), str(path), path.parent
    except OSError as error:
        return f'"{reference}": {error.strerror or "cannot be read"}'


def _alternatives(section: Path, name: str) -> list[str]:
    if section == ("record", "headers"):
        return name.split("|")
    if section != ("fields",):
        return [name]
    try:
        return [selector.text for selector in parse(name)]
    except SelectorSyntaxError:
        return [name]  # told when the rules are read


def _loosenings(data: dict[str, Any], source: Source) -> Iterator[tuple[Path, str]]:
    """Takes `loosen: true` with its `reason` out of rules and sections, and gives where they stood."""
    for path in _places(data):
        given = _at(data, path)
        if not isinstance(given, dict) or not any(word in given for word in LOOSENING):
            continue
        loosen, reason = given.pop("loosen", None), given.pop("reason", None)
        if loosen is True and isinstance(reason, str) and reason.strip():
            yield path, reason
        else:
            source.mistake("SS036", path, "`loosen: true` and a `reason:` in words stand together")


def _places(data: dict[str, Any]) -> Iterator[Path]:
    yield from LOOSENED_SECTIONS
    yield from (("record", "key"), ("record", "timestamp"))
    for section in BY_NAME:
        inside = _at(data, section)
        if isinstance(inside, dict):
            yield from ((*section, name) for name in inside)


def _at(data: Any, path: Path) -> Any:
    for step in path:
        if not isinstance(data, Mapping):
            return None
        data = data.get(str(step))
    return data
