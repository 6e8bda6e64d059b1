"""The faults that the proxy makes, seen from a plain TCP client, and once from a Kafka client."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Producer

from tests.integration.kafka_lab import Broker, Node, create_topics, free_ports
from tests.integration.proxy import Proxy
from tests.integration.test_kafka_lab import read_all


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that says what it hears."""
    server = socket.create_server(("127.0.0.1", 0))

    def answer(connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(1 << 16):
                    connection.sendall(data)
            except OSError:
                return

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield server.getsockname()[1]
    server.close()


@pytest.fixture
def proxy(echo: int) -> Iterator[Proxy]:
    with Proxy(listen=free_ports(1)[0], target=echo) as running:
        yield running


@pytest.fixture
def client(proxy: Proxy) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", proxy.port), 5) as connected:
        yield connected


def _echoed(client: socket.socket, text: bytes) -> bytes:
    client.sendall(text)
    heard = b""
    while len(heard) < len(text):
        heard += client.recv(1 << 16)
    return heard


def test_bytes_pass_unchanged(client: socket.socket) -> None:
    text = bytes(range(256)) * 4000
    assert _echoed(client, text) == text


def test_latency_counts_once_a_direction_however_much_is_sent(proxy: Proxy, client: socket.socket) -> None:
    proxy.latency = 0.2
    started = time.monotonic()
    _echoed(client, bytes(1 << 20))
    assert 0.4 <= time.monotonic() - started < 2


def test_what_was_stalled_arrives_later_and_whole(proxy: Proxy, client: socket.socket) -> None:
    _echoed(client, b"before")
    proxy.stall()
    client.sendall(b"hello")
    client.settimeout(0.3)
    with pytest.raises(TimeoutError):
        client.recv(5)
    proxy.resume()
    client.settimeout(5)
    assert client.recv(5) == b"hello"


def test_a_reset_ends_connections_but_not_the_way(proxy: Proxy, client: socket.socket) -> None:
    _echoed(client, b"before")
    assert proxy.connections == 1
    proxy.reset()
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    with socket.create_connection(("127.0.0.1", proxy.port), 5) as again:
        assert _echoed(again, b"after") == b"after"


def test_what_is_cut_refuses_until_it_is_restored(proxy: Proxy, client: socket.socket) -> None:
    _echoed(client, b"before")
    proxy.cut()
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", proxy.port), 5)
    proxy.restore()
    with socket.create_connection(("127.0.0.1", proxy.port), 5) as again:
        assert _echoed(again, b"after") == b"after"


@pytest.mark.slow
def test_a_kafka_client_goes_through_it_only_and_survives_a_cut(kafka_jars: Path, tmp_path: Path) -> None:
    node = Node.new(advertised=free_ports(1)[0])
    with (
        Broker(kafka_jars, tmp_path, node=node) as broker,
        Proxy(listen=node.advertised, target=node.port) as proxy,
    ):
        create_topics(broker.bootstrap, {"t": 1})
        producer = Producer(
            {"bootstrap.servers": broker.bootstrap, "enable.idempotence": True, "log_level": 0}
        )
        producer.produce("t", b"before", partition=0)
        assert producer.flush(20) == 0
        proxy.cut()
        producer.produce("t", b"during", partition=0)
        assert producer.flush(1) == 1
        proxy.restore()
        assert producer.flush(20) == 0
        proxy.reset()
        producer.produce("t", b"after", partition=0)
        assert producer.flush(20) == 0
        assert read_all(broker.bootstrap, "t") == [b"before", b"during", b"after"]
