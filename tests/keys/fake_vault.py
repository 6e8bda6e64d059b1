"""A small fake of the HTTP interface of Vault's key-value engine, version 2, as its documentation describes it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

TOKEN = "a-token-of-the-test"


class FakeVault:
    """`versions[path]` is a list of data, None once destroyed; `requests` is what was asked, in order."""

    def __init__(self) -> None:
        self.versions: dict[str, list[dict[str, Any] | None]] = {}
        self.requests: list[tuple[str, str]] = []
        self.sealed = False
        self.lock = threading.Lock()
        self.url = ""

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        _, mount, verb, *rest = path.strip("/").split("/")
        name = "/".join(rest)
        self.requests.append((method, f"{verb}/{name}"))
        if self.sealed:
            return 503, {"errors": ["Vault is sealed"]}
        if mount != "kv":
            return 404, {"errors": []}
        with self.lock:
            match verb:
                case "data" if method == "GET":
                    return self._read(name)
                case "data":
                    return self._write(name, body)
                case "metadata" if method == "LIST":
                    return self._list(name)
                case "destroy":
                    for number in body["versions"]:
                        self.versions[name][number - 1] = None
                    return 204, {}
        return 405, {"errors": ["unsupported"]}

    def _read(self, name: str) -> tuple[int, dict[str, Any]]:
        versions = self.versions.get(name)
        if not versions:
            return 404, {"errors": []}
        meta = {"version": len(versions), "deletion_time": "", "destroyed": versions[-1] is None}
        return (404 if versions[-1] is None else 200), {
            "data": {"data": versions[-1], "metadata": {**meta, "deletion_time": "x" if versions[-1] is None else ""}}
        }

    def _write(self, name: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        versions = self.versions.setdefault(name, [])
        if body["options"].get("cas") != len(versions):
            return 400, {"errors": ["check-and-set parameter did not match the current version"]}
        versions.append(body["data"])
        return 200, {"data": {"version": len(versions)}}

    def _list(self, name: str) -> tuple[int, dict[str, Any]]:
        below = {path[len(name) + 1 :] for path in self.versions if path.startswith(f"{name}/")}
        keys = sorted({path.split("/")[0] + ("/" if "/" in path else "") for path in below})
        return (200, {"data": {"keys": keys}}) if keys else (404, {"errors": []})


@contextmanager
def fake_vault() -> Iterator[FakeVault]:
    vault = FakeVault()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_words: object) -> None:
            pass

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            size = int(self.headers.get("content-length") or 0)
            body = json.loads(self.rfile.read(size) or b"{}")
            if self.headers.get("x-vault-token") != TOKEN:
                code, answer = 403, {"errors": ["permission denied"]}
            else:
                code, answer = vault.answer(self.command, unquote(self.path.partition("?")[0]), body)
            content = b"" if code == 204 else json.dumps(answer).encode()
            self.send_response(code)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    vault.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield vault
    finally:
        server.shutdown()
        server.server_close()
