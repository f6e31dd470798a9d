"""The demo's order is delivered although the system is busy, and its console URL is printed."""

from collections import Counter
from io import StringIO
from pathlib import Path

import httpx2
import pytest
from rich.console import Console

from devservers.infra import Infra
from devservers.interface import Endpoints
from devservers.state import State
from foodctl.api import Api
from foodctl.catalog import DEFAULT_PORTS
from foodctl.credentials import Credentials
from foodctl.system import System
from foodlab import demo
from foodlab.demo import Journey, follow

KITCHEN = {"id": "kitchen"}
DISH = {"id": "dish", "option_groups": []}


async def test_an_order_is_repeated_with_its_key_while_the_system_is_busy() -> None:
    asked, keys = Counter[str](), set[str | None]()

    def answer(request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        asked[path] += 1
        keys.add(request.headers.get("Idempotency-Key"))
        if asked[path] == 1:
            return httpx2.Response(503, json={"title": "Temporarily unavailable"})
        timeline = {"entries": [{"status": "delivered", "ms": 5}]}
        return httpx2.Response(200, json=timeline if "timeline" in path else {"id": "1", "status": "delivered"})

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer), base_url="http://gateway") as http:
        journey = Journey("Da Lia")
        await follow(Api(http), journey, KITCHEN, [DISH], 0)

    assert journey.order["status"] == "delivered"
    assert asked["/orders"] == 2
    assert len(keys - {None}) == 1


@pytest.mark.parametrize(("answer", "printed"), [(None, "http://localhost:8000/console/orders/1\n"), ("502", "")])
def test_the_console_url_of_an_order_is_printed_if_it_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: str | None, printed: str
) -> None:
    asked: list[str] = []

    def http_ready(url: str) -> str | None:
        asked.append(url)
        return answer

    monkeypatch.setattr(demo, "http_ready", http_ready)
    servers = Endpoints("postgresql://p", "redis://r", "amqp://m")
    system = System(Infra.NATIVE, DEFAULT_PORTS, servers, Credentials.of(State(tmp_path)))
    shown = StringIO()

    demo.show_page(system, Console(file=shown), "1")

    assert asked == ["http://localhost:8000/console/log-in"]
    assert shown.getvalue().endswith(printed)
    assert bool(shown.getvalue()) == bool(printed)
