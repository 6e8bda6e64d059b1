"""The service file: where Kafka is, which policies run, and where metrics are served.

It belongs to the people who run the service; policies belong to those who answer for privacy.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stream_scrubber.errors import PolicyError
from stream_scrubber.policy import Mistake, Policy, Severity
from stream_scrubber.policy.mistakes import did_you_mean, sort
from stream_scrubber.policy.model import Name
from stream_scrubber.policy.source import Source, read
from stream_scrubber.policy.together import check_together
from stream_scrubber.scrubbers.units import Duration

OWNED = frozenset(
    {
        "group.id", "group.instance.id", "group.protocol", "transactional.id", "transaction.timeout.ms",
        "enable.auto.commit", "enable.auto.offset.store", "auto.offset.reset", "isolation.level",
        "enable.idempotence", "partition.assignment.strategy", "partitioner", "enable.partition.eof",
        "plugin.library.paths", "enable.metrics.push", "delivery.report.only.error", "allow.auto.create.topics", "acks",
    }
)  # fmt: skip
"""Settings on which the delivery promise rests. A service file cannot set them."""

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class KafkaForm(_Form):
    common: dict[str, str | int | float | bool] = Field(repr=False)
    """librdkafka settings for both clients, word by word."""
    consumer: dict[str, str | int | float | bool] = Field(default_factory=dict, repr=False)
    producer: dict[str, str | int | float | bool] = Field(default_factory=dict, repr=False)


class HttpForm(_Form):
    address: str = "127.0.0.1"
    """Loopback unless told otherwise: metrics describe the stream."""
    port: Annotated[int, Field(ge=0, le=64511)] = 9464
    """The port of the instance in slot 0; the one in slot N has N more, but in a Kubernetes pod. 0 takes a free one."""


class BatchForm(_Form):
    records: Annotated[int, Field(ge=1, le=100_000)] = 5_000
    """At most this many records in one transaction."""
    wait: Duration = 100
    """How long a batch may wait to fill."""


class ServiceForm(_Form):
    """A stream-scrubber service."""

    version: Literal[1]
    name: Name
    """Names the service; the group is `stream-scrubber.NAME` unless `group` says otherwise."""
    group: Name | None = None
    kafka: KafkaForm
    delivery: Literal["exactly_once", "at_least_once"] = "exactly_once"
    """`at_least_once` is for brokers without transactions: records may come twice after a fault."""
    measure: bool = True
    """Whether leakage is measured live. It costs about as much as scrubbing does on the reference backend."""
    http: HttpForm = HttpForm()
    batch: BatchForm = BatchForm()
    policies: str | list[str]
    """Policy files, or patterns of them, relative to this file."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service file that loads, with its policies. Its repr holds no settings: they may be secrets."""

    file: str
    form: ServiceForm
    policies: tuple[Policy, ...]
    consumer: Mapping[str, Any]
    producer: Mapping[str, Any]

    @property
    def group(self) -> str:
        return self.form.group or f"stream-scrubber.{self.form.name}"

    def __repr__(self) -> str:
        return f"Service({self.form.name}, {len(self.policies)} policies)"


_SHOWN = frozenset(ServiceForm.model_fields) - {"kafka"}
"""What mistakes may quote: a password can stand below `kafka`, and below a misspelt name."""


def load(path: Path, environment: Mapping[str, str] | None = None) -> Service:
    """The service in a file. Raises `PolicyError` with every mistake of it and of its policies."""
    service, mistakes = check(path, os.environ if environment is None else environment)
    errors = tuple(m for m in mistakes if m.severity is Severity.ERROR)
    if service is None or errors:
        raise PolicyError(errors)
    return service


def check(path: Path, environment: Mapping[str, str]) -> tuple[Service | None, tuple[Mistake, ...]]:
    """The service, or None, and all mistakes, those of the policies included."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        return None, (Mistake("SS001", error.strerror or "cannot be read", str(path)),)
    data, source = read(raw, str(path), _SHOWN)
    form = None if source.mistakes else _form(data, source)
    if form is None:
        return None, sort(source.mistakes)
    common = _resolved(form.kafka.common, ("kafka", "common"), source, environment)
    consumer = _resolved(form.kafka.consumer, ("kafka", "consumer"), source, environment)
    producer = _resolved(form.kafka.producer, ("kafka", "producer"), source, environment)
    policies, found = _policies(form, path.parent, source)
    mistakes = sort([*source.mistakes, *found])
    if source.mistakes:
        return None, mistakes
    return Service(str(path), form, policies, {**common, **consumer}, {**common, **producer}), mistakes


def is_service_file(path: Path) -> bool:
    """True when a YAML file is meant as a service: it has `kafka` and `policies`."""
    try:
        data, _ = read(path.read_bytes(), str(path))
    except OSError:
        return False
    return isinstance(data, dict) and "policies" in data and "fields" not in data


def _form(data: Any, source: Source) -> ServiceForm | None:
    if not isinstance(data, dict):
        source.mistake("SS007", (), "a service file is a mapping of names to values")
        return None
    try:
        return ServiceForm.model_validate(data)
    except ValidationError as error:
        known = sorted(ServiceForm.model_fields)
        for problem in error.errors(include_input=False, include_url=False, include_context=False):
            path = tuple(problem["loc"])
            if problem["type"] == "extra_forbidden":
                hint = did_you_mean(str(path[-1]), known) if len(path) == 1 else ""
                source.mistake("SS005", path, f'unknown word "{path[-1]}"', hint=hint)
            elif problem["type"] == "missing":
                source.mistake("SS006", path[:-1], f'"{".".join(map(str, path))}" is missing')
            else:
                source.mistake("SS007", path, problem["msg"], at_value=True)
        return None


def _resolved(
    settings: Mapping[str, Any], path: tuple[str, ...], source: Source, environment: Mapping[str, str]
) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, value in settings.items():
        here = (*path, name)
        if name in OWNED:
            source.mistake("SS032", here, f'"{name}" is decided by the delivery mode, not by settings')
        elif name == "debug":
            source.mistake("SS032", here, "librdkafka's debug output holds record content and secrets")
        for variable in _VARIABLE.findall(value) if isinstance(value, str) else ():
            if variable not in environment:
                source.mistake("SS033", here, f"the environment variable {variable} is not set", at_value=True)
        out[name] = (
            _VARIABLE.sub(lambda found: environment.get(found[1], ""), value) if isinstance(value, str) else value
        )
    return out


def _policies(form: ServiceForm, folder: Path, source: Source) -> tuple[tuple[Policy, ...], list[Mistake]]:
    patterns = [form.policies] if isinstance(form.policies, str) else form.policies
    policies: list[Policy] = []
    mistakes: list[Mistake] = []
    for pattern in patterns:
        files = sorted(glob(str(folder / pattern), recursive=True))  # noqa: PTH207  patterns may be absolute
        if not files:
            source.mistake("SS033", ("policies",), "no policy file matches", at_value=True)
        for file in files:
            policy, found = Policy.check(file)
            mistakes.extend(found)
            if policy is not None:
                policies.append(policy)
    mistakes.extend(check_together(policies))
    return tuple(policies), mistakes
