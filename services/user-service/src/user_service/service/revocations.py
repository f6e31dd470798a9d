"""Revocations: access tokens that are refused at once, stored here and copied to every service through Redis."""

from datetime import timedelta
from functools import partial

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Database, Principal, Resources, UnauthorizedError, now, resources
from foodchassis.storage import after_commit
from foodchassis.web import Revocations
from user_service.models import Revocation
from user_service.settings import AccountSettings


async def revoke(session: AsyncSession, *names: object) -> None:
    """Refuse the access tokens of these log-ins or users from the commit on."""
    if not names:
        return
    settings = resources(session).settings
    assert isinstance(settings, AccountSettings)
    seconds = settings.access_token_seconds + settings.auth_leeway_seconds
    expires_at = now() + timedelta(seconds=seconds)
    # Sorted: two transactions that revoke the same names must not deadlock.
    ordered = sorted(map(str, names))
    statement = insert(Revocation).values([{"name": name, "expires_at": expires_at} for name in ordered])
    await session.exec(
        statement.on_conflict_do_update(
            index_elements=[Revocation.name], set_={"expires_at": statement.excluded.expires_at}
        )
    )
    add = resources(session).get(Revocations).add
    after_commit(session, partial(add, dict.fromkeys(ordered, expires_at.timestamp())))


async def check(session: AsyncSession, user: Principal) -> None:
    """Check that a caller's log-in has not ended since its token was verified. Raises UnauthorizedError."""
    ended = select(Revocation.name).where(col(Revocation.name).in_([user.session or "", str(user.id)]))
    if (await session.exec(ended)).first() is not None:
        raise UnauthorizedError("Its log-in has ended; log in again.")


async def restore(opened: Resources) -> None:
    """Restore revocations that Redis has lost, and delete expired ones."""
    async with opened.get(Database).transaction() as session:
        await session.exec(delete(Revocation).where(col(Revocation.expires_at) <= now()))
        rows = (await session.exec(select(Revocation))).all()
    await opened.get(Revocations).restore({row.name: row.expires_at.timestamp() for row in rows})
