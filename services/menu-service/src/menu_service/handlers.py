"""Event handlers."""

from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import EventRouter
from foodevents import UserErased
from menu_service import service

events = EventRouter()


@events.on(UserErased)
async def on_user_erased(event: UserErased, session: AsyncSession) -> None:
    """Close the restaurants of an erased owner, so that they accept no orders."""
    await service.erase_owner(session, event.user_id)
