"""Events in: payments and deliveries move orders, menus feed the replica."""

from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import EventRouter
from foodevents import (
    DeliveryAssigned,
    DeliveryDelivered,
    DeliveryPickedUp,
    MenuItemRemoved,
    MenuItemUpdated,
    PaymentAuthorized,
    PaymentCompleted,
    PaymentDeclined,
    RestaurantUpdated,
)
from order_service import service

events = EventRouter()


@events.on(PaymentAuthorized)
async def on_payment_authorized(event: PaymentAuthorized, session: AsyncSession) -> None:
    """Ask the restaurant about an order whose payment is held."""
    await service.advance(session, event.order_id, on=event)


@events.on(PaymentDeclined)
async def on_payment_declined(event: PaymentDeclined, session: AsyncSession) -> None:
    """End an order that is not paid for."""
    await service.advance(session, event.order_id, on=event)


@events.on(PaymentCompleted)
async def on_payment_completed(event: PaymentCompleted, session: AsyncSession) -> None:
    """Have a driver found for an order whose payment is captured."""
    await service.advance(session, event.order_id, on=event)


@events.on(DeliveryAssigned)
async def on_delivery_assigned(event: DeliveryAssigned, session: AsyncSession) -> None:
    """Note which driver comes."""
    await service.advance(session, event.order_id, on=event)


@events.on(DeliveryPickedUp)
async def on_delivery_picked_up(event: DeliveryPickedUp, session: AsyncSession) -> None:
    """Note that the kitchen has handed the food over."""
    await service.advance(session, event.order_id, on=event)


@events.on(DeliveryDelivered)
async def on_delivery_delivered(event: DeliveryDelivered, session: AsyncSession) -> None:
    """End an order whose food reached the door."""
    await service.advance(session, event.order_id, on=event)


@events.on(RestaurantUpdated)
async def on_restaurant_updated(event: RestaurantUpdated, session: AsyncSession) -> None:
    """Keep the newest snapshot of a restaurant."""
    await service.keep_restaurant(session, event)


@events.on(MenuItemUpdated)
async def on_menu_item_updated(event: MenuItemUpdated, session: AsyncSession) -> None:
    """Keep the newest snapshot of a dish."""
    await service.keep_item(session, event)


@events.on(MenuItemRemoved)
async def on_menu_item_removed(event: MenuItemRemoved, session: AsyncSession) -> None:
    """Take a dish off the menu."""
    await service.remove_item(session, event)
