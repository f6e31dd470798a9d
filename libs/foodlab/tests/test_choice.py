from pathlib import Path

import pytest

from devservers.errors import UsageError
from devservers.infra import Infra
from devservers.processes import Processes
from devservers.state import State
from foodctl.catalog import DEFAULT_PORTS
from foodlab.choice import choose


def chosen(state: State, processes: Processes, wanted: Infra = Infra.AUTO, before: Infra | None = None) -> str:
    servers, why = choose(wanted, before, state, processes, DEFAULT_PORTS)
    assert servers.name in why
    return servers.name


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "docker"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("external_urls", "engine")
def test_urls_in_the_environment_come_first(state: State, processes: Processes) -> None:
    assert chosen(state, processes, before=Infra.NATIVE) == "external"


@pytest.mark.usefixtures("no_urls", "engine")
def test_a_container_engine_comes_second(state: State, processes: Processes) -> None:
    assert chosen(state, processes) == "compose"


@pytest.mark.usefixtures("no_urls", "no_engine")
def test_private_processes_come_last(state: State, processes: Processes) -> None:
    assert chosen(state, processes) == "native"
    assert chosen(state, processes, before=Infra.COMPOSE) == "native"


@pytest.mark.usefixtures("no_urls", "engine")
def test_what_was_used_before_is_kept(state: State, processes: Processes) -> None:
    assert chosen(state, processes, before=Infra.NATIVE) == "native"


@pytest.mark.usefixtures("no_urls", "no_engine")
@pytest.mark.parametrize(("wanted", "reason"), [(Infra.EXTERNAL, "FOODAPP_REDIS_URL"), (Infra.COMPOSE, "no container")])
def test_an_impossible_choice_is_an_error(state: State, processes: Processes, wanted: Infra, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        chosen(state, processes, wanted)


@pytest.mark.usefixtures("no_urls")
def test_a_single_url_is_an_error(state: State, processes: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOODAPP_REDIS_URL", "redis://localhost")

    with pytest.raises(UsageError, match="not set: FOODAPP_POSTGRES_URL, FOODAPP_RABBITMQ_URL"):
        chosen(state, processes)
