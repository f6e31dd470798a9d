"""Events in."""

from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import EventRouter
from foodevents import OrderDelivered
from sample_service import service

events = EventRouter()


@events.on(OrderDelivered)
async def on_order_delivered(event: OrderDelivered, session: AsyncSession) -> None:
    """Let the customer write about the order."""
    await service.open_sample(session, event.order_id, event.customer_id)
