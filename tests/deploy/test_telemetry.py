"""Collectors and Jaeger keep within their memory, in Compose and in Kubernetes alike."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from deploy.manifests import built

from k8s_checks.pods import amount

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "deploy/compose/compose.yaml").read_text())["services"]
IN_BOTH = ("otel-collector", "jaeger")
UNITS = {"m": "Mi", "g": "Gi"}


def container(name: str) -> dict[str, Any]:
    """Return a container in Kubernetes in the form of Compose."""
    [deployment] = [one for one in built("dev").of("Deployment") if one["metadata"]["name"] == name]
    [found] = deployment["spec"]["template"]["spec"]["containers"]
    return {
        "image": found["image"],
        "command": found.get("args"),
        "environment": {one["name"]: one["value"] for one in found.get("env", [])},
        "mem_limit": found["resources"]["limits"]["memory"],
    }


def size(quantity: str) -> float:
    found = amount(quantity.removesuffix("B"))
    assert found is not None
    return found


# A Go program that does not know its limit lets garbage grow until it is killed, with all traces in its memory.
@pytest.mark.parametrize("name", [*IN_BOTH, "log-collector"])
def test_the_runtime_knows_its_limit_in_compose(name: str) -> None:
    limit = COMPOSE[name]["mem_limit"]

    assert size(COMPOSE[name]["environment"]["GOMEMLIMIT"]) <= 0.8 * size(limit[:-1] + UNITS[limit[-1]])


@pytest.mark.parametrize("name", IN_BOTH)
def test_the_runtime_knows_its_limit_in_kubernetes(name: str) -> None:
    found = container(name)

    assert size(found["environment"]["GOMEMLIMIT"]) <= 0.8 * size(found["mem_limit"])


def test_jaeger_stores_the_same_number_of_traces_everywhere() -> None:
    found, ours = container("jaeger"), COMPOSE["jaeger"]

    # By default it stores 100,000, and the trace of an order takes 0.2 MB.
    [option] = ours["command"]
    assert option.startswith("--set=extensions.jaeger_storage.backends.some_storage.memory.max_traces=")
    assert {key: found[key] for key in ("image", "command", "environment")} == {
        key: ours[key] for key in ("image", "command", "environment")
    }
