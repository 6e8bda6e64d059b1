"""Bytes for sketches: fixed-width hashes, variable-length counts, and a first byte that names the version.

A packed sketch is personal data like the stream it was made of: it stays in the raw trust zone.
"""

from __future__ import annotations


class BadSketch(ValueError):
    """Bytes that are no sketch of this kind and version. Never quotes them."""


class Writer:
    """Appends; `bytes(writer.data)` is the result."""

    __slots__ = ("data",)

    def __init__(self, kind: int, version: int) -> None:
        self.data = bytearray((kind, version))

    def count(self, value: int) -> None:
        """A non-negative integer, seven bits a byte, the lowest first (LEB128)."""
        data = self.data
        while value > 0x7F:
            data.append(value & 0x7F | 0x80)
            value >>= 7
        data.append(value)

    def fixed(self, value: int, size: int) -> None:
        self.data += value.to_bytes(size, "little")

    def blob(self, value: bytes | bytearray) -> None:
        self.count(len(value))
        self.data += value


class Reader:
    """Reads what `Writer` wrote, and refuses everything else with `BadSketch`."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes, kind: int, version: int) -> None:
        if data[:1] != bytes((kind,)):
            raise BadSketch("not a sketch of this kind")
        if data[1:2] != bytes((version,)):
            raise BadSketch("a version that this release does not read")
        self._data = data
        self._at = 2

    def count(self) -> int:
        value = shift = 0
        while True:
            byte = self.fixed(1)
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 63:
                raise BadSketch("a count that does not end")

    def fixed(self, size: int) -> int:
        return int.from_bytes(self._take(size), "little")

    def blob(self) -> bytes:
        return self._take(self.count())

    def end(self) -> None:
        if self._at != len(self._data):
            raise BadSketch("more bytes than the sketch has")

    def _take(self, size: int) -> bytes:
        taken = self._data[self._at : self._at + size]
        if len(taken) != size:
            raise BadSketch("fewer bytes than the sketch has")
        self._at += size
        return taken
