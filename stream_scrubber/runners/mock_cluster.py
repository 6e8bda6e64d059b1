"""An in-memory Kafka inside this process: librdkafka's mock cluster, out of the confluent-kafka wheel.

For the demo, runner tests and the table of broker errors. Never a proof of delivery: it shows aborted records
to ``read_committed``, discards offsets sent in transactions and fences nobody, so ask `is_mock` before
promising exactly-once. It keeps 5 MiB per partition and forgets the oldest silently: take 12 or more
partitions and throttle.

Rules:

- The symbols come through ctypes from the extension module that confluent-kafka itself runs on, so both use
  one librdkafka, whatever its file is called on this platform. No layout of a Python object is touched.
- librdkafka calls this interface experimental: a missing symbol is a `ConfigError`, never a crash.
- Brokers are numbered from 1, listen on loopback ports of the system's choice, and end with the `with` block.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self, TypeAlias

from confluent_kafka import cimpl

from stream_scrubber.errors import ConfigError

_PRODUCER = 0  # rd_kafka_type_t: any handle can own a cluster, a producer starts no group machinery
_LOG_EMERGENCIES_ONLY = b"0"
_ERROR_SIZE = 512

_P, _S, _I, _I16, _I32 = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_int16, ctypes.c_int32

# name without "rd_kafka_" → (result, parameters): without it ctypes would cut 64-bit pointers to 32 bits
_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "conf_new": (_P, ()),
    "conf_set": (_I, (_P, _S, _S, _S, ctypes.c_size_t)),
    "new": (_P, (_I, _P, _S, ctypes.c_size_t)),
    "destroy": (None, (_P,)),
    "mock_cluster_new": (_P, (_P, _I)),
    "mock_cluster_destroy": (None, (_P,)),
    "mock_cluster_bootstraps": (_S, (_P,)),
    "mock_topic_create": (_I, (_P, _S, _I, _I)),
    "mock_group_initial_rebalance_delay_ms": (None, (_P, _I32)),
    "mock_push_request_errors_array": (None, (_P, _I16, ctypes.c_size_t, ctypes.POINTER(_I))),
    "mock_clear_request_errors": (None, (_P, _I16)),
    "mock_broker_set_down": (_I, (_P, _I32)),
    "mock_broker_set_up": (_I, (_P, _I32)),
    "mock_broker_set_rtt": (_I, (_P, _I32, _I)),
}

_Library: TypeAlias = Mapping[str, Callable[..., Any]]


def is_mock(cluster_id: str) -> bool:
    """Whether a cluster with this id (``list_topics().cluster_id``) is a mock, which proves no delivery."""
    return cluster_id.startswith("mockCluster")


def _load() -> _Library:
    """The functions above, looked up in the extension module and, by the loader, in what it is linked to."""
    try:
        library = ctypes.CDLL(cimpl.__file__)
        bound = {name: getattr(library, f"rd_kafka_{name}") for name in _SIGNATURES}
    except (OSError, AttributeError):
        raise ConfigError(
            "this build of confluent-kafka has no mock cluster: install its wheel, or name a real broker"
        ) from None
    for name, (result, parameters) in _SIGNATURES.items():
        bound[name].restype, bound[name].argtypes = result, list(parameters)
    return bound


class MockCluster:
    """``with MockCluster({"raw.x": 12}) as cluster: Producer({"bootstrap.servers": cluster.bootstrap})``."""

    def __init__(self, topics: Mapping[str, int], *, brokers: int = 1) -> None:
        """`topics` maps each name to its number of partitions; every broker holds a replica."""
        empty = sorted(name for name, partitions in topics.items() if partitions < 1)
        if empty:
            raise ConfigError(f"a topic needs at least one partition: {', '.join(empty)}")
        if brokers < 1:
            raise ConfigError("a cluster needs at least one broker")
        self._topics = dict(topics)
        self._brokers = brokers
        self._library: _Library = {}
        self._handle: int | None = None
        self._cluster: int | None = None

    def __enter__(self) -> Self:
        self._library = _load()
        self._handle = self._new_handle()
        self._cluster = self._library["mock_cluster_new"](self._handle, self._brokers)
        try:
            if not self._cluster:
                raise ConfigError(f"the mock cluster did not start with {self._brokers} brokers")
            # a first join would wait 3 s for members that never come
            self._call("group_initial_rebalance_delay_ms", 0)
            for name, partitions in self._topics.items():
                self._check("topic_create", f"topic {name}", name.encode(), partitions, self._brokers)
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    @property
    def bootstrap(self) -> str:
        """`host:port` of every broker, for `bootstrap.servers`; other processes may connect too."""
        addresses: bytes = self._call("cluster_bootstraps")
        return addresses.decode()

    def push_errors(self, api_key: int, *error_codes: int) -> None:
        """The next requests of this kind (0 Produce, 26 EndTxn, …) fail with these codes, one each."""
        codes = (_I * len(error_codes))(*error_codes)
        self._call("push_request_errors_array", api_key, len(error_codes), codes)

    def clear_errors(self, api_key: int) -> None:
        """Takes back what was pushed and not yet used."""
        self._call("clear_request_errors", api_key)

    def broker_down(self, broker: int = 1) -> None:
        """Cuts every connection of this broker and refuses new ones."""
        self._check("broker_set_down", f"broker {broker}", broker)

    def broker_up(self, broker: int = 1) -> None:
        """Lets it listen again, with all it held."""
        self._check("broker_set_up", f"broker {broker}", broker)

    def set_rtt(self, milliseconds: int, broker: int = 1) -> None:
        """Delays every answer of this broker."""
        self._check("broker_set_rtt", f"broker {broker}", broker, milliseconds)

    def _new_handle(self) -> int:
        reason = ctypes.create_string_buffer(_ERROR_SIZE)
        conf = self._library["conf_new"]()
        # a broker that a test takes down on purpose is no news for stderr
        self._library["conf_set"](conf, b"log_level", _LOG_EMERGENCIES_ONLY, reason, _ERROR_SIZE)
        handle: int | None = self._library["new"](_PRODUCER, conf, reason, _ERROR_SIZE)
        if not handle:
            raise ConfigError(f"librdkafka did not start: {reason.value.decode()}")
        return handle

    def _call(self, function: str, *arguments: object) -> Any:
        if self._cluster is None:
            raise ConfigError("the mock cluster is not running: use it inside its with block")
        return self._library[f"mock_{function}"](self._cluster, *arguments)

    def _check(self, function: str, what: str, *arguments: object) -> None:
        code = self._call(function, *arguments)
        if code:
            raise ConfigError(f"the mock cluster refuses {what} (code {code})")

    def _close(self) -> None:
        cluster, self._cluster = self._cluster, None
        handle, self._handle = self._handle, None
        if cluster:
            self._library["mock_cluster_destroy"](cluster)
        if handle:
            self._library["destroy"](handle)
