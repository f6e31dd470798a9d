"""What payments and deliveries do to orders."""

from sqlmodel.ext.asyncio.session import AsyncSession

from foodevents import (
    DeliveryAssigned,
    DeliveryCancelled,
    DeliveryDelivered,
    DeliveryNoDriver,
    DeliveryPickedUp,
    DeliveryUnassigned,
    DeliveryUndeliverable,
    PaymentAuthorized,
    PaymentCaptureFailed,
    PaymentCompleted,
    PaymentDeclined,
    PaymentRefunded,
    PaymentVoided,
)
from order_service import service
from order_service.handlers.router import events


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


@events.on(PaymentCaptureFailed)
async def on_payment_capture_failed(event: PaymentCaptureFailed, session: AsyncSession) -> None:
    """Cancel an order whose held payment was not taken after all."""
    await service.advance(session, event.order_id, on=event)


@events.on(PaymentVoided)
async def on_payment_voided(event: PaymentVoided, session: AsyncSession) -> None:
    """Note that nothing is held any more."""
    await service.advance(session, event.order_id, on=event)


@events.on(PaymentRefunded)
async def on_payment_refunded(event: PaymentRefunded, session: AsyncSession) -> None:
    """Note what went back to the customer."""
    await service.advance(session, event.order_id, on=event)


@events.on(DeliveryUnassigned)
async def on_delivery_unassigned(event: DeliveryUnassigned, session: AsyncSession) -> None:
    """Note that the driver is lost, and another is being searched."""
    await service.advance(session, event.order_id, on=event)


@events.on(DeliveryNoDriver)
async def on_delivery_no_driver(event: DeliveryNoDriver, session: AsyncSession) -> None:
    """Cancel an order that nobody will bring."""
    await service.advance(session, event.order_id, on=event)


@events.on(DeliveryUndeliverable)
async def on_delivery_undeliverable(event: DeliveryUndeliverable, session: AsyncSession) -> None:
    """End an order whose food could not be handed over."""
    await service.advance(session, event.order_id, on=event)


@events.on(DeliveryCancelled)
async def on_delivery_cancelled(event: DeliveryCancelled, session: AsyncSession) -> None:
    """Note that nobody comes any more."""
    await service.advance(session, event.order_id, on=event)
