"""How many open orders are past what was promised of them."""

from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import driver
from order_service.models import OPEN
from order_service.service.steps import knobs

# What a timer should have ended is late with it; what people do has no timer, only a promise.
OVERDUE = f"""
    SELECT count(*) FROM orders WHERE {OPEN} AND (needs_attention OR now() > interval '2 minutes' + CASE status
        WHEN 'pending' THEN created_at + %(payment)s * interval '1 second'
        WHEN 'placed' THEN coalesce(accepted_at, created_at + %(restaurant)s * interval '1 second')
            + %(payment)s * interval '1 second'
        WHEN 'cancelling' THEN 'infinity'
        ELSE ready_at + %(delivery)s * interval '1 second'
    END)
"""  # noqa: S608 - put together from constants alone


async def count_overdue(session: AsyncSession) -> int:
    """Return how many open orders are late by two minutes or more, or wait for somebody to look."""
    known = knobs(session)
    promised = {
        "payment": known.payment_answer_seconds,
        "restaurant": known.restaurant_answer_seconds,
        "delivery": known.delivery_promise_seconds,
    }
    found = await (await (await driver(session)).execute(OVERDUE, promised)).fetchone()
    assert found is not None
    return int(found[0])
