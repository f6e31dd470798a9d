from collections.abc import Iterator
from pathlib import Path

import pytest

from devservers.interface import Endpoints
from devservers.processes import Processes
from devservers.state import State


@pytest.fixture
def state(tmp_path: Path) -> State:
    state = State(tmp_path / ".foodapp")
    state.prepare()
    return state


@pytest.fixture
def processes(state: State) -> Iterator[Processes]:
    processes = Processes(state.run, state.logs)
    yield processes
    processes.stop(*processes.records.names(), grace=0)


@pytest.fixture
def no_urls(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("POSTGRES", "REDIS", "RABBITMQ"):
        monkeypatch.delenv(f"FOODAPP_{name}_URL", raising=False)


@pytest.fixture
def external_urls(servers: Endpoints, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOODAPP_POSTGRES_URL", servers.postgres_url)
    monkeypatch.setenv("FOODAPP_REDIS_URL", servers.redis_url)
    monkeypatch.setenv("FOODAPP_RABBITMQ_URL", servers.rabbitmq_url)
