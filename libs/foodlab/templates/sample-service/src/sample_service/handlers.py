"""Event handlers."""

from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import EventRouter
from foodevents import OrderDelivered, UserErased
from sample_service import service

events = EventRouter()


@events.on(OrderDelivered)
async def on_order_delivered(event: OrderDelivered, session: AsyncSession) -> None:
    """Allow the customer to write the sample of the order."""
    await service.open_sample(session, event.order_id, event.customer_id)


@events.on(UserErased)
async def on_user_erased(event: UserErased, session: AsyncSession) -> None:
    """Delete the user's samples."""
    await service.erase_samples(session, event.user_id)
