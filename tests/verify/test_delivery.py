"""Lost, twice, elsewhere, out of order, wrong: each fault is found, and a faultless run is not blamed."""

from __future__ import annotations

import pytest

from benchmarks.workload import reference
from stream_scrubber.verify.history import Expect
from stream_scrubber.verify.verdict import Kind, Verdict
from tests.verify.toy_run import Event, Run, canaries, dead_letter, expect, run


def kinds(verdict: Verdict) -> set[Kind]:
    return {finding.kind for finding in verdict.findings}


def test_a_faultless_run_is_ok() -> None:
    verdict = run().judge()
    assert verdict.ok, verdict
    assert (verdict.produced, verdict.clean, verdict.dead_letters, verdict.aborted) == (300, 300, 0, 0)
    assert verdict.canaries > 300 * 15


def test_a_run_of_nothing_proves_nothing() -> None:
    assert not Run([]).judge().ok


def test_dead_letters_and_dropped_records_are_in_order_when_expected() -> None:
    toy = run()
    expect(toy, 7, Expect.DEAD_LETTER, "bad_json")
    expect(toy, 8, Expect.DROPPED)
    toy.committed[7] = dead_letter(toy.produced[7])
    del toy.committed[8]
    verdict = toy.judge()
    assert verdict.ok, verdict
    assert verdict.dead_letters == 1


def test_aborted_copies_are_no_duplicates() -> None:
    toy = run()
    toy.aborted = [record._replace(offset=record.offset + 1000) for record in toy.committed[:50]]
    verdict = toy.judge()
    assert verdict.ok, verdict
    assert verdict.aborted == 50


def test_a_lost_record_is_found() -> None:
    toy = run()
    del toy.committed[5]
    verdict = toy.judge()
    assert (verdict.lost, kinds(verdict)) == (1, {Kind.LOST})


def test_a_record_released_twice_is_found() -> None:
    toy = run()
    last = max(record.offset for record in toy.committed)
    toy.committed.append(toy.committed[5]._replace(offset=last + 1))
    verdict = toy.judge()
    assert (verdict.duplicated, kinds(verdict)) == (1, {Kind.DUPLICATED})


def test_a_record_both_clean_and_a_dead_letter_is_found() -> None:
    toy = run()
    toy.committed.append(dead_letter(toy.produced[5]))
    verdict = toy.judge()
    assert (verdict.duplicated, verdict.misrouted) == (1, 1)


def test_two_records_in_each_others_place_are_found() -> None:
    toy = run()
    one, two = (
        number
        for number, each in enumerate(toy.committed[:40])
        if each.partition == 0 and each.offset in (3, 4)
    )
    toy.committed[one], toy.committed[two] = (
        toy.committed[one]._replace(offset=4),
        toy.committed[two]._replace(offset=3),
    )
    verdict = toy.judge()
    # only records of one source partition have an order among them
    assert verdict.reordered == (toy.produced[one].record.partition == toy.produced[two].record.partition)


def test_a_whole_partition_backwards_is_found() -> None:
    toy = run()
    for number, record in enumerate(toy.committed):
        toy.replace(number, offset=1000 - record.offset)
    verdict = toy.judge()
    assert verdict.reordered > 200
    assert kinds(verdict) == {Kind.REORDERED}


def test_one_key_in_two_partitions_is_found() -> None:
    toy = run()
    toy.replace(299, partition=(toy.committed[299].partition + 1) % 4, offset=5000)
    toy.replace(298, partition=(toy.committed[298].partition + 1) % 4, offset=5001)
    assert kinds(toy.judge()) == {Kind.REORDERED}


def test_a_record_that_nobody_produced_is_found() -> None:
    toy = run()
    toy.committed.append(toy.committed[0]._replace(value=b'{"messageId":"x"}', offset=9999))
    toy.aborted.append(toy.committed[0]._replace(value=b"{}", offset=10_000))
    verdict = toy.judge()
    assert (verdict.unknown, kinds(verdict)) == (2, {Kind.UNKNOWN})


def test_a_dead_letter_with_another_code_is_found() -> None:
    toy = run()
    expect(toy, 7, Expect.DEAD_LETTER, "too_deep")
    toy.committed[7] = dead_letter(toy.produced[7], code="bad_json")
    assert kinds(toy.judge()) == {Kind.WRONG}


def test_a_record_that_should_have_been_dropped_is_found() -> None:
    toy = run()
    expect(toy, 7, Expect.DROPPED)
    assert kinds(toy.judge()) == {Kind.MISROUTED}


def test_a_value_that_the_oracle_cannot_read_is_wrong() -> None:
    toy = run()
    toy.edit(7, lambda event: event.pop("context"))
    toy.replace(8, timestamp=None)
    verdict = toy.judge()
    assert (verdict.wrong, kinds(verdict)) == (2, {Kind.WRONG})


def test_mutant_dead_letters_everything() -> None:
    toy = run()
    toy.committed = [dead_letter(each, offset) for offset, each in enumerate(toy.produced)]
    verdict = toy.judge()
    assert verdict.misrouted == 300
    assert not verdict.ok


def test_mutant_floors_too_finely() -> None:
    def scrub(event: Event) -> Event:
        return {**reference.scrub(event), "timestamp": event["timestamp"][:16] + ":00Z"}

    verdict = run(scrub=scrub).judge()
    assert verdict.wrong > 200
    assert kinds(verdict) == {Kind.WRONG}


def test_records_given_out_of_order_are_the_callers_mistake() -> None:
    toy = run()
    toy.produced.reverse()
    with pytest.raises(ValueError, match="in order"):
        toy.judge()


def test_a_verdict_quotes_nothing() -> None:
    toy = run()
    del toy.committed[-1]
    toy.edit(7, lambda event: event.update(note=toy.produced[7].record.key.decode()))  # type: ignore[union-attr]
    toy.texts = {"log": toy.produced[9].record.value or b""}
    verdict = toy.judge()
    assert {Kind.LOST, Kind.WRONG, Kind.LEAKED, Kind.STRAYED} <= kinds(verdict)
    words = f"{verdict}{verdict!r}{toy.produced[7]!r}"
    assert (toy.produced[7].record.key or b"").decode() not in words
    assert not any(secret in words for each in (299, 9) for secret in canaries(toy.produced[each]))
    assert "raw.bench/" in words
