"""Generated valid and invalid requests to every operation: the responses match the document."""

import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e.running import ROOT, Running
from security.attacks import HERE
from security.operations import POLICIES
from security.world import World

from foodctl.catalog import SERVICES, Service

SCHEMATHESIS = "schemathesis==4.32.5"
LEAST = 2_000
# The maximum per operation, derived from the number of requests per service.
EXAMPLES = {"user": 80, "menu": 40, "order": 400, "payment": 750, "delivery": 140}
PEOPLE = ("customer", "another customer", "restaurant", "driver", "admin")
# These end the log-in of whoever calls them, or of whom they name; the matrix calls them for people of their own.
ENDING = [name for name, policy in POLICIES.items() if policy.keys() & {"fresh", "upon"}]
SECONDS = 400


@pytest.mark.fuzz
@pytest.mark.timeout(SECONDS + 100)
@pytest.mark.parametrize("service", [service for service in SERVICES if service.has_database])
def test_responses_match_the_document(running: Running, world: World, service: Service, tmp_path: Path) -> None:
    configuration = _configuration(world, tmp_path)
    command = [
        "uv", "tool", "run", "--from", SCHEMATHESIS, "schemathesis", f"--config-file={configuration}",
        "run", f"{world.url}/openapi.json", "--checks=all", "--seed=1", "--max-redirects=0",
        f"--max-examples={EXAMPLES[service.short]}", f"--include-path-regex={'|'.join(_paths(service))}",
        "--exclude-path-regex=/stream$", *(f"--exclude-operation-id={name}" for name in ENDING),
    ]  # fmt: skip

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=SECONDS)

    assert done.returncode == 0, done.stdout + done.stderr
    generated = re.search(r"([0-9]+) generated", done.stdout)
    assert generated is not None
    assert int(generated[1]) >= LEAST
    running.verify()


def _paths(service: Service) -> Iterator[str]:
    services = tomllib.loads((ROOT / "deploy/services.toml").read_text("utf-8"))["services"]
    for path in services[service.name]["routes"]:
        yield f"^{path.replace('*', '[^/]+')}(/|$)"


def _configuration(world: World, folder: Path) -> Path:
    """Write the configuration with the callers and ids of this run."""
    shutil.copytree(HERE / "fuzz", folder, dirs_exist_ok=True)
    users = [
        {"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {world.tokens[name]}"}]}
        for name in PEOPLE
    ]
    (folder / "users.json").write_text(json.dumps({"auth": users}))
    known = "".join(f'\n[dictionaries.{name}]\nvalues = ["{value}"]\n' for name, value in world.ids.items())
    bound = "".join(f'"path.{name}" = {{ dictionary = "{name}", probability = 0.7 }}\n' for name in world.ids)
    with (folder / "schemathesis.toml").open("a") as configuration:
        configuration.write(f"{known}\n[parameters]\n{bound}")
    return folder / "schemathesis.toml"
