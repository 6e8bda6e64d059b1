"""Layers for the streams that people have. `NAME.yaml` is the standard level, `NAME@strict.yaml` the strict one."""

from __future__ import annotations

from importlib.resources import files

STRICT = "@strict"


def names() -> tuple[str, ...]:
    """What may stand behind `preset:`."""
    found = (entry.name for entry in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in found if name.endswith(".yaml")))


def text(name: str) -> bytes | None:
    """The layer's text, None when there is no such preset."""
    return (files(__name__) / f"{name}.yaml").read_bytes() if name in names() else None
