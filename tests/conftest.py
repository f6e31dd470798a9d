"""The whole system, started by the README's command, and scenes on it."""

import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from e2e.running import Running
from e2e.scene import Scene

from devservers.interface import Endpoints
from devservers.ports import free_ports
from devservers.state import State
from foodctl.api import Api, gateway
from foodctl.catalog import SERVICES
from foodlab.city import ADMIN, PASSWORD

# Images of containers often set this. The suite starts hundreds of interpreters, and each would compile all packages.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# One test is a whole city behind one address: many new users, whose log-ins last for a thousand rounds, and no
# time to wait for a timer that has passed.
SETTINGS = {
    **{f"{whose}_{what}": "10000" for whose in ("IDENTITY", "ADDRESS") for what in ("RATE", "BURST")},
    "PASSWORD_MEMORY_KIB": "1024",
    "MAILS_PER_CLIENT": "10000",
    "ACCESS_TOKEN_SECONDS": "86400",
    "SWEEP_INTERVAL": "0.1",
    "BEHIND_TLS": "true",
}


_HERE = Path(__file__).parent
_SECONDS = 120


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of long runs."""
    parser.addoption("--rounds", type=int, default=5, help="rounds of each race")
    parser.addoption("--plays", type=int, default=3, help="runs of the state machine over HTTP")
    parser.addoption("--load", type=int, default=0, help="minimum seconds of orders for the dashboards")


@pytest.fixture(scope="session")
def running(servers: Endpoints, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    state = State(tmp_path_factory.mktemp("system"))
    environment = {
        **os.environ,
        **SETTINGS,
        "FOODAPP_STATE": str(state.folder),
        "FOODAPP_POSTGRES_URL": servers.postgres_url,
        "FOODAPP_REDIS_URL": servers.redis_url,
        "FOODAPP_RABBITMQ_URL": servers.rabbitmq_url,
    }
    names = [*(service.short for service in SERVICES), "traces"]
    ports = zip(names, free_ports(len(names)), strict=True)
    started = Running(state, environment)
    try:
        started.printed = started.run("uv run just up " + " ".join(f"--port {name}={port}" for name, port in ports))
        yield started
    finally:
        started.run("uv run just down", check=False)


@pytest.fixture
async def anonymous(running: Running) -> AsyncIterator[Api]:
    async with gateway(running.system.gateway_url) as api:
        yield api


@pytest.fixture
async def admin(anonymous: Api) -> Api:
    """Return the admin that the start created."""
    return await anonymous.log_in(ADMIN["email"], PASSWORD)


@pytest.fixture
def scene(anonymous: Api) -> Callable[..., Scene]:
    """Return a function that creates a district that no other test uses."""
    return lambda **wishes: Scene(anonymous, **wishes)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run all tests of the one system in one worker, and exclude its start from the first test's time-out."""
    seconds = _SECONDS + 3 * config.getoption("--rounds") + 30 * config.getoption("--plays")
    for item in items:
        if item.path.is_relative_to(_HERE) and "running" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("e2e"))
            item.add_marker(pytest.mark.timeout(seconds, func_only=True))
