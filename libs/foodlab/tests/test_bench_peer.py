import socket
import sys
from io import StringIO
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from foodctl.cli import app
from foodlab.bench import peer_service
from foodlab.bench.errors import MeasurementError
from foodlab.bench.journeys import Phase
from foodlab.bench.orders import content, show_peer
from foodlab.bench.peer import Found, Peer

FOUND = Found(orders=100, ended=98, seconds=2.0, cpu={"order": 6.0, "postgres": 2.5, "rabbitmq": 1.5})


def test_the_peer_is_shown_beside_this_system() -> None:
    ours = Phase(100, 2.0, [1.0], [2.0], 0.1, {"order-service": 9.0, "postgres": 5.0, "rabbitmq": 3.0})
    console = Console(file=StringIO(), width=120)

    show_peer(ours, FOUND, console)

    shown = console.file.getvalue()  # type: ignore[attr-defined]
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in shown.splitlines() if "│" in line]
    assert cells == [
        ["whole orders a second", "50.0", "49.0"],
        ["CPU milliseconds of an order", "17.0", "10.0"],
        ["of them PostgreSQL", "5.0", "2.5"],
        ["of them RabbitMQ", "3.0", "1.5"],
        ["accepted orders that did not end", "0", "2"],
    ]
    assert content([], {}, FOUND)["peer"] == {
        "orders": 100, "ended": 98, "seconds": 2.0, "cpu": {"order": 6.0, "postgres": 2.5, "rabbitmq": 1.5},
    }  # fmt: skip


def test_a_folder_without_the_peer_is_refused(tmp_path: Path) -> None:
    unused: Any = None
    with pytest.raises(MeasurementError, match="takes a checkout of order-system-project"):
        Peer(tmp_path, unused, tmp_path, unused)


def test_only_orders_are_measured_beside_a_peer(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["bench", "paths", "--peer", str(tmp_path)])

    assert result.exit_code == 2
    assert "only `orders`" in result.output


def test_a_service_of_the_peer_connects_to_the_broker_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    class Guest:
        TYPE = "PLAIN"

        response_for: Any = None

    served: dict[str, object] = {}
    modules: dict[str, Any] = {
        "pika": SimpleNamespace(PlainCredentials=Guest),
        "uvicorn": SimpleNamespace(run=lambda app, **options: served.update(options, app=app)),
    }
    for name, contents in modules.items():
        module = ModuleType(name)
        vars(module).update(vars(contents))
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(socket, "getaddrinfo", socket.getaddrinfo)

    peer_service.main(8123, "amqp://foodapp:p%40ss@127.0.0.1:7777/")

    assert {found[4] for found in socket.getaddrinfo("rabbitmq", 5672, type=socket.SOCK_STREAM)} == {
        ("127.0.0.1", 7777)
    }
    assert {found[4] for found in socket.getaddrinfo("127.0.0.2", 80, type=socket.SOCK_STREAM)} == {("127.0.0.2", 80)}
    assert Guest().response_for(None) == ("PLAIN", b"\0foodapp\0p@ss")
    assert (served["app"], served["port"]) == ("app.main:app", 8123)
