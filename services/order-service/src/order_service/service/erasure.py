"""Customers who want to be forgotten: their addresses go, the books stay."""

from datetime import timedelta
from uuid import UUID

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import driver, resources, set_deadline
from order_service.machine import ENDED
from order_service.settings import OrderSettings
from order_service.timers import CUSTOMER_ERASED

log = structlog.get_logger()
# The place is kept to a tenth of a degree, some ten kilometres: enough to know which town was served.
ERASE_ENDED = """
    UPDATE orders SET
        delivery_address = jsonb_build_object(
            'line1', 'erased', 'city', 'erased', 'postal_code', 'erased',
            'lat', round((delivery_address->>'lat')::numeric, 1), 'lng', round((delivery_address->>'lng')::numeric, 1)
        ),
        reason = CASE WHEN cancelled_by = 'customer' THEN 'erased' ELSE reason END
    WHERE customer_id = %(customer_id)s AND status = ANY(%(ended)s)
"""
MARK_RUNNING = "UPDATE orders SET customer_erased = true WHERE customer_id = %(customer_id)s"
# The stored answers to a customer's requests repeat the address.
ERASE_ANSWERS = "DELETE FROM idempotency_keys WHERE owner = %(customer_id)s"


async def forget(session: AsyncSession, user_id: UUID) -> None:
    """Erase what we know of somebody, and once more when no token of theirs can order any longer."""
    settings = resources(session).settings
    assert isinstance(settings, OrderSettings)
    await set_deadline(session, CUSTOMER_ERASED, user_id, timedelta(seconds=settings.token_lifetime_seconds))
    await forget_again(session, user_id)


async def forget_again(session: AsyncSession, user_id: UUID) -> None:
    """Erase the addresses of somebody's ended orders now, and those of the running ones when they end."""
    connection = await driver(session)
    for statement in (MARK_RUNNING, ERASE_ANSWERS):
        await connection.execute(statement, {"customer_id": user_id})
    await erase_ended(session, user_id)
    log.info("customer.erased", user_id=str(user_id))


async def erase_ended(session: AsyncSession, customer_id: UUID) -> None:
    """Erase the addresses of a customer's ended orders."""
    await (await driver(session)).execute(
        ERASE_ENDED, {"customer_id": customer_id, "ended": [str(status) for status in ENDED]}
    )
