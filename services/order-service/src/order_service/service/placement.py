"""Quotes and new orders."""

from functools import partial
from uuid import UUID

from foodchassis import Database, new_id, now
from foodchassis.storage import Transaction
from order_service.errors import PriceChangedError, SandboxClosedError
from order_service.rules import sandbox
from order_service.rules.admission import Menu, admit
from order_service.rules.commands import PlaceOrder
from order_service.rules.pricing import price
from order_service.schemas import Basket, OrderCreate, OrderPublic, PricedBasket
from order_service.service.orders import shown
from order_service.service.replica import read_menu
from order_service.service.storage import ORDERS, placing, room_for_another
from order_service.settings import OrderSettings


async def quote(transaction: Transaction, *, customer_id: UUID, basket: Basket) -> PricedBasket:
    """Return the price of a basket that can be ordered now, without storing it."""
    priced, _ = await _priced(transaction, customer_id, basket)
    return priced


async def place_order(transaction: Transaction, *, customer_id: UUID, basket: OrderCreate) -> OrderPublic:
    """Store a new order at the current price; its payment follows by event.

    Raises PriceChangedError when it costs another total than expected, SandboxClosedError for a test order where
    orders are real, and TooManyOpenOrdersError.
    """
    settings = transaction.resources.get(OrderSettings)
    if basket.test is not None and not settings.sandbox:
        raise SandboxClosedError("Orders are real here. Omit `test`, or use an environment with SANDBOX=true.")
    # Sent together with the statement that reads the menu: it costs no round trip.
    await transaction.put(room_for_another(customer_id, settings.open_orders_per_customer))
    priced, menu = await _priced(transaction, customer_id, basket)
    if basket.expected_total not in {None, priced.total}:
        raise PriceChangedError(
            f"It now costs {priced.total} {priced.currency}, in minor units.", basket=priced.model_dump(mode="json")
        )
    command = PlaceOrder(
        new_id(),
        customer_id,
        sandbox.staffed(menu.restaurant, basket.test),
        priced,
        basket.delivery_address,
        basket.payment_method,
        basket.note,
        basket.test,
    )
    resources = transaction.resources
    decision = sandbox.begun(ORDERS.decide(None, "place", event=command, now=now(), resources=resources))
    await transaction.put(placing(decision, priced.lines, resources))
    transaction.after_commit(resources.get(Database).published)
    transaction.after_commit(partial(ORDERS.committed, None, decision, "place", resources))
    return shown(decision.row, priced.lines)


async def _priced(transaction: Transaction, customer_id: UUID, basket: Basket) -> tuple[PricedBasket, Menu]:
    menu = await read_menu(transaction, basket, customer_id)
    admit(basket, menu, now())
    return price(basket, menu), menu
