"""Every ending of an order and its money, through the gateway with six processes."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from e2e.clock import grow_old, run_out
from e2e.running import Running
from e2e.scene import Scene, until

from foodctl.api import Api, Json, RefusedError

Scenes = Callable[..., Scene]
TOTAL = 3202
# The dishes and their tax.
FOOD = 2640
NO_DRIVER = "search.over"
CLICKING: dict[str, Any] = {"auto_accept": False, "auto_drive": False}


async def cancel(caller: Api, order: Json, reason: str = "Changed my mind") -> Json:
    return await caller.call("POST", f"/orders/{order['id']}/cancel", {"reason": reason})


async def ends(play: Scene, order: Json, payment: str, *, kept: int = 0, refunded: int = 0) -> Json:
    """Check that an order is cancelled with the expected payment."""
    seen = await play.reaches(order, "cancelled")
    paid = await play.payment(order)

    assert (paid["status"], paid["amount"], paid["refunded"]) == (payment, TOTAL, refunded)
    assert (seen["keep"], seen["needs_attention"]) == (kept, False)
    return seen


async def triggers(play: Scene, order: Json) -> list[str]:
    entries = (await play.customer.call("GET", f"/orders/{order['id']}/timeline"))["entries"]
    assert [entry["sequence"] for entry in entries] == list(range(1, len(entries) + 1))
    return [entry["trigger"] for entry in entries]


async def test_a_pending_order_is_cancelled_without_a_charge(scene: Scenes) -> None:
    play = await scene(**CLICKING).set()
    # The provider takes two seconds, so the order is still pending.
    order = await play.order(payment_method="tok_slow")

    assert (await cancel(play.customer, order))["status"] == "cancelling"

    await ends(play, order, "voided")


async def test_a_placed_order_is_cancelled_and_its_hold_released(scene: Scenes) -> None:
    play = await scene(**CLICKING).set()
    order = await play.reaches(await play.order(), "placed")

    await cancel(play.customer, order)

    assert (await ends(play, order, "voided"))["cancelled_by"] == "customer"
    with pytest.raises(RefusedError) as refused:
        await cancel(play.customer, order)
    assert refused.value.status == 409


@pytest.mark.parametrize("status", ["paid", "assigned"])
async def test_a_cancel_soon_after_acceptance_refunds_everything(scene: Scenes, status: str) -> None:
    play = await scene(**CLICKING).set()
    order = await play.order()
    await play.accept(await play.reaches(order, "placed"))
    if status == "assigned":
        await play.take(order)

    await cancel(play.customer, order)

    await ends(play, order, "refunded", refunded=TOTAL)


@pytest.mark.parametrize("status", ["paid", "assigned"])
async def test_a_late_cancel_by_the_customer_costs_the_food(running: Running, scene: Scenes, status: str) -> None:
    play = await scene(**CLICKING).set()
    order = await play.order()
    await play.accept(await play.reaches(order, "placed"))
    if status == "assigned":
        await play.take(order)
    grow_old(running, order)

    await cancel(play.customer, order)

    await ends(play, order, "partially_refunded", kept=FOOD, refunded=TOTAL - FOOD)
    # The driver is free for the next order.
    again = await play.order()
    await play.accept(await play.reaches(again, "placed"))
    await play.deliver(again)


async def test_a_late_cancel_by_the_restaurant_refunds_everything(running: Running, scene: Scenes) -> None:
    play = await scene(**CLICKING).set()
    order = await play.order()
    await play.accept(await play.reaches(order, "placed"))
    grow_old(running, order)

    await cancel(play.owner, order, "The oven broke")

    assert (await ends(play, order, "refunded", refunded=TOTAL))["cancelled_by"] == "restaurant"


async def test_an_order_that_was_picked_up_is_not_cancelled(scene: Scenes, admin: Api) -> None:
    play = await scene(**CLICKING).set()
    order = await play.order()
    await play.accept(await play.reaches(order, "placed"))
    await play.pick_up(order)

    for caller in (play.customer, play.owner, admin):
        with pytest.raises(RefusedError, match="picked_up") as refused:
            await cancel(caller, order)
        assert refused.value.status == 409


async def test_a_capture_that_fails_cancels_the_order(scene: Scenes) -> None:
    play = await scene(auto_drive=False).set()

    order = await play.order(payment_method="tok_capture_fails")

    assert (await ends(play, order, "capture_failed"))["cancelled_by"] == "system"


async def test_a_late_response_of_the_provider_changes_nothing(scene: Scenes) -> None:
    play = await scene(**CLICKING).set()
    order = await play.order(payment_method="tok_timeout_after_effect")
    await play.accept(await play.reaches(order, "placed"))

    await cancel(play.customer, order)

    await ends(play, order, "refunded", refunded=TOTAL)


async def test_an_order_without_a_driver_is_cancelled(running: Running, scene: Scenes) -> None:
    play = await scene(auto_drive=False, online=False).set()
    order = await play.reaches(await play.order(), "paid")

    async def searched() -> list[Json]:
        found = await play.customer.call("GET", "/deliveries", params={"order_id": order["id"]})
        return list(found["items"])

    [delivery] = await until(searched)
    await run_out(running, "delivery", NO_DRIVER, delivery["id"])

    assert (await ends(play, order, "refunded", refunded=TOTAL))["cancelled_by"] == "system"


async def test_a_payment_without_a_response_fails_the_order(running: Running, scene: Scenes) -> None:
    play = await scene(**CLICKING).set()
    order = await play.order(payment_method="tok_slow")

    await run_out(running, "order", "payment.unanswered", order["id"])

    assert (await play.reaches(order, "payment_failed"))["reason"] == "no answer"
    # The provider responds late, and its hold is released.
    await play.pays(order, "voided")


async def test_a_restaurant_without_a_response_is_reminded_and_then_rejects(running: Running, scene: Scenes) -> None:
    play = await scene(**CLICKING).set()
    order = await play.reaches(await play.order(), "placed")

    async def reminded() -> bool:
        return "restaurant.slow" in await triggers(play, order)

    await run_out(running, "order", "restaurant.slow", order["id"])
    await until(reminded)
    await run_out(running, "order", "restaurant.silent", order["id"])

    await play.reaches(order, "rejected")
    await play.pays(order, "voided")


async def test_a_driver_who_withdraws_is_replaced(scene: Scenes) -> None:
    play = await scene(**CLICKING, drivers=2).set()
    order = await play.order()
    await play.accept(await play.reaches(order, "placed"))
    first, path = await play.take(order)

    await first.call("POST", f"{path}/unassign", {"reason": "A flat tyre"})
    second, _ = await play.offered(order)
    await play.deliver(order)

    assert second is not first
    assert "delivery.unassigned" in await triggers(play, order)
    assert (await play.seen(order))["driver_id"] == second.user_id


async def test_food_that_is_not_accepted_is_undeliverable_and_paid_for(scene: Scenes) -> None:
    play = await scene(**CLICKING).set()
    order = await play.order()
    await play.accept(await play.reaches(order, "placed"))
    driver, path = await play.pick_up(order)

    await driver.call("POST", f"{path}/fail", {"reason": "Nobody opens", "responsible": "customer"})

    assert (await play.reaches(order, "undeliverable"))["reason"] == "Nobody opens"
    paid = await play.payment(order)
    assert (paid["status"], paid["refunded"]) == ("captured", 0)


async def test_food_that_a_courier_loses_is_refunded(scene: Scenes) -> None:
    play = await scene(**CLICKING).set()
    order = await play.order()
    await play.accept(await play.reaches(order, "placed"))
    driver, path = await play.pick_up(order)

    await driver.call("POST", f"{path}/fail", {"reason": "I fell"})

    assert (await play.reaches(order, "undeliverable"))["reason"] == "I fell"
    assert (await play.pays(order, "refunded"))["refunded"] == TOTAL


async def test_an_admin_refunds_a_part_and_then_the_rest(scene: Scenes, admin: Api) -> None:
    play = await scene().set()
    order = await play.reaches(await play.order(), "delivered")
    path = f"/payments/{(await play.payment(order))['id']}/refunds"
    key = str(uuid4())

    for _ in range(2):
        await admin.call("POST", path, {"amount": 1000, "reason": "Cold soup"}, key=key)
    part = await play.payment(order)
    with pytest.raises(RefusedError) as refused:
        await admin.call("POST", path, {"amount": TOTAL, "reason": "Cold soup"})
    await admin.call("POST", path, {"reason": "Very cold soup"})
    whole = await play.payment(order)
    with pytest.raises(RefusedError) as forbidden:
        await play.customer.call("POST", path, {"reason": "I like money"})

    assert (part["status"], part["refunded"]) == ("partially_refunded", 1000)
    assert (whole["status"], whole["refunded"]) == ("refunded", TOTAL)
    assert refused.value.status in {409, 422}
    assert forbidden.value.status == 403
    assert (await play.seen(order))["status"] == "delivered"


async def test_a_settlement_pays_each_party_once(scene: Scenes, admin: Api) -> None:
    play = await scene().set()
    order = await play.reaches(await play.order(), "delivered")

    async def settled() -> str:
        # Settlements are announced by event.
        await admin.call("POST", "/settlements")
        return str((await play.payment(order))["settled_at"] or "")

    at = await until(settled)
    await admin.call("POST", "/settlements")

    assert (await play.payment(order))["settled_at"] == at


async def test_an_erasure_deletes_personal_data_and_keeps_the_books(scene: Scenes, admin: Api) -> None:
    play = await scene().set()
    order = await play.reaches(await play.order(), "delivered")

    await play.customer.call("DELETE", "/users/me")

    async def forgotten() -> bool:
        seen = await admin.call("GET", f"/orders/{order['id']}")
        return bool(seen["delivery_address"]["line1"] != "The door 1")

    await until(forgotten)
    with pytest.raises(RefusedError) as refused:
        await play.customer.call("GET", "/users/me")
    [payment] = (await admin.call("GET", "/payments", params={"order_id": order["id"]}))["items"]

    assert refused.value.status in {401, 404}
    assert (payment["status"], payment["amount"]) == ("captured", TOTAL)


async def test_the_restaurant_of_an_erased_owner_accepts_no_orders(scene: Scenes) -> None:
    play = await scene().set()

    await play.owner.call("DELETE", "/users/me")

    async def refused() -> bool:
        try:
            await play.customer.call("POST", "/quotes", play.basket())
        except RefusedError as error:
            return bool(error.status == 409)
        return False

    await until(refused)
