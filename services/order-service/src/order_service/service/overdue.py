"""The number of late open orders."""

from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import settings_of
from foodchassis.storage import Statement, transaction_of
from order_service.models import OPEN
from order_service.settings import OrderSettings

# A state with a deadline is late when the deadline is overdue; a delivery is late after the promised time.
OVERDUE = f"""
    SELECT count(*) FROM orders WHERE {OPEN} AND (needs_attention OR now() > interval '2 minutes' + CASE status
        WHEN 'pending' THEN created_at + %(payment)s * interval '1 second'
        WHEN 'placed' THEN coalesce(
            accepted_at + %(capture)s * interval '1 second',
            created_at + (%(payment)s + %(restaurant)s) * interval '1 second'
        )
        WHEN 'cancelling' THEN 'infinity'
        ELSE ready_at + %(delivery)s * interval '1 second'
    END)
"""  # noqa: S608 - put together from constants alone


async def count_overdue(session: AsyncSession) -> int:
    """Return the number of open orders that are late by two minutes or more, or need attention."""
    settings = settings_of(session, OrderSettings)
    promised = {
        "payment": settings.payment_answer_seconds,
        "restaurant": settings.restaurant_answer_seconds,
        "capture": settings.capture_answer_seconds,
        "delivery": settings.delivery_promise_seconds,
    }
    (((overdue,),),) = await (await transaction_of(session)).send(Statement(OVERDUE, promised))
    return int(overdue)
