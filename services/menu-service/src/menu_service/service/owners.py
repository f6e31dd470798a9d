"""The end of an owner: erased people have no restaurants that take orders, and open no new ones."""

from uuid import UUID

import structlog
from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import forget_answers, now, publish
from foodchassis.storage import transaction_of
from menu_service.errors import OwnerErasedError
from menu_service.models import ErasedOwner, Restaurant
from menu_service.service import snapshots

log = structlog.get_logger()


async def erase_owner(session: AsyncSession, owner_id: UUID) -> None:
    """Close the restaurants of an erased user, and remove the user from the staff of others; most have none."""
    await _one_at_a_time(session, owner_id)
    await session.exec(insert(ErasedOwner).values(id=owner_id).on_conflict_do_nothing())
    await (await transaction_of(session)).put(forget_answers(owner_id))
    theirs = select(Restaurant).where(col(Restaurant.owner_id) == owner_id, col(Restaurant.closed_at).is_(None))
    for row in (await session.exec(theirs.order_by(col(Restaurant.id)).with_for_update(key_share=True))).all():
        row.paused = True
        row.closed_at = now()
        await session.flush()
        await publish(session, snapshots.of_restaurant(row), sequence=row.version)
        log.info("restaurant.closed", restaurant_id=row.id, revision=row.version)
    works_there = col(Restaurant.staff).contains([{"user_id": str(owner_id)}])
    jobs = select(Restaurant).where(works_there).order_by(col(Restaurant.id)).with_for_update(key_share=True)
    for row in (await session.exec(jobs)).all():
        row.staff = [member for member in row.staff if member["user_id"] != str(owner_id)]
        await session.flush()
        await publish(session, snapshots.of_restaurant(row), sequence=row.version)


async def refuse_erased(session: AsyncSession, owner_id: UUID) -> None:
    """Raise OwnerErasedError for an erased user, and let no user be erased before the transaction ends."""
    await _one_at_a_time(session, owner_id)
    if await session.get(ErasedOwner, owner_id) is not None:
        raise OwnerErasedError


async def _one_at_a_time(session: AsyncSession, owner_id: UUID) -> None:
    # There may be no row yet to lock: an erasure must not overlook a restaurant that is being opened.
    await session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(str(owner_id), 0))))
