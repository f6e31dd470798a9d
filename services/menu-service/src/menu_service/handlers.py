"""Events in."""

from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import EventRouter
from foodevents import UserErased
from menu_service import service

events = EventRouter()


@events.on(UserErased)
async def on_user_erased(event: UserErased, session: AsyncSession) -> None:
    """Let nobody order from a restaurant whose owner is gone."""
    await service.erase_owner(session, event.user_id)
