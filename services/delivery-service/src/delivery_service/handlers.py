"""Events in: an order's life as its courier sees it, and the timers of the search."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from delivery_service.service import deliveries, offers, search
from foodchassis import EventRouter
from foodevents import OrderAssigned, OrderPaid, OrderPickedUp, OrderReady

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
    await deliveries.pick_up_unasked(session, event.delivery_id, event.driver_id)


@events.on(OrderPickedUp)
async def on_order_picked_up(event: OrderPickedUp, session: AsyncSession) -> None:
    """Deliver hands-free, no sooner than the order knows it is under way."""
    await deliveries.hand_over_unasked(session, event.delivery_id)


@events.at(search.OFFER_LAPSED)
async def on_offer_lapsed(offer_id: UUID, session: AsyncSession) -> None:
    """Ask the next driver when one doesn't answer."""
    await offers.lapse(session, offer_id)


@events.at(search.SEARCH_AGAIN)
async def on_search_again(delivery_id: UUID, session: AsyncSession) -> None:
    """Look again, and further."""
    await search.search_again(session, delivery_id)
