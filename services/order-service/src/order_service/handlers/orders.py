"""What payments and deliveries do to orders."""

from foodchassis import Transaction
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
async def on_payment_authorized(event: PaymentAuthorized, transaction: Transaction) -> None:
    """Place an order whose payment is held; the restaurant is asked."""
    await service.advance(transaction, event.order_id, on=event)


@events.on(PaymentDeclined)
async def on_payment_declined(event: PaymentDeclined, transaction: Transaction) -> None:
    """End an order that is not paid for."""
    await service.advance(transaction, event.order_id, on=event)


@events.on(PaymentCompleted)
async def on_payment_completed(event: PaymentCompleted, transaction: Transaction) -> None:
    """Have a driver found for an order whose payment is captured."""
    await service.advance(transaction, event.order_id, on=event)


@events.on(DeliveryAssigned)
async def on_delivery_assigned(event: DeliveryAssigned, transaction: Transaction) -> None:
    """Note which driver comes."""
    await service.advance(transaction, event.order_id, on=event)


@events.on(DeliveryPickedUp)
async def on_delivery_picked_up(event: DeliveryPickedUp, transaction: Transaction) -> None:
    """Note that the kitchen has handed the food over."""
    await service.advance(transaction, event.order_id, on=event)


@events.on(DeliveryDelivered)
async def on_delivery_delivered(event: DeliveryDelivered, transaction: Transaction) -> None:
    """End an order whose food reached the door."""
    await service.advance(transaction, event.order_id, on=event)


@events.on(PaymentCaptureFailed)
async def on_payment_capture_failed(event: PaymentCaptureFailed, transaction: Transaction) -> None:
    """Cancel an order whose held payment was not taken after all."""
    await service.advance(transaction, event.order_id, on=event)


@events.on(PaymentVoided)
async def on_payment_voided(event: PaymentVoided, transaction: Transaction) -> None:
    """Note that nothing is held any more."""
    await service.advance(transaction, event.order_id, on=event)


@events.on(PaymentRefunded)
async def on_payment_refunded(event: PaymentRefunded, transaction: Transaction) -> None:
    """Note what went back to the customer."""
    await service.advance(transaction, event.order_id, on=event)


@events.on(DeliveryUnassigned)
async def on_delivery_unassigned(event: DeliveryUnassigned, transaction: Transaction) -> None:
    """Note that the driver is lost, and another is being searched."""
    await service.advance(transaction, event.order_id, on=event)


@events.on(DeliveryNoDriver)
async def on_delivery_no_driver(event: DeliveryNoDriver, transaction: Transaction) -> None:
    """Cancel an order for which no driver was found."""
    await service.advance(transaction, event.order_id, on=event)


@events.on(DeliveryUndeliverable)
async def on_delivery_undeliverable(event: DeliveryUndeliverable, transaction: Transaction) -> None:
    """End an order whose food could not be handed over."""
    await service.advance(transaction, event.order_id, on=event)


@events.on(DeliveryCancelled)
async def on_delivery_cancelled(event: DeliveryCancelled, transaction: Transaction) -> None:
    """Note that no driver comes any more."""
    await service.advance(transaction, event.order_id, on=event)
