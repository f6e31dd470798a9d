"""The URL of traces for browsers."""

from pathlib import Path

import pytest

from devservers import probes
from devservers.infra import Infra
from devservers.interface import Endpoints
from devservers.state import State
from foodctl.catalog import DEFAULT_PORTS
from foodctl.credentials import Credentials
from foodctl.system import System
from foodctl.traces.places import jaeger_url, where

SERVERS = Endpoints("postgresql://p", "redis://r", "amqp://m")


@pytest.mark.parametrize(
    ("infra", "chosen", "answers", "url"),
    [
        (Infra.CONTAINERS, None, True, "http://localhost:16686"),
        (Infra.CONTAINERS, None, False, None),
        (Infra.CONTAINERS, "https://jaeger.example", False, "https://jaeger.example"),
        (Infra.CONTAINERS, "", False, None),
        # Here traces are sent to the receiver of foodctl.
        (Infra.NATIVE, None, True, None),
        (Infra.NATIVE, "https://jaeger.example", False, "https://jaeger.example"),
    ],
)
def test_the_url_of_jaeger_is_configured_or_detected(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, infra: Infra, chosen: str | None, *, answers: bool, url: str | None
) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    monkeypatch.delenv("JAEGER_URL", raising=False)
    if chosen is not None:
        monkeypatch.setenv("JAEGER_URL", chosen)
    monkeypatch.setattr(probes, "http_ready", lambda _: None if answers else "nothing answers")
    system = System(infra, DEFAULT_PORTS, SERVERS, Credentials.of(State(tmp_path)), has_accounts=False)

    assert jaeger_url(system) == url
    assert (url or "foodctl trace" if infra is Infra.NATIVE else url or "not kept") in where(system)


def test_a_system_without_a_port_for_jaeger_has_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JAEGER_URL", raising=False)
    system = System(Infra.NATIVE, {"gateway": 8000}, SERVERS, Credentials.of(State(tmp_path)), has_accounts=False)

    assert jaeger_url(system) is None
