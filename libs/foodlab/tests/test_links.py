"""The setting of Jaeger's URL for the console."""

from pathlib import Path

import pytest

from devservers.infra import Infra
from devservers.interface import Endpoints
from devservers.state import State
from foodctl.catalog import DEFAULT_PORTS, SERVICES
from foodctl.credentials import Credentials
from foodctl.system import System
from foodlab.services import environment
from foodlab.stack import Stack


@pytest.mark.parametrize(
    ("profiles", "chosen", "url"),
    [
        (None, None, "http://localhost:26686"),
        ("logs,dev", None, "http://localhost:26686"),
        ("logs", None, None),
        ("dev", "https://jaeger.example", "https://jaeger.example"),
    ],
)
def test_compose_gets_the_url_of_jaeger_if_it_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, profiles: str | None, chosen: str | None, url: str | None
) -> None:
    for name, value in (("COMPOSE_PROFILES", profiles), ("JAEGER_URL", chosen)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    ports = DEFAULT_PORTS | {"jaeger": 26686}
    stack = Stack(("docker",), Credentials.of(State(tmp_path)), ports, tmp_path / "log")

    assert stack._environment.get("JAEGER_URL") == url


def test_only_the_console_process_gets_the_url_of_jaeger(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAEGER_URL", "https://jaeger.example")
    servers = Endpoints("postgresql://p", "redis://r", "amqp://m")
    system = System(Infra.NATIVE, DEFAULT_PORTS, servers, Credentials.of(State(tmp_path)))

    told = {one.name: environment(system, one).get("JAEGER_URL") for one in SERVICES}

    assert told.pop("console-service") == "https://jaeger.example"
    assert set(told.values()) == {None}
