import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from telemetry.edges import EDGES, edges

from devservers.ports import free_ports
from devservers.state import State
from foodctl.catalog import DEFAULT_PORTS
from foodctl.system import System
from foodctl.traces import jaeger
from foodctl.traces.places import jaeger_url
from foodctl.traces.reading import whole_story
from k8s_checks.tools import TRIVY

pytestmark = [pytest.mark.containers, pytest.mark.timeout(1800), pytest.mark.xdist_group("containers")]

ROOT = Path(__file__).parents[2]
LARGEST = 250_000_000
LOOK = """
import json, os, pathlib
def writes(path):
    try:
        pathlib.Path(path, "probe").write_text("")
    except OSError:
        return False
    return True
programs = {name for folder in os.environ["PATH"].split(":") for name in os.listdir(folder)}
places = [path for path in ("/", "/app", "/tmp") if writes(path)]
print(json.dumps({"uid": os.getuid(), "programs": sorted(programs), "writes": places}))
"""


def output(*command: str, **environment: str) -> str:
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def build(*options: str) -> str:
    """Build one image and return its id."""
    arguments = ["--quiet", "--build-arg", "SERVICE=order-service", "--file", "deploy/docker/Dockerfile", *options]
    return output("docker", "build", *arguments, ".").strip()


def inspected(image: str, what: str) -> object:
    return json.loads(output("docker", "image", "inspect", "--format", f"{{{{json {what}}}}}", image))


@pytest.fixture(scope="module")
def image() -> str:
    return build()


def test_an_image_is_small_and_labelled(image: str) -> None:
    size = inspected(image, ".Size")
    labels = inspected(image, ".Config.Labels")

    assert isinstance(size, int)
    assert size <= LARGEST
    assert isinstance(labels, dict)
    assert labels["org.opencontainers.image.title"] == "order-service"
    assert inspected(image, ".Config.StopSignal") == "SIGTERM"


def test_a_container_has_no_privileges_no_shell_and_no_writable_files(image: str) -> None:
    alone = ("--rm", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--network", "none")
    seen = json.loads(output("docker", "run", *alone, image, "python", "-c", LOOK))

    assert seen["uid"] == 10001
    assert seen["writes"] == ["/tmp"]
    assert {"uvicorn", "python3"} <= set(seen["programs"])
    assert {"sh", "bash", "pip", "uv", "apt", "dpkg", "gcc", "su"} & set(seen["programs"]) == set()


def test_builds_are_reproducible(image: str) -> None:
    assert inspected(build("--no-cache"), ".RootFS.Layers") == inspected(image, ".RootFS.Layers")


def test_a_scanner_finds_every_package_of_the_image(image: str) -> None:
    listed = json.loads(output(*TRIVY, "image", "--quiet", "--offline-scan", "--format=cyclonedx", image))

    packages = {(kind, one["name"]) for one in listed["components"] for kind in [one.get("purl", "").split("/")[0]]}
    assert {("pkg:deb", "libc6"), ("pkg:pypi", "fastapi"), ("pkg:pypi", "order-service")} <= packages


def foodctl(state: State, *arguments: str) -> str:
    return output(
        str(Path(sys.executable).with_name("foodctl")),
        *arguments,
        FOODAPP_STATE=str(state.folder),
        COMPOSE_PROFILES="core",
    )


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[State, list[str], str]]:
    state = State(tmp_path_factory.mktemp("containers"))
    names = [name for name in DEFAULT_PORTS if name in {"gateway", "postgres", "redis", "rabbitmq", "jaeger"}]
    ports = [f"--port={name}={port}" for name, port in zip(names, free_ports(len(names)), strict=True)]
    command = ["up", "--containers", *ports]
    try:
        yield state, command, foodctl(state, *command)
    finally:
        foodctl(state, "clean")


def test_everything_starts_as_containers_and_delivers_an_order(started: tuple[State, list[str], str]) -> None:
    state, _, told = started

    assert "delivered" in told
    assert "order-service" in foodctl(state, "status")
    assert "2 of 2 orders delivered" in foodctl(state, "demo", "--orders", "2")
    assert "service.started" in foodctl(state, "logs", "order-service", "--lines", "1000")


def test_a_killed_service_is_restarted(started: tuple[State, list[str], str]) -> None:
    state, command, _ = started
    system = System.load(state)
    container = f"foodapp-{system.credentials.id}-order-service-1"
    output("docker", "kill", container)

    foodctl(state, *command)

    assert inspected_container(container, ".State.Health.Status") == "healthy"
    assert inspected_container(container, ".HostConfig.ReadonlyRootfs") is True
    assert inspected_container(container, ".Config.User") == "10001:10001"
    assert "1 of 1 orders delivered" in foodctl(state, "demo", "--orders", "1")


def test_an_order_is_one_trace_in_jaeger(started: tuple[State, list[str], str]) -> None:
    state, _, _ = started
    system = System.load(state)
    project = ("--project-name", f"foodapp-{system.credentials.id}", "--profile", "dev")
    up = (*project, "up", "--detach", "--wait", "otel-collector", "jaeger")
    output("docker", "compose", *up, JAEGER_PORT=str(system.ports["jaeger"]))
    url = jaeger_url(system)
    assert url is not None

    [order_id] = re.findall(r"/console/orders/(\S+)", foodctl(state, "demo", "--orders", "1"))
    [trace] = whole_story(partial(jaeger.traces, url, order_id), "order.delivered", 60)

    assert edges(trace) == EDGES
    assert f"trace {trace[0].trace_id}" in foodctl(state, "trace", order_id)


def inspected_container(name: str, what: str) -> object:
    return json.loads(output("docker", "inspect", "--format", f"{{{{json {what}}}}}", name))
