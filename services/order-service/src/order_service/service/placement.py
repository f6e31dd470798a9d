"""Quotes and new orders."""

from functools import partial
from uuid import UUID

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import after_commit, new_id, now, traceparent
from foodevents import OrderCreated
from order_service import metrics
from order_service.admission import Menu, admit
from order_service.errors import PriceChangedError
from order_service.machine import ORDER
from order_service.pricing import price
from order_service.schemas import Basket, OrderCreate, OrderPublic, PricedBasket
from order_service.service.history import step_of
from order_service.service.replica import read_menu
from order_service.service.steps import knobs
from order_service.service.storage import store_order
from order_service.states import KitchenStatus
from order_service.timers import NONE, PAYMENT, timing

log = structlog.get_logger()
PLACE = ORDER.step(None, "place")
UNTOUCHED = {
    "paid": False,
    "payment_closed": False,
    "delivery_closed": False,
    "customer_erased": False,
    "lost_drivers": [],
}


async def quote(session: AsyncSession, basket: Basket) -> PricedBasket:
    """Price a basket that could be ordered now, and store nothing."""
    priced, _ = await _priced(session, basket)
    return priced


async def place_order(session: AsyncSession, *, customer_id: UUID, basket: OrderCreate) -> OrderPublic:
    """Store a new order at the price of this moment; its payment follows by event.

    Raises PriceChangedError when it costs another total than expected.
    """
    priced, menu = await _priced(session, basket)
    if basket.expected_total not in {None, priced.total}:
        raise PriceChangedError(
            f"It now costs {priced.total} {priced.currency}, in minor units.", basket=priced.model_dump(mode="json")
        )
    order = _new_order(customer_id, basket, priced, menu)
    await _store(session, order, menu, basket.payment_method)
    after_commit(session, partial(metrics.count, "created", order.created_at))
    log.info("order.created", order_id=str(order.id), restaurant_id=str(order.restaurant_id), total=order.total)
    return order


async def _priced(session: AsyncSession, basket: Basket) -> tuple[PricedBasket, Menu]:
    menu = await read_menu(session, basket.restaurant_id, (item.menu_item_id for item in basket.items))
    admit(basket, menu, now())
    return price(basket, menu), menu


def _new_order(customer_id: UUID, basket: Basket, priced: PricedBasket, menu: Menu) -> OrderPublic:
    return OrderPublic(
        **dict(priced),
        id=new_id(),
        version=1,
        status=PLACE.target,
        kitchen=KitchenStatus.WAITING,
        customer_id=customer_id,
        restaurant_id=menu.restaurant.restaurant_id,
        restaurant_name=menu.restaurant.name,
        pickup=menu.restaurant.place,
        delivery_address=basket.delivery_address,
        created_at=now(),
    )


async def _store(session: AsyncSession, order: OrderPublic, menu: Menu, payment_method: str) -> None:
    facts = order.model_dump(exclude={"lines"})
    restaurant = menu.restaurant.model_dump(include={"owner_id", "auto_accept", "prep_minutes"})
    lines = [{"order_id": order.id, "position": position, **dict(line)} for position, line in enumerate(order.lines, 1)]
    event = OrderCreated(order_id=order.id, payment_method=payment_method, **facts)
    step = step_of(order, None, trigger=PLACE.trigger, event=event.routing_key, actor=PLACE.by, at=order.created_at)
    timers = timing(NONE, PAYMENT, PLACE.trigger, knobs(session))
    whence = {"traceparent": traceparent()}
    await store_order(
        session, facts | restaurant | UNTOUCHED | whence, lines=lines, step=step, event=event, timing=timers
    )
