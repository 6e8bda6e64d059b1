"""`stream-scrubber run` as its users meet it: started, scaled, stopped, mistaken, and out of records to read."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions

from benchmarks.workload import events
from stream_scrubber.record import Record
from stream_scrubber.runners.kafka import clients
from stream_scrubber.runners.kafka.housekeeping import passed
from stream_scrubber.runners.kafka.placement import Route
from stream_scrubber.verify.read import read, read_released
from tests.integration.conftest import GivenKafka
from tests.integration.kafka_lab import Broker, create_topics, free_ports
from tests.integration.rig import Process, Rig, until
from tests.integration.workload import HOSTILE, Workload

AnyKafka = Broker | GivenKafka
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
GOOD = [raw.value for raw in events.records(50)]


def now() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture
def rig(kafka: AnyKafka, tmp_path: Path) -> Iterator[Rig]:
    with Rig(kafka.bootstrap, tmp_path, partitions=2) as made:
        yield made


def produce(
    rig: Rig, values: list[bytes | None], *, topic: str = "", partition: int = 0, at: int = 0, key: bytes | None = b"u"
) -> None:
    producer = Producer({"bootstrap.servers": rig.bootstrap, "log_level": 0})
    for value in values:
        producer.produce(topic or rig.raw, value, key, partition, timestamp=at or now())
    assert producer.flush(20) == 0


def released(rig: Rig, *topics: str) -> list[Record]:
    return list(read(rig.bootstrap, topics or (rig.clean,), "read_committed"))


def codes(rig: Rig) -> Counter[str]:
    headers = [dict(record.headers or ()) for record in released(rig, rig.dead)]
    return Counter((header["scrubber.code"] or b"").decode() for header in headers)


def working(*workers: Process) -> None:
    for worker in workers:
        until(lambda: worker.events("assigned"), f"{worker.log.name} works")  # noqa: B023  asked now


def partitions_of(worker: Process) -> int:
    return int(json.loads(worker.get("/readyz")[1])["partitions"])


# scaling and stopping


def test_it_scales_by_being_started_twice_and_each_takes_a_slot_and_a_port(rig: Rig) -> None:
    rig.write(http={"port": free_ports(1)[0]})
    first = rig.start()
    working(first)
    second = rig.start()
    until(lambda: partitions_of(first) == partitions_of(second) == 1, "each has a partition")
    slots = [worker.events("running")[0]["slot"] for worker in (first, second)]
    assert slots == [0, 1]
    assert first.url() != second.url()
    clash = rig.call("run", str(rig.service), "--instance", "1")
    assert clash.returncode == 2
    assert f"slot 1 of group {rig.group} is taken" in clash.stderr

    third = rig.start()
    until(lambda: third.get("/readyz")[0] == 200, "an instance without partitions is ready")
    assert partitions_of(third) == 0
    assert third.get("/healthz")[0] == 200

    began = time.monotonic()
    assert first.terminate() == 0
    assert time.monotonic() - began < 5, "SIGTERM took too long"
    until(lambda: partitions_of(second) + partitions_of(third) == 2, "the others take over", 5)


def test_sigterm_in_the_middle_of_work_loses_and_repeats_nothing(kafka: AnyKafka, tmp_path: Path) -> None:
    with Rig(kafka.bootstrap, tmp_path) as rig:
        rig.write(batch={"records": 100})
        workload = Workload(rig.raw, 2_000, now(), hostile_every=100)
        workload.produce(rig.bootstrap)
        worker = rig.start(mutant="slow")
        working(worker)
        time.sleep(0.4)
        assert worker.terminate(5) == 0
        assert rig.behind() > 0, "it had finished before: the experiment showed nothing"
        rig.start()
        rig.wait_for_lag_zero()
        verdict = rig.judge(workload)
        assert verdict.ok, verdict


def test_a_stop_is_heard_while_no_broker_answers(broker: Broker, tmp_path: Path) -> None:
    with Rig(broker.bootstrap, tmp_path) as rig:
        worker = rig.start()
        working(worker)
        broker.pause()
        time.sleep(1)
        began = time.monotonic()
        worker.signal(signal.SIGTERM)
        worker.wait(40)
        assert time.monotonic() - began < 30


# where it starts


@pytest.mark.parametrize(("start", "wanted"), [("earliest", 15), ("latest", 5), ("TIME", 8)])
def test_a_first_start_is_where_from_says_and_only_once(rig: Rig, start: str, wanted: int) -> None:
    long_ago = now() - HOUR_MS
    produce(rig, list(GOOD[:7]), at=long_ago)
    produce(rig, list(GOOD[7:10]), at=long_ago + 1_000)
    options = ["--from", str(long_ago + 500) if start == "TIME" else start]
    worker = rig.start(*options)
    working(worker)
    produce(rig, list(GOOD[10:15]))
    rig.wait_for_lag_zero()
    assert len(released(rig)) == wanted
    assert worker.terminate() == 0
    produce(rig, list(GOOD[15:17]))  # while nobody works: a restart does not skip to the end
    rig.start(*options)
    rig.wait_for_lag_zero()
    assert len(released(rig)) == wanted + 2


def test_new_partitions_start_at_their_beginning(rig: Rig) -> None:
    common = {"bootstrap.servers": rig.bootstrap, "topic.metadata.refresh.interval.ms": 1000}
    rig.write(kafka={"common": common})
    working(rig.start("--from", "latest"))
    admin = AdminClient({"bootstrap.servers": rig.bootstrap})
    for future in admin.create_partitions([NewPartitions(rig.raw, 3)]).values():
        future.result(20)
    until(lambda: len(admin.list_topics(rig.raw, timeout=5).topics[rig.raw].partitions) == 3, "a third partition")
    produce(rig, list(GOOD[:4]), partition=2)
    until(lambda: len(released(rig)) == 4, "the new partition's first records")


def test_a_gap_stops_its_topic_only_until_a_person_accepts_it(rig: Rig) -> None:
    more = {name: name.replace(rig.name, f"{rig.name}.b") for name in (rig.raw, rig.clean, rig.dead)}
    create_topics(rig.bootstrap, dict.fromkeys(more.values(), 1))
    text = rig.policy.read_text().replace("name: reference", "name: other").partition("\ntests:")[0]
    for old, new in more.items():
        text = text.replace(old, new)
    (rig.folder / "policy-b.yaml").write_text(text)
    rig.write(policies=["policy.yaml", "policy-b.yaml"])
    produce(rig, list(GOOD[:10]))
    worker = rig.start()
    rig.wait_for_lag_zero()
    assert worker.terminate() == 0

    produce(rig, list(GOOD[10:20]))
    admin = AdminClient({"bootstrap.servers": rig.bootstrap})
    [deleted] = admin.delete_records([TopicPartition(rig.raw, 0, 15)]).values()
    deleted.result(20)
    worker = rig.start()
    until(lambda: worker.events("topic_stopped"), "the gap is seen")
    produce(rig, list(GOOD[:3]), topic=more[rig.raw])
    until(lambda: len(released(rig, more[rig.clean])) == 3, "the other topic goes on")
    status, body = worker.get("/readyz")
    assert (status, json.loads(body)["stopped"]) == (503, {rig.raw: "gap"})
    assert worker.get("/healthz")[0] == 200
    assert f'scrubber_topic_stopped{{reason="gap",topic="{rig.raw}"}} 1' in worker.get("/metrics")[1]
    assert len(released(rig)) == 10, "what follows the gap must wait"

    words = ("offsets", "accept-gap", str(rig.service), rig.raw, "--reason", "ticket 42")
    refused = rig.call(*words)
    assert (refused.returncode, "running workers: stop them first" in refused.stderr) == (2, True)
    assert worker.terminate() == 0
    accepted = rig.call(*words)
    assert accepted.returncode == 0, accepted.stderr
    [line] = [json.loads(line) for line in accepted.stdout.splitlines()]
    assert (line["partition"], line["from"], line["to"], line["reason"]) == (0, 10, 15, "ticket 42")
    consumer = Consumer({"bootstrap.servers": rig.bootstrap, "group.id": rig.group})
    [place] = consumer.committed([TopicPartition(rig.raw, 0)], timeout=10)
    assert (place.offset, "ticket 42" in (place.metadata or "")) == (15, True)
    consumer.close()
    rig.start()
    rig.wait_for_lag_zero()
    assert len(released(rig)) == 15
    again = rig.call(*words[:3], more[rig.raw], "--reason", "x")
    assert again.returncode == 2


# shadow mode


def test_observe_produces_and_commits_nothing_and_sums_up(rig: Rig) -> None:
    produce(rig, [*GOOD[:10], GOOD[10][:-5], b"[1]"])
    shown = rig.call("run", str(rig.service), "--observe", "--seconds", "3")
    assert shown.returncode == 0, shown.stderr
    assert "observed 12 records" in shown.stdout
    assert "bad_json" in shown.stdout
    assert "not_object" in shown.stdout
    assert not released(rig, rig.clean, rig.dead)
    assert not rig.keys.read_text().count("+7d"), "observing made a key"
    admin = AdminClient({"bootstrap.servers": rig.bootstrap})
    groups = admin.list_consumer_groups().result(10).valid
    assert not [group for group in groups if rig.group in group.group_id]


# mistakes of people


def mistake(rig: Rig, *options: str) -> str:
    """What the command says: one message, exit 2, no traceback."""
    result = rig.call("run", str(rig.service), *options)
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    assert "internal error" not in result.stderr
    return result.stderr


def test_missing_topics_are_named_with_the_command_that_creates_them(kafka: AnyKafka, tmp_path: Path) -> None:
    with Rig(kafka.bootstrap, tmp_path, topics=False) as rig:
        assert f"there is no topic {rig.raw}" in mistake(rig)
        create_topics(rig.bootstrap, {rig.raw: 2})
        said = mistake(rig)
        assert f"missing topics: {rig.clean}, {rig.dead}" in said
        assert f"--create --topic {rig.clean} --partitions 2" in said


def test_a_broker_that_is_not_there_is_named(rig: Rig) -> None:
    port = free_ports(1)[0]
    rig.write(kafka={"common": {"bootstrap.servers": f"127.0.0.1:{port}"}})
    assert f"no Kafka answers at 127.0.0.1:{port}" in mistake(rig)


def test_a_key_file_that_is_missing_or_open_to_others_is_named(rig: Rig) -> None:
    rig.keys.chmod(0o644)
    assert "chmod 600" in mistake(rig)
    rig.keys.unlink()
    assert "there is no key file" in mistake(rig)


def test_a_setting_that_librdkafka_refuses_is_named_without_its_value(rig: Rig) -> None:
    rig.write(kafka={"common": {"bootstrap.servers": rig.bootstrap, "security.protocol": "S3CRET"}})
    said = mistake(rig)
    assert "S3CRET" not in said
    rig.write(kafka={"common": {"bootstrap.servers": rig.bootstrap, "no.such.thing": "S3CRET"}})
    said = mistake(rig)
    assert "no.such.thing" in said
    assert "S3CRET" not in said


def test_a_policy_that_keeps_partitions_needs_as_many_in_clean(rig: Rig) -> None:
    narrow = f"clean.{rig.name}.narrow"
    create_topics(rig.bootstrap, {narrow: 1})
    kept = ("record:\n", "record:\n  partition: source\n")
    rig.write_policy(lambda text: text.replace(rig.clean, narrow).replace(*kept))
    assert "too few" in mistake(rig)


# bad input


BAD_HEADER = """
import asyncio, sys
from aiokafka import AIOKafkaProducer
class Name(str):
    def encode(self, *_): return b"\\xff\\xfename"
