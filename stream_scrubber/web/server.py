"""`/metrics`, `/healthz` and `/readyz` on a thread of their own.

Health answers are words and numbers that the worker gives; nothing of a record ever gets here. Requests are not
logged: paths and addresses are somebody's data too.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from stream_scrubber.errors import ConfigError

Answer: TypeAlias = Callable[[], tuple[bool, Mapping[str, Any]]]
"""Gives (well?, details)."""


class Server:
    """Serves from construction until `close`. Port 0 takes a free one; `port` says which."""

    def __init__(self, address: str, port: int, registry: CollectorRegistry, healthy: Answer, ready: Answer) -> None:
        routes = {
            "/metrics": lambda accept: _metrics(registry, accept),
            "/healthz": lambda _accept: _answer(healthy),
            "/readyz": lambda _accept: _answer(ready),
        }
        try:
            self._server = ThreadingHTTPServer((address, port), _handler(routes))
        except OSError as error:
            raise ConfigError(f"cannot listen on {address}:{port}: {error.strerror}") from None
        self._server.daemon_threads = True
        self.address = address
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, name="web", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://{self.address}:{self.port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


_Route: TypeAlias = Callable[[str], tuple[int, str, bytes]]


def _metrics(registry: CollectorRegistry, accept: str) -> tuple[int, str, bytes]:
    encode, content_type = choose_encoder(accept)
    return 200, content_type, encode(registry)


def _answer(answer: Answer) -> tuple[int, str, bytes]:
    well, details = answer()
    return (200 if well else 503), "application/json", json.dumps({"ok": well, **details}).encode() + b"\n"


def _handler(routes: Mapping[str, _Route]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        server_version = "stream-scrubber"
        sys_version = ""

        def do_GET(self) -> None:
            route = routes.get(self.path.partition("?")[0])
            if route is None:
                self.send_error(404)
                return
            status, content_type, body = route(self.headers.get("Accept", ""))
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
            """Nothing: see the module's first lines."""

    return Handler
