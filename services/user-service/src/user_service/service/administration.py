"""Actions of admins on other accounts: the effect is that of the user's own request, and the audit records it."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Principal, publish
from foodevents import AdminActed
from user_service.errors import SessionNotFoundError, UserNotFoundError
from user_service.schemas.tokens import SessionPublic
from user_service.service import accounts, erasure, sessions


async def list_sessions(session: AsyncSession, admin: Principal, user_id: UUID) -> list[SessionPublic]:
    """Return a user's log-ins that have not ended, newest first. Raises UserNotFoundError."""
    user = await accounts.profile(session, user_id)
    return [SessionPublic.of(login, admin.session) for login in await sessions.open_sessions(session, user.id)]


async def end_sessions(session: AsyncSession, admin: Principal, user_id: UUID, reason: str) -> None:
    """End every log-in of a user. Raises UserNotFoundError."""
    user = await accounts.profile(session, user_id, lock=True)
    await sessions.end_all(session, user.id)
    await _record(session, admin, "user.logged_out", user_id, reason)


async def end_session(session: AsyncSession, admin: Principal, user_id: UUID, session_id: UUID, reason: str) -> None:
    """End one log-in of a user. Raises SessionNotFoundError."""
    if not await sessions.end(session, session_id, of=user_id):
        raise SessionNotFoundError("This session has ended or does not exist; list the sessions again.")
    await _record(session, admin, "user.session_ended", user_id, reason)


async def erase(session: AsyncSession, admin: Principal, user_id: UUID, reason: str) -> None:
    """Erase a user. Raises UserNotFoundError, or AdminStaysError for an admin."""
    if not await erasure.erase(session, user_id):
        raise UserNotFoundError("The account was erased or does not exist.")
    await _record(session, admin, "user.erased", user_id, reason)


async def _record(session: AsyncSession, admin: Principal, action: str, user_id: UUID, reason: str) -> None:
    await publish(session, AdminActed(admin_id=admin.id, action=action, object_id=user_id, reason=reason))
