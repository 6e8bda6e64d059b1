"""What is in deploy/ and docker-compose.yml: no Docker engine is needed to see that it is well formed and fits the code."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version
from ruamel.yaml import YAML

from stream_scrubber.cli.run import _port
from stream_scrubber.policy import Policy
from stream_scrubber.runners.kafka.service import load

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
TOOLS = Path(sys.executable).parent
FORM = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT, TOOL = FORM["project"], FORM["tool"]


def check(*command: str | Path) -> None:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def yaml(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text())


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found = yaml(COMPOSE)["services"]
    assert isinstance(found, dict)
    return found


def test_the_compose_file_is_one_by_the_compose_schema() -> None:
    check(TOOLS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE)


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    check(TOOLS / "hadolint", "--failure-threshold", "style", DOCKERFILE)


def test_every_image_is_pinned_to_a_version(services: dict[str, Any]) -> None:
    images = [service["image"] for service in services.values() if "build" not in service]
    images += re.findall(r"^FROM (\S+)", DOCKERFILE.read_text(), re.MULTILINE)
    assert images
    for image in images:
        assert re.search(r":v?\d+\.\d+\.\d+(-[a-z0-9-]+)?$", image), image


def test_ports_are_published_on_loopback_only(services: dict[str, Any]) -> None:
    published = [port for service in services.values() for port in service.get("ports", ())]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_no_container_has_privileges(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert "privileged" not in service, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
    assert services["scrubber"]["read_only"] is True


def test_every_server_has_a_health_check(services: dict[str, Any]) -> None:
    once = {"topics", "keys"}
    own = {"scrubber"}  # its image has one
    assert all("healthcheck" in service for name, service in services.items() if name not in once | own)
    assert "HEALTHCHECK" in DOCKERFILE.read_text()
    assert all(services[name]["restart"] == "no" for name in once)


def test_files_that_containers_mount_are_there(services: dict[str, Any]) -> None:
    mounted = [mount.split(":")[0] for service in services.values() for mount in service.get("volumes", ())]
    files = [mount for mount in mounted if mount.startswith("./")]
    assert files
    assert all((ROOT / file).exists() for file in files)


def test_the_container_runs_as_nobody_in_particular() -> None:
    text = DOCKERFILE.read_text()
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.MULTILINE)
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {name for names in copied for name in names.split()} == allowed, "what is copied is what .dockerignore lets in"


def test_what_an_installed_package_and_the_image_carry_is_there() -> None:
    included = TOOL["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included["examples/demo/policy.yaml"] == "stream_scrubber/demo/files/policy.yaml"
    copied = set(re.findall(r"^COPY (?!--from)(\S+) \./\S+$", DOCKERFILE.read_text(), re.MULTILINE))
    for source in included:
        assert (ROOT / source).exists(), source
        assert any(Path(source).is_relative_to(folder) for folder in copied), f"{source} is missing in the image"


@pytest.mark.parametrize("file", ["examples/service/scrubber.yaml", "deploy/compose/scrubber.yaml"])
def test_a_service_file_of_ours_loads(file: str, tmp_path: Path) -> None:
    service_file = tmp_path / "scrubber.yaml"
    service_file.write_text((ROOT / file).read_text())
    (tmp_path / "policies").symlink_to(ROOT / "examples" / "service" / "policies")
    service = load(service_file, {"KAFKA_BOOTSTRAP": "localhost:9092"})
    assert {policy.name for policy in service.policies} == {"web-clickstream", "orders"}
    assert service.consumer["bootstrap.servers"] == "localhost:9092"


def test_the_topics_that_compose_makes_are_those_of_its_policies(services: dict[str, Any]) -> None:
    script = services["topics"]["entrypoint"][-1]
    listed = re.findall(r"\{raw,clean,dlq\}(\.[a-z.]+)", script)
    made = {f"{kind}{rest}" for rest in listed for kind in ("raw", "clean", "dlq")}
    for file in (ROOT / "examples" / "service" / "policies").glob("*.yaml"):
        policy = Policy.load(file)
        sources = [topic for topic in made if policy.topics.outputs(topic)]
        assert sources, policy.name
        for source in sources:
            assert {source, *(policy.topics.outputs(source) or ())} <= made


def test_prometheus_and_grafana_look_where_the_others_are(services: dict[str, Any]) -> None:
    [job] = yaml(ROOT / "deploy" / "prometheus" / "prometheus.yml")["scrape_configs"]
    [target] = job["static_configs"][0]["targets"]
    name, port = target.split(":")
    assert name in services
    assert int(port) == load_port(ROOT / "deploy" / "compose" / "scrubber.yaml")
    [source] = yaml(ROOT / "deploy" / "grafana" / "provisioning" / "datasources" / "prometheus.yaml")["datasources"]
    assert source["url"] == "http://prometheus:9090"
    assert f"http://127.0.0.1:{port}/healthz" in DOCKERFILE.read_text()


def load_port(service_file: Path) -> int:
    return int(yaml(service_file)["http"]["port"])


def test_instances_of_one_host_have_ports_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    assert [_port(9464, slot) for slot in (0, 1, 2)] == [9464, 9465, 9466]
    assert _port(0, 3) == 0, "any free one"
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("HOSTNAME", "scrubber-2")
    assert _port(9464, 2) == 9464, "a pod is a host of its own"


@pytest.mark.parametrize(("lock", "extras"), [("requirements.lock", ()), ("requirements-test.lock", ("test",))])
def test_a_lock_file_pins_what_the_project_asks_for(lock: str, extras: tuple[str, ...]) -> None:
    text = (ROOT / lock).read_text()
    pinned = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))
    wanted = [*PROJECT["dependencies"], *(line for extra in extras for line in PROJECT["optional-dependencies"][extra])]
    for line in wanted:
        requirement = Requirement(line)
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        assert name in pinned, f"{lock}: {name} is missing; run make lock"
        assert Version(pinned[name]) in requirement.specifier, f"{lock}: {name} is stale; run make lock"
    assert text.count("==") <= text.count("--hash=sha256:"), "every pin has a hash"
    assert "://" not in text, "no index is named"
