from typing import Any

from fastapi import FastAPI
from sqlmodel import col, select

from foodchassis import Database, publish
from foodchassis.storage import transaction_of
from foodchassis.testing import eventually
from order_service import service
from order_service.handlers import events
from order_service.machine import KITCHEN, ORDER
from order_service.models import MenuItemCopy, Order, OrderHistory
from order_service.rules import sandbox
from order_service.rules.deadlines import TIMERS, TOKENS_EXPIRED
from order_service.schemas import OrderCreate


def test_every_event_that_moves_an_order_has_a_handler() -> None:
    triggers = {
        trigger
        for machine in (ORDER, KITCHEN)
        for trigger in machine.triggers
        if trigger.startswith(("payment", "deliv"))
    }
    menus = {"restaurant.updated", "menu.item_updated", "menu.item_removed"}

    assert {event.routing_key for event in events.handlers} == triggers - TIMERS | menus | {
        "user.changed",
        "user.erased",
    }


def test_handlers_are_named_after_their_events() -> None:
    for event, handler in events.handlers.items():
        assert handler.__name__ == f"on_{event.routing_key.replace('.', '_')}"


def test_every_timer_has_a_handler() -> None:
    assert set(events.deadlines) == TIMERS | {TOKENS_EXPIRED, sandbox.KITCHEN}


async def test_an_order_is_delivered_although_events_are_swapped_and_repeated(bistro: Any, live_app: FastAPI) -> None:
    transaction = live_app.state.resources.get(Database).transaction
    async with transaction() as session:
        for event in (bistro.restaurant.model_copy(update={"auto_accept": True}), bistro.pizza, bistro.soup):
            await publish(session, event)

    async def known() -> bool:
        async with transaction() as session:
            return len((await session.exec(select(MenuItemCopy))).all()) == 2

    await eventually(known)
    async with transaction() as session:
        basket = OrderCreate.model_validate(bistro.json_order())
        order = await service.place_order(await transaction_of(session), customer_id=bistro.customer, basket=basket)
    # Two events are swapped and one is repeated: the early one is retried, the repeat is ignored.
    for trigger in ("payment.completed", "payment.authorized", "payment.authorized"):
        async with transaction() as session:
            await publish(session, bistro.event(trigger, order))

    async def reached(status: str) -> bool:
        async with transaction() as session:
            found = await session.get(Order, order.id)
            return found is not None and found.status == status

    await eventually(lambda: reached("paid"))
    for trigger, status in (("assigned", "assigned"), ("picked_up", "picked_up"), ("delivered", "delivered")):
        async with transaction() as session:
            await publish(session, bistro.event(f"delivery.{trigger}", order))
        await eventually(lambda status=status: reached(status))  # type: ignore[misc]
    async with transaction() as session:
        steps = (await session.exec(select(OrderHistory).order_by(col(OrderHistory.version)))).all()
    assert [step.version for step in steps] == [1, 2, 3, 4, 5, 6, 7]
