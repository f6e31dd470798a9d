"""Erasure: the end of an account, of all that belongs to it and of every log-in."""

from uuid import UUID

import structlog
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import delete_stored_responses, publish
from foodchassis.storage import after_commit, transaction_of
from foodevents import UserErased
from user_service.adapters import metrics
from user_service.errors import AdminStaysError
from user_service.models import Login, RefreshToken, User, UserRole
from user_service.service.revocations import revoke

log = structlog.get_logger()


async def erase(session: AsyncSession, user_id: UUID) -> bool:
    """Delete a user and all that belongs to the account; its access tokens are refused at once, by every service.

    Return whether there was such an account. Raises AdminStaysError for an admin.
    """
    user = await session.get(User, user_id, with_for_update=True)
    if user is None:
        return False
    if user.role is UserRole.ADMIN:
        raise AdminStaysError("Ask an operator.")
    # Tokens before their log-ins, in the order in which a refresh locks them; addresses and log-ins are deleted by
    # cascade.
    logins = select(Login.id).where(col(Login.user_id) == user.id)
    await session.exec(delete(RefreshToken).where(col(RefreshToken.login_id).in_(logins)))
    await session.delete(user)
    await revoke(session, user.id)
    await session.flush()
    # The stored responses to a user's requests contain addresses.
    await (await transaction_of(session)).put(delete_stored_responses(user.id))
    await publish(session, UserErased(user_id=user.id), sequence=user.version + 1)
    after_commit(session, metrics.erasures.labels(user.role).inc)
    log.info("user.erased", user_id=user.id, role=user.role)
    return True
