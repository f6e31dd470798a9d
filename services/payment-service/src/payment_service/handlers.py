"""Handlers of events, deadlines and the provider's responses."""

from typing import Any
from uuid import UUID

from foodchassis import EventRouter
from foodchassis.storage import Transaction
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
    RestaurantUpdated,
)
from payment_service import service
from payment_service.rules import deadlines

events = EventRouter()
events.effect("provider", ask=service.ask, answered=service.answered)


@events.on(OrderCreated, first=service.first)
async def on_order_created(event: OrderCreated, transaction: Transaction) -> None:
    """Hold the total on the customer's card."""
    await _take(event, transaction)


@events.on(OrderAccepted, first=service.first)
async def on_order_accepted(event: OrderAccepted, transaction: Transaction) -> None:
    """Capture the hold: the restaurant has accepted the order."""
    await _take(event, transaction)


@events.on(OrderRejected, first=service.first)
async def on_order_rejected(event: OrderRejected, transaction: Transaction) -> None:
    """Release or refund everything: the restaurant rejected the order."""
    await _take(event, transaction)


@events.on(OrderPaymentFailed, first=service.first)
async def on_order_payment_failed(event: OrderPaymentFailed, transaction: Transaction) -> None:
    """Release a possible hold: the order waited too long for the provider's response."""
    await _take(event, transaction)


@events.on(OrderCancelRequested, first=service.first)
async def on_order_cancel_requested(event: OrderCancelRequested, transaction: Transaction) -> None:
    """Release or refund everything except what the cancelled order keeps."""
    await _take(event, transaction)


@events.on(DeliveryPickedUp, first=service.first)
async def on_delivery_picked_up(event: DeliveryPickedUp, transaction: Transaction) -> None:
    """Record the driver, who cannot change after the pick-up."""
    await _take(event, transaction)


@events.on(OrderDelivered, first=service.first)
async def on_order_delivered(event: OrderDelivered, transaction: Transaction) -> None:
    """Record the ending, so that the payment can be settled."""
    await _take(event, transaction)


@events.on(OrderUndeliverable, first=service.first)
async def on_order_undeliverable(event: OrderUndeliverable, transaction: Transaction) -> None:
    """Record the ending, and refund everything unless the customer is responsible."""
    await _take(event, transaction)


@events.on(OrderCancelled, first=service.first)
async def on_order_cancelled(event: OrderCancelled, transaction: Transaction) -> None:
    """Record the ending, so that the kept amount can be settled."""
    await _take(event, transaction)


@events.on(RestaurantUpdated)
async def on_restaurant_updated(event: RestaurantUpdated, transaction: Transaction) -> None:
    """Store the owner of a restaurant, who may read its payments."""
    await service.keep_restaurant(transaction, event)


@events.at(deadlines.PROVIDER_SILENT)
async def on_provider_silent(payment_id: UUID, transaction: Transaction) -> None:
    """Request attention to a request that the provider has not answered in time."""
    await service.take(transaction, payment_id, deadlines.PROVIDER_SILENT, by="id", wait=False)


@events.at(deadlines.HOLD_UNUSED)
async def on_hold_unused(payment_id: UUID, transaction: Transaction) -> None:
    """Release a hold that was never captured."""
    await service.take(transaction, payment_id, deadlines.HOLD_UNUSED, by="id", wait=False)


@events.at(deadlines.ENDING_UNKNOWN)
async def on_ending_unknown(payment_id: UUID, transaction: Transaction) -> None:
    """Request attention to a captured payment whose order has not ended."""
    await service.take(transaction, payment_id, deadlines.ENDING_UNKNOWN, by="id", wait=False)


@events.at(deadlines.REFUND_UNFINISHED)
async def on_refund_unfinished(refund_id: UUID, transaction: Transaction) -> None:
    """Repeat a refund that the provider refused, or that the previous release began."""
    await service.take(transaction, refund_id, deadlines.REFUND_UNFINISHED, by="refund_id", wait=False)


async def _take(event: Any, transaction: Transaction) -> None:
    await service.take(transaction, event.order_id, event.routing_key, event=event)
