"""Events in: an order's life as its courier sees it, and the timers of deliveries."""

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
    """Look for a driver."""
    await deliveries.begin(transaction, event)


@events.on(OrderReady)
async def on_order_ready(event: OrderReady, transaction: Transaction) -> None:
    """Note that the food waits, and let the search wait no more."""
    await move(transaction, event.order_id, event.routing_key, by="order_id")


@events.on(OrderAssigned)
async def on_order_assigned(event: OrderAssigned, transaction: Transaction) -> None:
    """Pick up hands-free, no sooner than the order knows its driver."""
    await move(transaction, event.delivery_id, event.routing_key, given=Input(event))


@events.on(OrderPickedUp)
async def on_order_picked_up(event: OrderPickedUp, transaction: Transaction) -> None:
    """Deliver hands-free, no sooner than the order knows it is under way."""
    await move(transaction, event.delivery_id, event.routing_key, given=Input(event))


@events.on(OrderCancelRequested)
async def on_order_cancel_requested(event: OrderCancelRequested, transaction: Transaction) -> None:
    """End the search or the ride."""
    await deliveries.cancel(transaction, event)


@events.on(UserErased)
async def on_user_erased(event: UserErased, transaction: Transaction) -> None:
    """Forget a driver's name and position, and where a customer lives."""
    await erasure.erase(transaction, event.user_id)


@events.at(deadlines.OFFER_LAPSED)
async def on_offer_lapsed(offer_id: UUID, transaction: Transaction) -> None:
    """Ask the next driver when one doesn't answer."""
    await deliveries.expire(transaction, offer_id, deadlines.OFFER_LAPSED, by="offer_id")


@events.at(deadlines.SEARCH_AGAIN)
async def on_search_again(delivery_id: UUID, transaction: Transaction) -> None:
    """Look again, and further."""
    await deliveries.expire(transaction, delivery_id, deadlines.SEARCH_AGAIN)


@events.at(deadlines.SEARCH_OVER)
async def on_search_over(delivery_id: UUID, transaction: Transaction) -> None:
    """End the search without a driver."""
    await deliveries.expire(transaction, delivery_id, deadlines.SEARCH_OVER)


@events.at(deadlines.DRIVER_SILENT)
async def on_driver_silent(delivery_id: UUID, transaction: Transaction) -> None:
    """Look for another driver when this one says nothing."""
    await deliveries.expire(transaction, delivery_id, deadlines.DRIVER_SILENT)


@events.at(deadlines.PICKUP_OVERDUE)
async def on_pickup_overdue(delivery_id: UUID, transaction: Transaction) -> None:
    """Look for another driver when this one does not pick up the food."""
    await deliveries.expire(transaction, delivery_id, deadlines.PICKUP_OVERDUE)


@events.at(deadlines.DELIVERY_LATE)
async def on_delivery_late(delivery_id: UUID, transaction: Transaction) -> None:
    """Have an operator look after food that is under way for long."""
    await deliveries.expire(transaction, delivery_id, deadlines.DELIVERY_LATE)


@events.at(deadlines.DELIVERY_LOST)
async def on_delivery_lost(delivery_id: UUID, transaction: Transaction) -> None:
    """End a delivery whose food never arrived."""
    await deliveries.expire(transaction, delivery_id, deadlines.DELIVERY_LOST)


@events.at(deadlines.OVERDUE)
async def on_overdue(delivery_id: UUID, transaction: Transaction) -> None:
    """Handle the timer that the release before has set."""
    await deliveries.expire(transaction, delivery_id, deadlines.OVERDUE)


@events.at(COURIER)
async def on_sandbox_courier(delivery_id: UUID, transaction: Transaction) -> None:
    """Play the courier of a test order."""
    await riding.play_courier(transaction, delivery_id)


@events.at(erasure.FORGET_AGAIN)
async def on_forget_again(user_id: UUID, transaction: Transaction) -> None:
    """Forget what came in while a person was being forgotten."""
    await erasure.forget(transaction, user_id)
