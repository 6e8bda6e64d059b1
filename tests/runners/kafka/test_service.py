"""Service files hold passwords: nothing that is said about them shows one."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream_scrubber.policy import Policy
from stream_scrubber.runners.kafka.service import KafkaForm, check

SECRET = "S3CRET"
BLOCK = """version: 1
name: web
kafka:
  common:
    bootstrap.servers: 127.0.0.1:9
    sasl.password: S3CRET
policies: policy.yaml
"""


@pytest.mark.parametrize(
    "text",
    [
        BLOCK.replace("  common:\n", "  common:\n    sasl.password: S3CRET\n"),
        BLOCK.replace("S3CRET", "&a S3CRET"),
        BLOCK.replace("S3CRET", "!S3CRET x"),
        BLOCK.replace("S3CRET", "[S3CRET]"),
        BLOCK.replace("S3CRET", "S3CRET: ${NOT_THERE}"),
        BLOCK.replace("S3CRET", '"S3CRET'),
        BLOCK.replace("S3CRET", '"S3CRET ${NOT_THERE}"'),
        BLOCK.replace("sasl.password", "debug"),
        BLOCK.replace("sasl.password", "group.id"),
        BLOCK.replace("kafka:", "kafak:"),
        BLOCK.replace("kafka:", "kafka: { sasl.password: S3CRET }\nkafka:"),
        '{"kafka": {"common": {"sasl.password": "S3CRET"}}, "policies": "x", "version": 2, "nmae": "web"}\n',
        'version: 2\nkafak: {common: {sasl.password: S3CRET}, x: 1}\n',
    ],
)
def test_no_mistake_quotes_a_line_that_can_hold_a_password(tmp_path: Path, text: str) -> None:
    file = tmp_path / "scrubber.yaml"
    file.write_text(text)
    service, mistakes = check(file, {})
    said = "\n".join(map(str, mistakes))
    assert mistakes
    assert all(mistake.line for mistake in mistakes)
    assert SECRET not in said + repr(mistakes) + repr(service)
    if "kafka" in text:  # lint takes a file for a policy when it cannot tell
        _, mistakes = Policy.check(file)
        assert SECRET not in "\n".join(map(str, mistakes)) + repr(mistakes)


def test_other_lines_are_quoted(tmp_path: Path) -> None:
    file = tmp_path / "scrubber.yaml"
    file.write_text(BLOCK.replace("name: web", "name: [web]").replace("policies", "batch: { records: 0 }\npolicies"))
    _, mistakes = check(file, {})
    assert {mistake.excerpt for mistake in mistakes} == {"name: [web]", "batch: { records: 0 }"}


def test_forms_show_no_settings() -> None:
    secret: dict[str, str | int | float | bool] = {"sasl.password": SECRET}
    assert SECRET not in repr(KafkaForm(common=secret, consumer=secret, producer=secret))