async def send(address, topic, value):
    producer = AIOKafkaProducer(bootstrap_servers=address)
    await producer.start()
    await producer.send_and_wait(topic, value.encode(), key=b"u", partition=0, headers=[(Name("x"), b"1")])
    await producer.stop()
asyncio.run(send(*sys.argv[1:]))
"""


def send_with_bad_header(rig: Rig, value: bytes) -> None:
    """Only a client that does not check can send a header whose name is not UTF-8."""
    words = [sys.executable, "-c", BAD_HEADER, rig.bootstrap, rig.raw, value.decode()]
    subprocess.run(words, check=True, env={**rig.environment(), "AIOKAFKA_NO_EXTENSIONS": "1"}, timeout=30)


def test_each_hostile_record_is_a_dead_letter_and_its_batch_goes_on(rig: Rig) -> None:
    wanted = Counter(code for code, _ in HOSTILE if code != "bad_key")
    for number, (code, break_) in enumerate(HOSTILE):
        if code != "bad_key":
            produce(rig, [break_(GOOD[0]), GOOD[number + 1]])
    produce(rig, [GOOD[30]], key=b"\xff\xfe\0u")
    produce(rig, [GOOD[31]], key=None)
    produce(rig, [None])
    send_with_bad_header(rig, GOOD[32])
    produce(rig, [GOOD[33]])
    worker = rig.start()
    rig.wait_for_lag_zero()
    assert worker.running
    assert codes(rig) == wanted + Counter(bad_key=1, bad_header=1)
    clean = released(rig)
    assert len(clean) == len(HOSTILE) - 1 + 3
    assert [record.key for record in clean if record.value is not None].count(None) == 1
    assert [record.value for record in clean].count(None) == 1
    metrics = worker.get("/metrics")[1]
    assert f'scrubber_records_total{{outcome="dead_letter",topic="{rig.raw}"}} {sum(wanted.values()) + 2}' in metrics


@pytest.mark.parametrize("refused_by", ["client", "broker"])
def test_output_that_is_too_large_is_a_dead_letter(kafka: AnyKafka, tmp_path: Path, refused_by: str) -> None:
    with Rig(kafka.bootstrap, tmp_path, topics=False) as rig:
        create_topics(rig.bootstrap, {rig.raw: 1, rig.dead: 1})
        create_topics(rig.bootstrap, {rig.clean: 1}, {"max.message.bytes": "4000"} if refused_by == "broker" else None)
        if refused_by == "client":
            common = {"bootstrap.servers": rig.bootstrap}
            rig.write(kafka={"common": common, "producer": {"message.max.bytes": 4000, "batch.size": 4000}})
        event = json.loads(GOOD[0])
        words = (f"{number:x}" for number in range(7, 7_000_000, 1_337))  # does not compress to nothing
        event["event"] = " ".join(words)
        produce(rig, [*GOOD[:5], json.dumps(event).encode(), *GOOD[5:10]])
        worker = rig.start()
        rig.wait_for_lag_zero()
        assert len(released(rig)) == 10
        assert codes(rig) == {"output_too_large": 1}
        assert f'outcome="dead_letter",topic="{rig.raw}"}} 1' in worker.get("/metrics")[1]
        assert worker.terminate() == 0


@pytest.mark.parametrize("at", [50, 9_000])
def test_one_output_among_many_that_only_the_broker_refuses_is_found_within_a_minute(
    kafka: AnyKafka, tmp_path: Path, at: int
) -> None:
    with Rig(kafka.bootstrap, tmp_path, topics=False) as rig:
        create_topics(rig.bootstrap, {rig.raw: 1, rig.dead: 1})
        create_topics(rig.bootstrap, {rig.clean: 1}, {"max.message.bytes": "4000"})
        # batches below the topic's limit, so that only the one record is over it
        rig.write(kafka={"common": {"bootstrap.servers": rig.bootstrap}, "producer": {"batch.size": 3000}})
        events_ = [raw.value for raw in events.records(20_000)]
        large = json.loads(events_[at])
        large["event"] = " ".join(f"{number:x}" for number in range(7, 7_000_000, 1_337))
        events_[at] = json.dumps(large).encode()
        produce(rig, list(events_))
        worker = rig.start()
        working(worker)
        began = time.monotonic()
        rig.wait_for_lag_zero(60)
        print(f"{time.monotonic() - began:.1f} s, {len(worker.events('transaction_aborted'))} aborts")
        assert sum(codes(rig).values()) == 1
        assert set(codes(rig)) <= {"output_too_large", "poison"}
        ids = [json.loads(record.value or b"")["messageId"] for record in released(rig)]
        assert len(ids) == len(set(ids)) == 19_999
        assert len(rig.workers) == 1
        assert worker.terminate() == 0


# epochs


def keys_of(rig: Rig) -> dict[str, bool]:
    return {name: bool(key) for name, key in json.loads(rig.keys.read_bytes())["realms"].get("reference", {}).items()}


def test_a_redo_over_an_epoch_boundary_gives_the_same_tokens(rig: Rig) -> None:
    rig.write_policy(lambda text: text.replace("epoch: 7d", "epoch: 1h"))
    for at in (now() - HOUR_MS, now()):
        produce(rig, list(GOOD[:20]), at=at)
    (rig.folder / "armed").touch()
    worker = rig.start(mutant="crashing", point="offsets_sent")
    assert worker.wait() == -signal.SIGKILL
    rig.start()
    rig.wait_for_lag_zero()
    seen = read_released(rig.bootstrap, [rig.clean])
    tokens = [json.loads(record.value or b"")["messageId"] for record in seen.committed]
    undone = [json.loads(record.value or b"")["messageId"] for record in seen.aborted]
    assert len(tokens) == len(set(tokens)) == 40, "one token per event and epoch"
    assert undone
    assert set(undone) <= set(tokens)
    assert len(keys_of(rig)) == 2


def test_without_backfill_closed_epochs_are_dead_letters_and_with_it_their_keys_go_at_the_end(rig: Rig) -> None:
    rig.write_policy(lambda text: text.replace("epoch: 7d", "epoch: 1h").replace("overlap: 6h", "overlap: 1h"))
    produce(rig, list(GOOD[:5]), at=now() - 5 * HOUR_MS)
    produce(rig, list(GOOD[5:10]))
    worker = rig.start()
    rig.wait_for_lag_zero()
    assert worker.terminate() == 0
    assert codes(rig) == {"epoch_closed": 5}
    assert len(released(rig)) == 5

    other = Rig(rig.bootstrap, rig.folder / "backfill", partitions=2)
    with other:
        other.write_policy(lambda text: text.replace("epoch: 7d", "epoch: 1h").replace("overlap: 6h", "overlap: 1h"))
        produce(other, list(GOOD[:5]), at=now() - 5 * HOUR_MS)
        produce(other, list(GOOD[5:10]))
        ended = other.start("--backfill")
        assert ended.wait(60) == 0, ended.text()
        assert len(released(other)) == 10
        assert not codes(other)
        assert sorted(keys_of(other).values()) == [False, True], "the closed epoch's key is destroyed"
        assert [event["reason"] for event in ended.events("key_destroyed")] == ["passed"]


def test_a_key_may_go_only_when_every_partition_has_passed_its_epoch(rig: Rig) -> None:
    from stream_scrubber.policy import Policy

    moment = now() - HOUR_MS
    for partition in (0, 1):
        produce(rig, list(GOOD[:3]), partition=partition, at=moment - 1_000)
        produce(rig, list(GOOD[3:5]), partition=partition, at=moment + 1_000)
    routes = [Route(rig.raw, 2, Policy.load(rig.policy), rig.clean, rig.dead)]
    consumer = clients.onlooker({"bootstrap.servers": rig.bootstrap}, rig.group)

    def at(first: int, second: int) -> bool:
        offsets = [TopicPartition(rig.raw, 0, first), TopicPartition(rig.raw, 1, second)]
        consumer.commit(offsets=offsets, asynchronous=False)
        return passed(consumer, routes, moment)

    assert not passed(consumer, routes, moment), "nothing is committed yet"
    assert [at(5, 2), at(3, 2), at(3, 3), at(5, 5)] == [False, False, True, True]
    assert passed(consumer, [Route(rig.dead, 1, routes[0].policy, rig.clean, rig.dead)], moment), "an empty topic"
    consumer.close()


def test_the_end_of_a_transaction_on_raw_is_no_lag(rig: Rig) -> None:
    producer = Producer({"bootstrap.servers": rig.bootstrap, "transactional.id": rig.name})
    producer.init_transactions(20)
    for commit in (True, False):
        producer.begin_transaction()
        for value in GOOD[:5]:
            producer.produce(rig.raw, value, b"u", partition=0, timestamp=now())
        producer.flush(20)
        (producer.commit_transaction if commit else producer.abort_transaction)(20)
    rig.start()
    rig.wait_for_lag_zero(30)  # to the very end: control records have no record's offset plus one
    assert len(released(rig)) == 5
