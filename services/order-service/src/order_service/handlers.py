"""Handlers: events and deadlines change orders, update the replica of menus, and erase users."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Event, EventRouter
from foodchassis.storage import Transaction
from foodevents import (
    DeliveryAssigned,
    DeliveryCancelled,
    DeliveryDelivered,
    DeliveryNoDriver,
    DeliveryPickedUp,
    DeliveryUnassigned,
    DeliveryUndeliverable,
    MenuItemRemoved,
    MenuItemUpdated,
    PaymentAuthorized,
    PaymentCaptureFailed,
    PaymentCompleted,
    PaymentDeclined,
    PaymentRefunded,
    PaymentVoided,
    RestaurantUpdated,
    UserChanged,
    UserErased,
)
from order_service import service
from order_service.adapters import metrics
from order_service.rules.deadlines import TIMERS, TOKENS_EXPIRED
from order_service.rules.sandbox import KITCHEN

events = EventRouter()
# Their effects on an order are in the tables of `machine.py`.
OF_ORDERS: tuple[type[Event], ...] = (
    *(PaymentAuthorized, PaymentDeclined, PaymentCompleted, PaymentCaptureFailed, PaymentVoided, PaymentRefunded),
    *(DeliveryAssigned, DeliveryUnassigned, DeliveryPickedUp, DeliveryDelivered),
    *(DeliveryNoDriver, DeliveryUndeliverable, DeliveryCancelled),
)


def _advancing(event_type: type[Event]) -> Callable[[Event, Transaction], Awaitable[None]]:
    async def handler(event: Event, transaction: Transaction) -> None:
        await service.advance(transaction, event)

    # The inbox and the metrics use the handler's name, such as on_payment_authorized.
    handler.__name__ = f"on_{event_type.routing_key.replace('.', '_')}"
    return handler


def _expiring(deadline: str) -> Callable[[UUID, Transaction], Awaitable[None]]:
    async def handler(order_id: UUID, transaction: Transaction) -> None:
        await service.expire(transaction, order_id, deadline)

    return handler


for of_order in OF_ORDERS:
    events.on(of_order, first=service.first)(_advancing(of_order))
for timer in sorted(TIMERS):
    events.at(timer)(_expiring(timer))


@events.on(RestaurantUpdated)
async def on_restaurant_updated(event: RestaurantUpdated, transaction: Transaction) -> None:
    """Store the newest snapshot of a restaurant."""
    await service.keep_restaurant(transaction, event)


@events.on(MenuItemUpdated)
async def on_menu_item_updated(event: MenuItemUpdated, transaction: Transaction) -> None:
    """Store the newest snapshot of a dish."""
    await service.keep_item(transaction, event)


@events.on(MenuItemRemoved)
async def on_menu_item_removed(event: MenuItemRemoved, transaction: Transaction) -> None:
    """Remove a dish from the menu."""
    await service.remove_item(transaction, event)


@events.on(UserChanged)
async def on_user_changed(event: UserChanged, transaction: Transaction) -> None:
    """Store the contact of a user."""
    await service.keep_contact(transaction, event)


@events.on(UserErased)
async def on_user_erased(event: UserErased, transaction: Transaction) -> None:
    """Erase the addresses in a user's orders and close the user's restaurants; amounts are kept."""
    await service.forget(transaction, event.user_id)


@events.at(TOKENS_EXPIRED)
async def on_tokens_expired(user_id: UUID, transaction: Transaction) -> None:
    """Erase the data of orders that were placed during the erasure."""
    await service.forget_again(transaction, user_id)


@events.at(KITCHEN)
async def on_sandbox_kitchen(order_id: UUID, transaction: Transaction) -> None:
    """Play the kitchen of a test order."""
    await service.play_kitchen(transaction, order_id)


@events.measure
async def overdue_orders(session: AsyncSession) -> None:
    """Return the number of open orders that are late."""
    metrics.overdue.set(await service.count_overdue(session))
