"""Every race has one of its named outcomes, and the amounts are right."""

from functools import partial
from uuid import uuid4

from e2e.scene import Scene
from races.rounds import Move, Races, about, together

from foodctl.api import Api, Json

TOTAL = 3202
PART = 2000
ABSENT = {"auto_drive": False, "online": False}


def cancelling(caller: Api, order: Json) -> Move:
    return partial(caller.call, "POST", f"/orders/{order['id']}/cancel", {"reason": "Changed my mind"})


def accepting(play: Scene, order: Json) -> Move:
    return partial(play.owner.call, "POST", f"/orders/{order['id']}/accept", {"prep_minutes": 5})


async def refunding(admin: Api, play: Scene, order: Json, key: str, amount: int) -> Json:
    payment = await play.payment(order)
    body = {"amount": amount, "reason": "Cold soup"}
    return await admin.call("POST", f"/payments/{payment['id']}/refunds", body, key=key)


async def cancelled(play: Scene, order: Json) -> Json:
    """Check that a cancelled order is fully refunded, and return its payment."""
    seen = await play.reaches(order, "cancelled")
    payment = await play.payment(order)
    assert (seen["keep"], payment["refunded"]) == (0, TOTAL if payment["status"] == "refunded" else 0)
    return payment


async def test_a_double_submit_makes_one_order_and_one_payment(races: Races) -> None:
    async def submit_twice(play: Scene) -> str:
        move = partial(play.order, key=str(uuid4()), payment_method="tok_declined")
        twins = await together(move, move, move)
        [order] = {twin["id"]: twin for twin in twins if twin}.values()
        await play.reaches(order, "payment_failed")
        payments = await play.customer.call("GET", "/payments", params={"order_id": order["id"]})
        return f"{len(payments['items'])} payment of {sum(twin is not None for twin in twins)} answers"

    assert await races.run(submit_twice, **ABSENT) == {"1 payment of 3 answers": races.rounds}


async def test_a_cancel_during_hold_and_capture_refunds_everything(races: Races) -> None:
    async def cancel_while_paying(play: Scene) -> str:
        order = await play.order()
        [cancelled_order] = await together(about(100, cancelling(play.customer, order)))
        assert cancelled_order
        return str((await cancelled(play, order))["status"])

    outcomes = await races.run(cancel_while_paying, **ABSENT)

    assert set(outcomes) <= {"voided", "refunded"}
    assert outcomes.total() == races.rounds


async def test_a_cancel_during_an_acceptance_refunds_everything(races: Races) -> None:
    async def cancel_while_accepting(play: Scene) -> str:
        order = await play.reaches(await play.order(), "placed")
        cancelled_order, accepted = await together(
            about(5, cancelling(play.customer, order)), about(5, accepting(play, order))
        )
        assert cancelled_order
        payment = await cancelled(play, order)
        # An order that was not accepted was never captured.
        assert accepted or payment["status"] == "voided"
        return "cancelled after acceptance" if accepted else "cancelled, acceptance refused"

    outcomes = await races.run(cancel_while_accepting, auto_accept=False, **ABSENT)

    assert set(outcomes) <= {"cancelled after acceptance", "cancelled, acceptance refused"}
    assert outcomes.total() == races.rounds


async def test_only_one_of_cancel_and_pick_up_succeeds(races: Races) -> None:
    async def cancel_while_picking_up(play: Scene) -> str:
        order = await play.reaches(await play.order(), "paid")
        driver, path = await play.take(order)
        cancelled_order, _ = await together(
            about(30, cancelling(play.customer, order)), about(30, partial(driver.call, "POST", f"{path}/pickup"))
        )
        if cancelled_order:
            return str((await cancelled(play, order))["status"])
        await play.reaches(order, "picked_up")
        await driver.call("POST", f"{path}/deliver")
        await play.reaches(order, "delivered")
        return str((await play.payment(order))["status"])

    outcomes = await races.run(cancel_while_picking_up, auto_drive=False)

    assert set(outcomes) <= {"refunded", "captured"}
    assert outcomes.total() == races.rounds


async def test_only_one_of_two_drivers_gets_a_claimed_order(races: Races) -> None:
    async def claim_twice(play: Scene) -> str:
        order = await play.reaches(await play.order(), "paid")
        await together(*(partial(_go_online, driver) for driver in play.drivers))
        seen = await play.reaches(order, "delivered")
        theirs = [await driver.call("GET", "/deliveries", params={"order_id": order["id"]}) for driver in play.drivers]
        [winner] = [driver for driver, found in zip(play.drivers, theirs, strict=True) if found["items"]]
        for driver in play.drivers:
            await driver.call("PUT", "/drivers/me/availability", {"online": False})
        return "one driver" if seen["driver_id"] == winner.user_id else "another driver"

    assert await races.run(claim_twice, drivers=2, online=False) == {"one driver": races.rounds}


async def test_a_refund_during_the_capture_follows_it_or_is_refused(races: Races, admin: Api) -> None:
    async def refund_while_capturing(play: Scene) -> str:
        order = await play.reaches(await play.order(), "placed")
        refund = partial(refunding, admin, play, order, str(uuid4()), PART)
        _, refunded = await together(accepting(play, order), about(40, refund))
        await play.reaches(order, "paid")
        assert (await play.payment(order))["refunded"] == (PART if refunded else 0)
        await cancelling(admin, order)()
        assert (await cancelled(play, order))["status"] == "refunded"
        return "refunded after the capture" if refunded else "refused before the capture"

    outcomes = await races.run(refund_while_capturing, auto_accept=False, **ABSENT)

    assert set(outcomes) <= {"refunded after the capture", "refused before the capture"}
    assert outcomes.total() == races.rounds


async def test_only_one_of_two_excessive_refunds_is_made(races: Races, admin: Api) -> None:
    async def refund_twice(play: Scene) -> str:
        order = await play.reaches(await play.order(), "paid")
        one, other = (partial(refunding, admin, play, order, str(uuid4()), PART) for _ in range(2))
        first, repeated, second = await together(one, one, other)
        assert (await play.payment(order))["refunded"] == PART
        assert (first is None) == (repeated is None)
        await cancelling(admin, order)()
        assert (await cancelled(play, order))["status"] == "refunded"
        return "one refund" if (first is None) != (second is None) else "two refunds or none"

    assert await races.run(refund_twice, **ABSENT) == {"one refund": races.rounds}


async def _go_online(driver: Api) -> Json:
    return await driver.call("PUT", "/drivers/me/availability", {"online": True})
