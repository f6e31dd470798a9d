"""Event handlers."""

from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import EventRouter
from foodevents import AdminActed, AdminRead
from user_service.service import audit

events = EventRouter()


@events.on(AdminActed)
async def on_admin_acted(event: AdminActed, session: AsyncSession) -> None:
    """Store what an admin did."""
    await audit.record_act(session, event)


@events.on(AdminRead)
async def on_admin_read(event: AdminRead, session: AsyncSession) -> None:
    """Store a read of an admin."""
    await audit.record_read(session, event)
