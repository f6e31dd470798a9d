"""Events in: payments, deliveries and passed deadlines move orders, menus feed the replica, users are erased."""

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
# What these do to an order stands in the tables of `machine.py`.
OF_ORDERS: tuple[type[Event], ...] = (
    *(PaymentAuthorized, PaymentDeclined, PaymentCompleted, PaymentCaptureFailed, PaymentVoided, PaymentRefunded),
    *(DeliveryAssigned, DeliveryUnassigned, DeliveryPickedUp, DeliveryDelivered),
    *(DeliveryNoDriver, DeliveryUndeliverable, DeliveryCancelled),
)


def _advancing(event_type: type[Event]) -> Callable[[Event, Transaction], Awaitable[None]]:
    async def handler(event: Event, transaction: Transaction) -> None:
        await service.advance(transaction, event)

    # The inbox and the metrics know a handler by its name, such as on_payment_authorized.
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
    """Keep the newest snapshot of a restaurant."""
    await service.keep_restaurant(transaction, event)


@events.on(MenuItemUpdated)
async def on_menu_item_updated(event: MenuItemUpdated, transaction: Transaction) -> None:
    """Keep the newest snapshot of a dish."""
    await service.keep_item(transaction, event)


@events.on(MenuItemRemoved)
async def on_menu_item_removed(event: MenuItemRemoved, transaction: Transaction) -> None:
    """Take a dish off the menu."""
    await service.remove_item(transaction, event)


@events.on(UserChanged)
async def on_user_changed(event: UserChanged, transaction: Transaction) -> None:
    """Keep how a user is called by those who share an order with them."""
    await service.keep_contact(transaction, event)


@events.on(UserErased)
async def on_user_erased(event: UserErased, transaction: Transaction) -> None:
    """Erase where a user lives from their orders, close their restaurants, and keep the books."""
    await service.forget(transaction, event.user_id)


@events.at(TOKENS_EXPIRED)
async def on_tokens_expired(user_id: UUID, transaction: Transaction) -> None:
    """Erase what was ordered while the user was being erased."""
    await service.forget_again(transaction, user_id)


@events.at(KITCHEN)
async def on_sandbox_kitchen(order_id: UUID, transaction: Transaction) -> None:
    """Play the kitchen of a test order."""
    await service.play_kitchen(transaction, order_id)


@events.measure
async def overdue_orders(session: AsyncSession) -> None:
    """Count the open orders that are late."""
    metrics.overdue.set(await service.count_overdue(session))
