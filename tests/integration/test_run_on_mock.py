"""`run` on librdkafka's mock cluster: at least once works, exactly once is refused. Needs no Java."""

from __future__ import annotations

import json
from pathlib import Path

from confluent_kafka import Consumer, Producer, TopicPartition

from benchmarks.workload import events
from stream_scrubber.runners.mock_cluster import MockCluster
from tests.integration.rig import Rig, until


def read_all(address: str, topic: str, count: int) -> list[bytes]:
    consumer = Consumer({"bootstrap.servers": address, "group.id": "reader", "auto.offset.reset": "earliest"})
    consumer.assign([TopicPartition(topic, number, 0) for number in range(count)])
    values = [message.value() or b"" for message in consumer.consume(10_000, 3)]
    consumer.close()
    return values


def test_at_least_once_works_and_exactly_once_is_refused_on_the_mock(tmp_path: Path) -> None:
    rig = Rig("", tmp_path, topics=False)
    with MockCluster({rig.raw: 4, rig.clean: 12, rig.dead: 1}) as cluster, rig:
        rig.bootstrap = cluster.bootstrap
        rig.write()
        refused = rig.call("run", str(rig.service))
        assert refused.returncode == 2
        assert "no transactions: use delivery: at_least_once" in refused.stderr

        rig.write(delivery="at_least_once")
        producer = Producer({"bootstrap.servers": cluster.bootstrap})
        for number, raw in enumerate(events.records(1_000)):
            value = raw.value[:-5] if number % 100 == 0 else raw.value
            producer.produce(rig.raw, value, raw.key, number % 4)
        assert producer.flush(20) == 0
        worker = rig.start()
        until(lambda: worker.events("assigned"), "it works")
        rig.wait_for_lag_zero(30)
        assert worker.terminate() == 0
        ids = [json.loads(value)["messageId"] for value in read_all(cluster.bootstrap, rig.clean, 12)]
        assert len(ids) == len(set(ids)) == 990
        assert len(read_all(cluster.bootstrap, rig.dead, 1)) == 10
