"""Events in: an order's life as its payment sees it."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import EventRouter
from foodevents import (
    DeliveryPickedUp,
    OrderAccepted,
    OrderCancelled,
    OrderCancelRequested,
    OrderCreated,
    OrderDelivered,
    OrderPaymentFailed,
    OrderRejected,
    OrderUndeliverable,
)
from payment_service import service
from payment_service.models import Ending

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
    """Give everything back: the restaurant can't cook it."""
    await service.close(session, event.order_id)


@events.on(OrderPaymentFailed)
async def on_order_payment_failed(event: OrderPaymentFailed, session: AsyncSession) -> None:
    """Release what may be held all the same: the order waited too long for the provider's word."""
    await service.close(session, event.order_id)


@events.on(OrderCancelRequested)
async def on_order_cancel_requested(event: OrderCancelRequested, session: AsyncSession) -> None:
    """Give everything back but what the order keeps."""
    await service.close(session, event.order_id, event.keep)


@events.on(DeliveryPickedUp)
async def on_delivery_picked_up(event: DeliveryPickedUp, session: AsyncSession) -> None:
    """Remember who drives: from here on no other driver can."""
    await service.note_driver(session, event.order_id, event.driver_id)


@events.on(OrderDelivered)
async def on_order_delivered(event: OrderDelivered, session: AsyncSession) -> None:
    """Let the payment be shared out."""
    await service.note_ending(session, event.order_id, Ending.DELIVERED, event.driver_id)


@events.on(OrderUndeliverable)
async def on_order_undeliverable(event: OrderUndeliverable, session: AsyncSession) -> None:
    """Let the payment be shared out: everybody did their work."""
    await service.note_ending(session, event.order_id, Ending.UNDELIVERABLE)


@events.on(OrderCancelled)
async def on_order_cancelled(event: OrderCancelled, session: AsyncSession) -> None:
    """Let what was kept be shared out."""
    await service.note_ending(session, event.order_id, Ending.CANCELLED)


@events.at("refund.unfinished")
async def on_refund_unfinished(refund_id: UUID, session: AsyncSession) -> None:
    """Ask the provider again about a refund that was begun and not finished."""
    await service.resume_refund(session, refund_id)
