import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from devservers.compose import COMPOSE_FILE
from devservers.infra import SERVERS
from foodctl.catalog import SERVICES
from foodctl.redis_users import redis_user

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "compose"
FILES = (FOLDER / "compose.yaml", COMPOSE_FILE)
UNITS = {"m": 1, "g": 1024}


def containers() -> dict[str, dict[str, Any]]:
    """Return every container, merged with servers.yaml."""
    servers = yaml.safe_load(COMPOSE_FILE.read_text())["services"]
    stack: dict[str, dict[str, Any]] = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]
    return {name: servers.get(name, {}) | container for name, container in stack.items()}


ALL = containers()


def megabytes(limit: str) -> int:
    return int(limit[:-1]) * UNITS[limit[-1]]


def test_services_and_servers_take_no_more_than_the_page_promises() -> None:
    # `docker compose logs` and `down` see only what has no profile, or one that was asked for.
    staying = [one for one in ALL.values() if "profiles" not in one and one.get("restart") == "unless-stopped"]

    assert len(staying) == len(SERVICES) + len(SERVERS)
    promised = re.search(r"may take ([\d.]+) GB together", (ROOT / "docs/01-local-dev.md").read_text())
    assert promised
    gigabytes = sum(megabytes(one["mem_limit"]) for one in staying) / 1024
    # A service that joins brings its own memory.
    assert gigabytes <= float(promised[1]) + 0.25 * (len(SERVICES) - 7)


@pytest.mark.parametrize("name", ALL)
def test_a_container_has_minimal_rights_and_limits(name: str) -> None:
    container = ALL[name]

    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert container["mem_limit"]
    assert container["cpus"]
    # RabbitMQ writes its configuration into its program directory.
    assert container.get("read_only") or name == "rabbitmq"
    assert all(port.startswith("127.0.0.1:") for port in container.get("ports", []))


@pytest.mark.parametrize("name", [name for name, one in ALL.items() if one["restart"] == "no"])
def test_nothing_asks_a_job_whether_it_serves(name: str) -> None:
    assert ALL[name]["healthcheck"] == {"disable": True}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_password_has_a_default(file: Path) -> None:
    text = file.read_text()

    assert re.findall(r"\$\{\w*PASSWORD:?-", text) == []
    for password in set(re.findall(r"\$\{(\w*PASSWORD)", text)):
        assert f"${{{password}:?" in text


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_every_service_is_built_migrated_and_started(service: Any) -> None:
    container = ALL[service.name]

    assert container["build"]["args"]["SERVICE"] == service.name
    assert f'"{service.name}"' in (ROOT / "deploy" / "docker" / "bake.hcl").read_text()
    if service.has_database:
        job = f"{service.name}-migrations"
        assert container["depends_on"][job] == {"condition": "service_completed_successfully"}
        assert ALL[job]["command"] == ["python", "-m", "foodchassis.storage.migrations", service.package]
        assert ALL[job]["image"] == container["image"]


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_every_service_has_its_own_user_at_its_servers(service: Any) -> None:
    environment, password = ALL[service.name]["environment"], f"${{{service.package.upper()}_PASSWORD"
    passwords = ALL["accounts"]["environment"]["FOODAPP_PASSWORDS"]

    assert {"REDIS_URL", "RABBITMQ_URL"} & environment.keys() == {
        url for need, url in (("redis", "REDIS_URL"), ("rabbitmq", "RABBITMQ_URL")) if need in service.needs
    }
    for url in ("REDIS_URL", "RABBITMQ_URL"):
        assert f"//{service.package}:{password}" in environment.get(url, f"//{service.package}:{password}")
    assert f'"{service.name}": "{password}}}"' in passwords
    if "redis" in service.needs:
        assert " ".join(["user", *redis_user(service, f"{password}}}")]) in ALL["redis"]["environment"]["REDIS_USERS"]


@pytest.mark.parametrize("name", ALL)
def test_every_mounted_file_exists(name: str) -> None:
    files = [volume.split(":")[0] for volume in ALL[name].get("volumes", []) if volume.startswith(".")]

    assert [file for file in files if not (FOLDER / file).exists()] == []


def test_the_example_env_file_lists_every_setting() -> None:
    texts = [file.read_text() for file in FILES]
    known = {name for text in texts for name in re.findall(r"\$\{(\w+)", text)}
    named = set(re.findall(r"^#([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert named == known | {"COMPOSE_PROFILES"}
