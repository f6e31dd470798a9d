"""Test orders: accepted only with an open sandbox, and simulated with the steps of real orders."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from foodchassis import Event
from foodchassis.kernel import production
from foodevents import OrderPaid
from order_service.rules.sandbox import KITCHEN
from order_service.settings import OrderSettings

PLAYED = {"kitchen": "auto", "courier": "auto", "pace": 60}


@pytest.fixture
def sandbox(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.state.resources.get(OrderSettings), "sandbox", True)


async def test_a_test_order_is_refused_without_a_sandbox(
    bistro: Any, client: httpx2.AsyncClient, replicate_restaurant: Any, customer: Any
) -> None:
    await replicate_restaurant()
    answer = await client.post("/orders", json=bistro.json_order(test=PLAYED), headers=customer())

    assert answer.status_code == 403
    problem = answer.json()
    assert problem["title"] == "This environment does not accept test orders"
    assert "Omit `test`" in problem["detail"]
    assert (await client.get("/orders", headers=customer())).json()["items"] == []


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize(
    "test", [{"pace": 61}, {"pace": 0}, {"pace": 1.5}, {"kitchen": "human"}, {"courier": True}, {"speed": 2}, "auto"]
)
async def test_an_invalid_test_order_is_refused(
    bistro: Any, client: httpx2.AsyncClient, replicate_restaurant: Any, customer: Any, test: object
) -> None:
    await replicate_restaurant()

    assert (await client.post("/orders", json=bistro.json_order(test=test), headers=customer())).status_code == 422


@pytest.mark.usefixtures("sandbox")
async def test_the_kitchen_of_a_test_order_is_simulated(
    bistro: Any,
    client: httpx2.AsyncClient,
    replicate_restaurant: Any,
    customer: Any,
    handle: Callable[[Event], Awaitable[None]],
    timers: Callable[[], Awaitable[dict[str, int]]],
    pass_time: Callable[[str], Awaitable[None]],
    published: Any,
) -> None:
    await replicate_restaurant(auto_accept=True)
    placed = await client.post("/orders", json=bistro.json_order(test=PLAYED), headers=customer())
    order = placed.json()

    async def seen() -> dict[str, Any]:
        answer = await client.get(f"/orders/{order['id']}", headers=customer())
        return dict(answer.json())

    class PlacedOrder:
        id, total, currency = order["id"], order["total"], order["currency"]

    assert placed.status_code == 201
    assert order["test"] == PLAYED
    # Five minutes for a real order.
    assert 0 < (await timers())["payment.unanswered"] <= 5
    await pass_time(KITCHEN)
    assert (await seen())["status"] == "pending"
    await handle(bistro.event("payment.authorized", PlacedOrder))
    assert (await seen())["kitchen"] == "waiting"
    await pass_time(KITCHEN)
    assert (await seen())["kitchen"] == "accepted"
    # Fifteen minutes of cooking.
    assert 5 < (await timers())[KITCHEN] <= 15
    await handle(bistro.event("payment.completed", PlacedOrder))
    [paid] = [one for one in await published() if one.type == OrderPaid.event_type]
    assert paid.data["test"] == PLAYED


@pytest.mark.usefixtures("sandbox")
async def test_an_order_with_a_silent_kitchen_ends_by_its_deadline(
    bistro: Any,
    client: httpx2.AsyncClient,
    replicate_restaurant: Any,
    customer: Any,
    handle: Callable[[Event], Awaitable[None]],
    timers: Callable[[], Awaitable[dict[str, int]]],
) -> None:
    await replicate_restaurant(auto_accept=True)
    test = {"kitchen": "silent", "pace": 60}
    order = (await client.post("/orders", json=bistro.json_order(test=test), headers=customer())).json()

    class PlacedOrder:
        id, total, currency = order["id"], order["total"], order["currency"]

    await handle(bistro.event("payment.authorized", PlacedOrder))

    assert (await client.get(f"/orders/{order['id']}", headers=customer())).json()["kitchen"] == "waiting"
    assert 0 < (await timers())["restaurant.silent"] <= 10
    assert KITCHEN not in await timers()


def test_production_does_not_start_with_an_open_sandbox() -> None:
    def dangers(*, sandbox: bool) -> set[str]:
        return {one.name for one in OrderSettings(sandbox=sandbox, environment="prod").dangers()}

    assert dangers(sandbox=True) - dangers(sandbox=False) == {"sandbox"}
    with pytest.raises(production.UnsafeProductionError, match="SANDBOX=false"):
        production.check("order-service", OrderSettings(sandbox=True).dangers(), ())
