"""Erasure of owners: their restaurants are closed, and they cannot open new ones."""

from uuid import UUID

import structlog
from sqlalchemy import func, or_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import delete_stored_responses, now, publish
from foodchassis.storage import transaction_of
from menu_service.errors import OwnerErasedError
from menu_service.models import ErasedOwner, Invitation, Restaurant
from menu_service.service import snapshots

log = structlog.get_logger()


async def erase_owner(session: AsyncSession, owner_id: UUID) -> None:
    """Close the restaurants of an erased user, and remove the user from the staff of others."""
    await _one_at_a_time(session, owner_id)
    await session.exec(insert(ErasedOwner).values(id=owner_id).on_conflict_do_nothing())
    await (await transaction_of(session)).put(delete_stored_responses(owner_id))
    theirs = select(Restaurant).where(col(Restaurant.owner_id) == owner_id, col(Restaurant.closed_at).is_(None))
    closed = (await session.exec(theirs.order_by(col(Restaurant.id)).with_for_update(key_share=True))).all()
    for row in closed:
        row.paused = True
        row.closed_at = now()
        row.standing_reason = None
        await session.flush()
        await publish(session, snapshots.of_restaurant(row), sequence=row.version)
        log.info("restaurant.closed", restaurant_id=row.id, revision=row.version)
    works_there = col(Restaurant.staff).contains([{"user_id": str(owner_id)}])
    jobs = select(Restaurant).where(works_there).order_by(col(Restaurant.id)).with_for_update(key_share=True)
    for row in (await session.exec(jobs)).all():
        row.staff = [member for member in row.staff if member["user_id"] != str(owner_id)]
        await session.flush()
        await publish(session, snapshots.of_restaurant(row), sequence=row.version)
    # Invitations contain names; locked after the restaurants, as everywhere.
    of_closed = col(Invitation.restaurant_id).in_([row.id for row in closed])
    await session.exec(delete(Invitation).where(or_(of_closed, col(Invitation.used_by) == owner_id)))


async def refuse_erased(session: AsyncSession, owner_id: UUID) -> None:
    """Raise OwnerErasedError for an erased user; a concurrent erasure waits for the end of this transaction."""
    await _one_at_a_time(session, owner_id)
    if await session.get(ErasedOwner, owner_id) is not None:
        raise OwnerErasedError


async def _one_at_a_time(session: AsyncSession, owner_id: UUID) -> None:
    # An advisory lock, because there may be no row yet: an erasure must not miss a restaurant that is being opened.
    await session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(str(owner_id), 0))))
