"""What is measured at an interval."""

from sqlmodel.ext.asyncio.session import AsyncSession

from order_service import service
from order_service.adapters import metrics
from order_service.handlers.router import events


@events.measure
async def overdue_orders(session: AsyncSession) -> None:
    """Count the open orders that are late."""
    metrics.overdue.set(await service.count_overdue(session))
