"""Events in: an order's life as its payment sees it."""

from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import EventRouter
from foodevents import OrderAccepted, OrderCreated, OrderRejected
from payment_service import service

events = EventRouter()


@events.on(OrderCreated)
async def on_order_created(event: OrderCreated, session: AsyncSession) -> None:
    """Hold the total on the customer's card."""
    await service.authorize(session, event)


@events.on(OrderAccepted)
async def on_order_accepted(event: OrderAccepted, session: AsyncSession) -> None:
    """Take what is held: the restaurant cooks."""
    await service.capture(session, event)


@events.on(OrderRejected)
async def on_order_rejected(event: OrderRejected, session: AsyncSession) -> None:
    """Release what is held: the restaurant can't cook it."""
    await service.void(session, event.order_id)
