"""Orders through the gateway with six real processes."""

import asyncio
from collections.abc import Callable
from uuid import uuid4

import pytest
from e2e.scene import Scene, until

from foodctl.api import Api, RefusedError


async def test_an_order_is_delivered_automatically(scene: Callable[..., Scene]) -> None:
    play = await scene().set()

    order = await play.order()
    seen = await play.reaches(order, "delivered")
    timeline = (await play.customer.call("GET", f"/orders/{order['id']}/timeline"))["entries"]

    assert (order["subtotal"], order["service_fee"], order["tax"], order["total"]) == (2400, 120, 282, 3202)
    assert seen["kitchen"] == "handed_over"
    assert [entry["status"] for entry in timeline] == [
        "pending", "placed", "placed", "paid", "assigned", "picked_up", "delivered",
    ]  # fmt: skip
    assert [entry["sequence"] for entry in timeline] == list(range(1, 8))
    assert (await play.payment(order))["status"] == "captured"


async def test_an_order_is_delivered_step_by_step(scene: Callable[..., Scene]) -> None:
    play = await scene(auto_accept=False, auto_drive=False).set()
    order = await play.reaches(await play.order(), "placed")
    await play.owner.call("POST", f"/orders/{order['id']}/accept", {"prep_minutes": 5})
    await play.reaches(order, "paid")
    await play.owner.call("POST", f"/orders/{order['id']}/ready")

    async def offered() -> list[dict[str, str]]:
        return list((await play.driver.call("GET", "/drivers/me/offers"))["items"])

    [offer] = await until(offered)
    await play.driver.call("POST", f"/offers/{offer['id']}/accept")
    await play.reaches(order, "assigned")
    await play.driver.call("POST", f"/deliveries/{offer['delivery_id']}/pickup")
    await play.reaches(order, "picked_up")
    await play.driver.call("POST", f"/deliveries/{offer['delivery_id']}/deliver")
    await play.reaches(order, "delivered")


async def test_a_declined_card_ends_the_order(scene: Callable[..., Scene]) -> None:
    play = await scene().set()

    order = await play.reaches(await play.order(payment_method="tok_declined"), "payment_failed")

    assert (await play.payment(order))["status"] == "declined"


async def test_a_rejection_releases_the_money(scene: Callable[..., Scene]) -> None:
    play = await scene(auto_accept=False).set()
    order = await play.reaches(await play.order(), "placed")

    await play.owner.call("POST", f"/orders/{order['id']}/reject", {"reason": "The oven broke"})
    await play.reaches(order, "rejected")

    async def voided() -> bool:
        return bool((await play.payment(order))["status"] == "voided")

    await until(voided)


async def test_a_double_submit_is_one_order(scene: Callable[..., Scene]) -> None:
    play = await scene().set()
    key = str(uuid4())
    body = {**play.basket(), "payment_method": "tok_ok"}

    twins = await asyncio.gather(*(play.customer.call("POST", "/orders", body, key=key) for _ in range(5)))

    assert len({order["id"] for order in twins}) == 1
    assert len((await play.customer.call("GET", "/orders"))["items"]) == 1


async def test_another_user_sees_nothing(scene: Callable[..., Scene]) -> None:
    play = await scene(auto_accept=False).set()
    stranger = await scene().set()
    order = await play.reaches(await play.order(), "placed")

    for caller, method, path in (
        (stranger.customer, "GET", f"/orders/{order['id']}"),
        (stranger.customer, "GET", f"/orders/{order['id']}/timeline"),
        (stranger.owner, "POST", f"/orders/{order['id']}/ready"),
        (stranger.customer, "GET", f"/payments/{(await play.payment(order))['id']}"),
        (stranger.customer, "GET", f"/orders/{uuid4()}"),
    ):
        with pytest.raises(RefusedError) as refused:
            await caller.call(method, path)
        assert refused.value.status == 404, (method, path)


async def test_a_changed_price_is_refused_before_it_is_charged(scene: Callable[..., Scene]) -> None:
    play = await scene().set()
    quote = await play.customer.call("POST", "/quotes", play.basket())
    path = f"/restaurants/{play.restaurant['id']}/items/{play.dish['id']}"
    await play.owner.call("PATCH", path, {"price": 1100})

    async def quoted_anew() -> bool:
        return bool((await play.customer.call("POST", "/quotes", play.basket()))["total"] > quote["total"])

    await until(quoted_anew)
    with pytest.raises(RefusedError) as refused:
        await play.order(expected_total=quote["total"])
    assert refused.value.status == 409


async def test_the_gateway_has_one_document_of_all_routes(anonymous: Api) -> None:
    document = await anonymous.call("GET", "/openapi.json")

    for path in ("/users", "/restaurants", "/orders", "/payments/{payment_id}", "/drivers/me"):
        assert path in document["paths"], path
