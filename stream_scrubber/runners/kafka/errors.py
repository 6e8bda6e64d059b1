"""The error policy: what to do about an error of the Kafka client, as one table. The loop only obeys.

The order of the questions is correctness: a fatal error that is asked "do you need an abort?" first leads to an
abort that raises again; a commit of unknown outcome that is aborted can tear a transaction (librdkafka has no
KIP-890 client), so whatever is neither fatal nor abortable nor retriable ends the incarnation.
"""

from __future__ import annotations

from enum import Enum, auto

from confluent_kafka import KafkaError


class Action(Enum):
    """What the loop does next."""

    RETRY = auto()
    """Call the same function again, a bounded number of times; then NEW_INCARNATION."""
    ABORT = auto()
    """Abort the transaction, go back to the last committed offsets, read again."""
    NEW_INCARNATION = auto()
    """Close both clients and start anew: `init_transactions` settles what the dead transaction left."""
    STOP = auto()
    """End with a message: a person has to act."""


STOPPING = frozenset(
    {
        KafkaError._AUTHENTICATION,  # noqa: SLF001  librdkafka's local codes begin with an underscore
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
        KafkaError.UNSUPPORTED_VERSION,
        KafkaError._UNSUPPORTED_FEATURE,  # noqa: SLF001
    }
)
"""Errors that trying again cannot heal."""

FENCED = frozenset(
    {
        KafkaError._FENCED,  # noqa: SLF001
        KafkaError._FATAL,  # noqa: SLF001
        KafkaError.FENCED_INSTANCE_ID,
        KafkaError.INVALID_PRODUCER_EPOCH,
        KafkaError.PRODUCER_FENCED,
    }
)
"""Errors that another instance in the same slot causes; also what is left of this one's dead predecessor."""

RECORD_CAUSED = frozenset(
    {
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.INVALID_MSG,
        KafkaError.INVALID_MSG_SIZE,
        KafkaError.RECORD_LIST_TOO_LARGE,
        KafkaError.INVALID_RECORD,
        KafkaError.INVALID_TIMESTAMP,
    }
)
"""Errors that one record of a batch can cause: only these let a batch be halved until the record is found."""

GROUP_CAUSED = frozenset(
    {
        KafkaError.UNKNOWN_MEMBER_ID,
        KafkaError.ILLEGAL_GENERATION,
        KafkaError.REBALANCE_IN_PROGRESS,
        KafkaError.FENCED_INSTANCE_ID,
        KafkaError._ASSIGNMENT_LOST,  # noqa: SLF001
    }
)
"""Errors of a group that changes: no fault of a batch, however large."""

PURGED = frozenset({KafkaError._PURGE_QUEUE, KafkaError._PURGE_INFLIGHT})  # noqa: SLF001
"""What records that an abort throws away are told of with."""

CONSUMER_STALLS = frozenset(
    {
        KafkaError._TRANSPORT,  # noqa: SLF001
        KafkaError._ALL_BROKERS_DOWN,  # noqa: SLF001
        KafkaError._RESOLVE,  # noqa: SLF001
        KafkaError._TIMED_OUT,  # noqa: SLF001
        KafkaError._PARTITION_EOF,  # noqa: SLF001
        KafkaError.REQUEST_TIMED_OUT,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NOT_LEADER_FOR_PARTITION,
    }
)
"""Reports of a consumer that librdkafka heals by itself. The watchdog ends a worker that they keep from progress."""


def classify(error: KafkaError) -> Action:
    """What to do about an error of the producer, in any phase of a transaction."""
    if error.code() in STOPPING:
        return Action.STOP
    if error.fatal():
        return Action.NEW_INCARNATION
    if error.txn_requires_abort():
        return Action.ABORT
    if error.retriable():
        return Action.RETRY
    return Action.NEW_INCARNATION


def classify_consumer(error: KafkaError) -> Action:
    """What to do about an error that a consumer delivered as a message. Each is delivered once, then silence."""
    if error.code() in STOPPING:
        return Action.STOP
    if error.fatal():
        return Action.NEW_INCARNATION
    if error.code() in CONSUMER_STALLS:
        return Action.RETRY
    return Action.NEW_INCARNATION
