"""Faults, one by one, and what they must not do. The control of each is a mutant of `test_delivery`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.test_delivery import AnyKafka, one_run


@pytest.mark.parametrize("point", ["begun", "half_produced", "produced", "offsets_sent", "committed"])
def test_a_kill_at_any_step_of_a_transaction_does_no_harm(kafka: AnyKafka, tmp_path: Path, point: str) -> None:
    verdict = one_run(kafka, tmp_path, "crashing", point=point)
    assert verdict.ok, verdict
