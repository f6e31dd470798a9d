"""Events in: an order's life as its courier sees it, and the timers of the search."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from delivery_service.service import deliveries, endings, erasure, offers, rides, search, timers
from foodchassis import EventRouter
from foodevents import OrderAssigned, OrderCancelRequested, OrderPaid, OrderPickedUp, OrderReady, UserErased

events = EventRouter()


@events.on(OrderPaid)
async def on_order_paid(event: OrderPaid, session: AsyncSession) -> None:
    """Look for a driver."""
    await deliveries.begin(session, event)


@events.on(OrderReady)
async def on_order_ready(event: OrderReady, session: AsyncSession) -> None:
    """Tell the driver that the food waits."""
    await deliveries.note_ready(session, event.order_id)


@events.on(OrderAssigned)
async def on_order_assigned(event: OrderAssigned, session: AsyncSession) -> None:
    """Pick up hands-free, no sooner than the order knows its driver."""
    await rides.pick_up_unasked(session, event.delivery_id, event.driver_id)


@events.on(OrderPickedUp)
async def on_order_picked_up(event: OrderPickedUp, session: AsyncSession) -> None:
    """Deliver hands-free, no sooner than the order knows it is under way."""
    await rides.hand_over_unasked(session, event.delivery_id)


@events.on(OrderCancelRequested)
async def on_order_cancel_requested(event: OrderCancelRequested, session: AsyncSession) -> None:
    """End the search or the ride."""
    await endings.cancel(session, event)


@events.on(UserErased)
async def on_user_erased(event: UserErased, session: AsyncSession) -> None:
    """Forget a driver's name and position, and where a customer lives."""
    await erasure.erase(session, event.user_id)


@events.at(timers.OFFER_LAPSED)
async def on_offer_lapsed(offer_id: UUID, session: AsyncSession) -> None:
    """Ask the next driver when one doesn't answer."""
    await offers.lapse(session, offer_id)


@events.at(timers.SEARCH_AGAIN)
async def on_search_again(delivery_id: UUID, session: AsyncSession) -> None:
    """Look again, and further."""
    await search.search_again(session, delivery_id)


@events.at(timers.OVERDUE)
async def on_overdue(delivery_id: UUID, session: AsyncSession) -> None:
    """Give up the search, or a driver who says nothing."""
    await endings.run_out(session, delivery_id)


@events.at(timers.FORGET_AGAIN)
async def on_forget_again(user_id: UUID, session: AsyncSession) -> None:
    """Forget what came in while somebody was being forgotten."""
    await erasure.forget(session, user_id)
