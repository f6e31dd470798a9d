"""Events, deadlines and the provider's answers in: an order's life as its payment sees it."""

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
    """Take what is held: the restaurant cooks."""
    await _take(event, transaction)


@events.on(OrderRejected, first=service.first)
async def on_order_rejected(event: OrderRejected, transaction: Transaction) -> None:
    """Release or refund everything: the restaurant rejected the order."""
    await _take(event, transaction)


@events.on(OrderPaymentFailed, first=service.first)
async def on_order_payment_failed(event: OrderPaymentFailed, transaction: Transaction) -> None:
    """Release what may be held all the same: the order waited too long for the provider's answer."""
    await _take(event, transaction)


@events.on(OrderCancelRequested, first=service.first)
async def on_order_cancel_requested(event: OrderCancelRequested, transaction: Transaction) -> None:
    """Release or refund everything except what the cancelled order keeps."""
    await _take(event, transaction)


@events.on(DeliveryPickedUp, first=service.first)
async def on_delivery_picked_up(event: DeliveryPickedUp, transaction: Transaction) -> None:
    """Note who drives: from here on no other courier can."""
    await _take(event, transaction)


@events.on(OrderDelivered, first=service.first)
async def on_order_delivered(event: OrderDelivered, transaction: Transaction) -> None:
    """Let the payment be shared out."""
    await _take(event, transaction)


@events.on(OrderUndeliverable, first=service.first)
async def on_order_undeliverable(event: OrderUndeliverable, transaction: Transaction) -> None:
    """Let the payment be shared out, or give everything back when another than the customer is responsible."""
    await _take(event, transaction)


@events.on(OrderCancelled, first=service.first)
async def on_order_cancelled(event: OrderCancelled, transaction: Transaction) -> None:
    """Let what was kept be shared out."""
    await _take(event, transaction)


@events.on(RestaurantUpdated)
async def on_restaurant_updated(event: RestaurantUpdated, transaction: Transaction) -> None:
    """Note whose a restaurant is: the owner reads what is paid to it."""
    await service.keep_restaurant(transaction, event)


@events.at(deadlines.PROVIDER_SILENT)
async def on_provider_silent(payment_id: UUID, transaction: Transaction) -> None:
    """Call for attention to a question that the provider has not answered for long."""
    await service.take(transaction, payment_id, deadlines.PROVIDER_SILENT, by="id", wait=False)


@events.at(deadlines.HOLD_UNUSED)
async def on_hold_unused(payment_id: UUID, transaction: Transaction) -> None:
    """Release a hold that its order never took."""
    await service.take(transaction, payment_id, deadlines.HOLD_UNUSED, by="id", wait=False)


@events.at(deadlines.ENDING_UNKNOWN)
async def on_ending_unknown(payment_id: UUID, transaction: Transaction) -> None:
    """Call for attention to a captured payment whose order never ended."""
    await service.take(transaction, payment_id, deadlines.ENDING_UNKNOWN, by="id", wait=False)


@events.at(deadlines.REFUND_UNFINISHED)
async def on_refund_unfinished(refund_id: UUID, transaction: Transaction) -> None:
    """Ask the provider again for a refund that it refused, or that the release before had begun."""
    await service.take(transaction, refund_id, deadlines.REFUND_UNFINISHED, by="refund_id", wait=False)


async def _take(event: Any, transaction: Transaction) -> None:
    await service.take(transaction, event.order_id, event.routing_key, event=event)
