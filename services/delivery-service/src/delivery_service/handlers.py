"""Handlers of events and of the timers of deliveries."""

from uuid import UUID

from delivery_service.decide import Input
from delivery_service.rules import deadlines
from delivery_service.rules.sandbox import COURIER
from delivery_service.service import deliveries, erasure, riding
from delivery_service.service.search import move
from foodchassis import EventRouter
from foodchassis.storage import Transaction
from foodevents import OrderAssigned, OrderCancelRequested, OrderPaid, OrderPickedUp, OrderReady, UserErased

events = EventRouter()


@events.on(OrderPaid)
async def on_order_paid(event: OrderPaid, transaction: Transaction) -> None:
    """Search for a driver."""
    await deliveries.begin(transaction, event)


@events.on(OrderReady)
async def on_order_ready(event: OrderReady, transaction: Transaction) -> None:
    """Record that the food is ready, and begin the search."""
    await move(transaction, event.order_id, event.routing_key, by="order_id")


@events.on(OrderAssigned)
async def on_order_assigned(event: OrderAssigned, transaction: Transaction) -> None:
    """Pick up automatically, after the order has its driver."""
    await move(transaction, event.delivery_id, event.routing_key, given=Input(event))


@events.on(OrderPickedUp)
async def on_order_picked_up(event: OrderPickedUp, transaction: Transaction) -> None:
    """Deliver automatically, after the order was picked up."""
    await move(transaction, event.delivery_id, event.routing_key, given=Input(event))


@events.on(OrderCancelRequested)
async def on_order_cancel_requested(event: OrderCancelRequested, transaction: Transaction) -> None:
    """End the search or the delivery."""
    await deliveries.cancel(transaction, event)


@events.on(UserErased)
async def on_user_erased(event: UserErased, transaction: Transaction) -> None:
    """Erase a driver's name and position, and a customer's addresses."""
    await erasure.erase(transaction, event.user_id)


@events.at(deadlines.OFFER_LAPSED)
async def on_offer_lapsed(offer_id: UUID, transaction: Transaction) -> None:
    """Make an offer to the next driver when one does not respond."""
    await deliveries.expire(transaction, offer_id, deadlines.OFFER_LAPSED, by="offer_id")


@events.at(deadlines.SEARCH_AGAIN)
async def on_search_again(delivery_id: UUID, transaction: Transaction) -> None:
    """Repeat the search with a larger radius."""
    await deliveries.expire(transaction, delivery_id, deadlines.SEARCH_AGAIN)


@events.at(deadlines.SEARCH_OVER)
async def on_search_over(delivery_id: UUID, transaction: Transaction) -> None:
    """End the search without a driver."""
    await deliveries.expire(transaction, delivery_id, deadlines.SEARCH_OVER)


@events.at(deadlines.DRIVER_SILENT)
async def on_driver_silent(delivery_id: UUID, transaction: Transaction) -> None:
    """Search for another driver when this one does not report."""
    await deliveries.expire(transaction, delivery_id, deadlines.DRIVER_SILENT)


@events.at(deadlines.PICKUP_OVERDUE)
async def on_pickup_overdue(delivery_id: UUID, transaction: Transaction) -> None:
    """Search for another driver when this one does not pick up the food in time."""
    await deliveries.expire(transaction, delivery_id, deadlines.PICKUP_OVERDUE)


@events.at(deadlines.DELIVERY_LATE)
async def on_delivery_late(delivery_id: UUID, transaction: Transaction) -> None:
    """Request attention to a delivery that takes too long."""
    await deliveries.expire(transaction, delivery_id, deadlines.DELIVERY_LATE)


@events.at(deadlines.DELIVERY_LOST)
async def on_delivery_lost(delivery_id: UUID, transaction: Transaction) -> None:
    """End a delivery that was not completed."""
    await deliveries.expire(transaction, delivery_id, deadlines.DELIVERY_LOST)


@events.at(deadlines.OVERDUE)
async def on_overdue(delivery_id: UUID, transaction: Transaction) -> None:
    """Handle the timer of the previous release."""
    await deliveries.expire(transaction, delivery_id, deadlines.OVERDUE)


@events.at(COURIER)
async def on_sandbox_courier(delivery_id: UUID, transaction: Transaction) -> None:
    """Simulate the courier of a test order."""
    await riding.play_courier(transaction, delivery_id)


@events.at(erasure.FORGET_AGAIN)
async def on_forget_again(user_id: UUID, transaction: Transaction) -> None:
    """Erase data that was stored during the erasure of a user."""
    await erasure.forget(transaction, user_id)
