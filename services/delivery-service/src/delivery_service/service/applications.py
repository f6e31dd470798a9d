"""Applications of drivers, and the decisions of admins."""

from uuid import UUID

import structlog
from sqlalchemy import exists
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from delivery_service.errors import UnknownDriverError
from delivery_service.models import Driver, Erasure
from delivery_service.service.offers import decline_open
from delivery_service.service.search import match
from foodchassis import publish
from foodchassis.storage import transaction_of
from foodevents import AdminActed, Standing, judge

log = structlog.get_logger()
_PRESENT = ~exists().where(col(Erasure.user_id) == col(Driver.id))


async def decide(session: AsyncSession, admin_id: UUID, driver_id: UUID, verdict: str, reason: str | None) -> Driver:
    """Approve, reject or suspend a driver; repeating the same verdict changes nothing.

    An approved driver gets offers of waiting deliveries at once. A rejected or suspended driver completes the current
    delivery and gets no new offers. Raises UnknownDriverError or IllegalTransitionError.
    """
    present = select(Driver).where(col(Driver.id) == driver_id, _PRESENT).with_for_update(key_share=True)
    driver = (await session.exec(present)).one_or_none()
    if driver is None:
        raise UnknownDriverError
    before, driver.standing = driver.standing, judge(driver.standing, verdict)
    if driver.standing is not before:
        driver.standing_reason = reason
        await session.flush()
        action = f"driver.{driver.standing}"
        await publish(session, AdminActed(admin_id=admin_id, action=action, object_id=driver.id, reason=reason))
        log.info(action, driver_id=driver.id)
        if driver.standing is Standing.APPROVED:
            await match(await transaction_of(session), driver.id)
        else:
            await decline_open(await transaction_of(session), driver.id)
    return driver
