"""The README's blocks that need a Kafka, followed on a real one."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from pathlib import Path

from confluent_kafka import Producer

from stream_scrubber.verify.read import read_released
from tests.blocks import Reader, blocks
from tests.integration.conftest import GivenKafka
from tests.integration.kafka_lab import Broker, create_topics

ROOT = Path(__file__).parents[2]
RAW = "raw.web.clickstream"


def test_the_kafka_blocks_of_the_readme_observe_then_scrub(kafka: Broker | GivenKafka, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    address = kafka.bootstrap
    names = [f"{kind}.{rest}" for kind in ("raw", "clean", "dlq") for rest in ("web.clickstream", "orders.de")]
    create_topics(address, dict.fromkeys(names, 2))
    producer = Producer({"bootstrap.servers": address})
    sent = time.time_ns() // 1_000_000
    for value in (b'{"event": "View", "userId": "u-42"}', b"not json"):
        producer.produce(RAW, value, key=b"u-42", timestamp=sent)
    assert producer.flush(30) == 0

    reader = Reader(tmp_path, {"SCRUBBER_KEYSTORE": f"file:{tmp_path / 'keys'}", "XDG_RUNTIME_DIR": str(tmp_path)})
    observe, run = (block for block in blocks((ROOT / "README.md").read_text()) if block.tag == "kafka")
    reader.follow_text("stream-scrubber keys init")
    reader.run(replace(observe, text=observe.text.replace("localhost:9092", address)))
    assert "observed 2 records" in reader.printed
    assert "bad_json" in reader.printed
    assert not read_released(address, ["clean.web.clickstream"]).committed, "shadow mode produces nothing"

    reader.run(replace(run, text=run.text.replace("stream-scrubber run", "timeout -s TERM --preserve-status 15 stream-scrubber run")))
    released = read_released(address, ["clean.web.clickstream", "dlq.web.clickstream"]).committed
    assert sorted(record.topic for record in released) == ["clean.web.clickstream", "dlq.web.clickstream"]
    assert not any(b"u-42" in (record.value or b"") + (record.key or b"") for record in released)
