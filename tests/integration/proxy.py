"""A TCP proxy before a broker, for the faults of a network: latency, silence, resets, no way through.

Rules:

- The broker advertises the proxy's port (`Node.new(advertised=…)`), or clients would soon go around it.
- Latency delays every byte by the same time and keeps the throughput: bytes wait in a queue.
- A stalled connection stays open and takes what fits its buffers: half-open, which only timeouts end.
- It listens on loopback, in one thread with a loop of its own, which ends with the `with` block.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Coroutine
from typing import Any, Self

CHUNK = 1 << 16
QUEUED_CHUNKS = 256
PATIENCE_SECONDS = 10
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER of no time: close sends RST, not FIN


class Proxy:
    """``with Proxy(listen=node.advertised, target=node.port) as proxy: proxy.latency = 0.3``."""

    def __init__(self, listen: int, target: int) -> None:
        self.latency = 0.0
        """seconds by which each direction is delayed"""
        self.port = listen
        self._target = target
        self._writers: set[asyncio.StreamWriter] = set()
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._flowing = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.restore()
        self.resume()
        return self

    def __exit__(self, *reason: object) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_SECONDS)
        self._loop.close()

    @property
    def connections(self) -> int:
        """How many clients are connected through it now."""
        return len(self._connections)

    def stall(self) -> None:
        """Nothing flows any more; connections stay open, and new ones are taken."""
        self._loop.call_soon_threadsafe(self._flowing.clear)

    def resume(self) -> None:
        """What was stalled flows on, nothing is missing."""
        self._loop.call_soon_threadsafe(self._flowing.set)

    def reset(self) -> None:
        """Ends every connection with a TCP reset; clients may come back at once."""
        self._do(self._reset())

    def cut(self) -> None:
        """Resets every connection and refuses new ones until `restore`."""
        self._do(self._cut())

    def restore(self) -> None:
        """Takes connections (again)."""
        self._do(self._listen())

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_SECONDS)

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)

    async def _cut(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()
        await self._reset()

    async def _reset(self) -> None:
        for writer in list(self._writers):
            with contextlib.suppress(OSError):
                writer.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE
                )
            writer.transport.abort()
        for connection in list(self._connections):
            connection.cancel()

    async def _end(self) -> None:
        await self._cut()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        self._writers.add(writer)
        try:
            with contextlib.suppress(
                OSError, asyncio.CancelledError
            ):  # ends of a connection, not of the proxy
                await self._connect(reader, writer)
        finally:
            self._connections.discard(task)
            self._close(writer)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers.add(far_writer)
        pumps = [
            asyncio.ensure_future(self._pump(reader, far_writer)),
            asyncio.ensure_future(self._pump(far_reader, writer)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self._close(far_writer)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One direction: read at once, written when due."""
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(QUEUED_CHUNKS)
        reading = asyncio.ensure_future(self._read(reader, queue))
        try:
            while True:
                due, data = await queue.get()
                await asyncio.sleep(due - self._loop.time())
                await self._flowing.wait()
                if not data:
                    return
                writer.write(data)
                await writer.drain()
        finally:
            reading.cancel()

    async def _read(self, reader: asyncio.StreamReader, queue: asyncio.Queue[tuple[float, bytes]]) -> None:
        data = b"more"
        while data:
            try:
                data = await reader.read(CHUNK)
            except OSError:
                data = b""  # as good as an end
            await queue.put((self._loop.time() + self.latency, data))

    def _close(self, writer: asyncio.StreamWriter) -> None:
        self._writers.discard(writer)
        writer.close()
