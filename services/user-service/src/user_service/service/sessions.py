"""Log-ins: how they begin, continue with refresh tokens, and end."""

from datetime import timedelta
from uuid import UUID

import structlog
from sqlmodel import col, delete, exists, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import now, resources
from user_service.adapters.refresh_tokens import digest, new_salt, new_token, successor
from user_service.adapters.signing import SigningKeys
from user_service.models import Login, RefreshToken, User
from user_service.schemas.tokens import Tokens
from user_service.service.revocations import revoke

log = structlog.get_logger()
_BATCH = 1_000


async def begin(session: AsyncSession, user: User) -> Tokens:
    """Begin a log-in of this user, and end the least recently used one when there are too many."""
    await session.exec(delete(Login).where(col(Login.user_id) == user.id, col(Login.expires_at) <= now()))
    most = resources(session).get(SigningKeys).settings.sessions_per_account
    by_use = sorted(await open_sessions(session, user.id), key=lambda login: login.expires_at, reverse=True)
    for unused in by_use[most - 1 :]:
        await end(session, unused.id)
    login = Login(user_id=user.id, expires_at=now())
    session.add(login)
    await session.flush()
    log.info("user.logged_in", user_id=user.id, login_id=login.id)
    return await _add_token(session, user, login, new_token())


async def rotate(session: AsyncSession, token: str) -> Tokens | None:
    """Return new tokens for a refresh token, or None when it is not valid.

    A token that is used again soon returns the same new token while that one is unused; a later reuse ends the log-in.
    """
    # The lock orders two simultaneous uses; always lock the token before its log-in.
    used = await session.get(RefreshToken, digest(token), with_for_update=True)
    if used is None:
        return None
    login = await session.get_one(Login, used.login_id, with_for_update=True)
    if used.used_at is not None:
        return await _repeat(session, token, used, login)
    if login.revoked_at is not None or used.expires_at <= now():
        return None
    used.used_at, used.successor_salt = now(), new_salt()
    await session.exec(
        delete(RefreshToken).where(col(RefreshToken.login_id) == login.id, col(RefreshToken.expires_at) <= now())
    )
    user = await session.get_one(User, login.user_id)
    return await _add_token(session, user, login, successor(token, used.successor_salt))


async def end(session: AsyncSession, login_id: UUID, *, of: UUID | None = None) -> bool:
    """End a log-in `of` this user, if given, revoke its access tokens, and return whether it was open."""
    ended = update(Login).where(col(Login.id) == login_id, col(Login.revoked_at).is_(None)).values(revoked_at=now())
    if of is not None:
        ended = ended.where(col(Login.user_id) == of)
    if (await session.exec(ended.returning(col(Login.id)))).first() is None:
        return False
    await revoke(session, login_id)
    return True


async def end_all(session: AsyncSession, user_id: UUID) -> None:
    """End every log-in of a user and refuse its access tokens."""
    mine = (col(Login.user_id) == user_id, col(Login.revoked_at).is_(None), col(Login.expires_at) > now())
    ended = await session.exec(update(Login).where(*mine).values(revoked_at=now()).returning(col(Login.id)))
    await revoke(session, *ended.scalars())
    log.info("user.logged_out_everywhere", user_id=user_id)


async def drop_expired(session: AsyncSession) -> None:
    """Delete refresh tokens that have expired, and log-ins without any left; one batch at a time."""
    # Tokens before their log-ins, in the order in which a refresh locks them; locked rows are left for the next run.
    tokens = select(RefreshToken.digest).where(col(RefreshToken.expires_at) <= now()).limit(_BATCH)
    await session.exec(
        delete(RefreshToken).where(col(RefreshToken.digest).in_(tokens.with_for_update(skip_locked=True)))
    )
    unused = ~exists().where(col(RefreshToken.login_id) == col(Login.id))
    logins = select(Login.id).where(col(Login.expires_at) <= now(), unused).limit(_BATCH)
    await session.exec(delete(Login).where(col(Login.id).in_(logins.with_for_update(skip_locked=True))))


async def open_sessions(session: AsyncSession, user_id: UUID) -> list[Login]:
    """Return a user's log-ins that have not ended, newest first."""
    mine = (col(Login.user_id) == user_id, col(Login.revoked_at).is_(None), col(Login.expires_at) > now())
    return list((await session.exec(select(Login).where(*mine).order_by(col(Login.id).desc()))).all())


async def _repeat(session: AsyncSession, token: str, used: RefreshToken, login: Login) -> Tokens | None:
    keys = resources(session).get(SigningKeys)
    soon = timedelta(seconds=keys.settings.refresh_repeat_seconds)
    if used.successor_salt is not None and used.used_at is not None and now() - used.used_at <= soon:
        again = successor(token, used.successor_salt)
        issued = await session.get(RefreshToken, digest(again))
        if issued is not None and issued.used_at is None and issued.expires_at > now() and login.revoked_at is None:
            return _tokens(keys, await session.get_one(User, login.user_id), login, again)
    await end(session, login.id)
    log.warning("refresh_token.reused", user_id=login.user_id, login_id=login.id)
    return None


async def _add_token(session: AsyncSession, user: User, login: Login, token: str) -> Tokens:
    keys = resources(session).get(SigningKeys)
    login.expires_at = min(
        now() + timedelta(seconds=keys.settings.refresh_token_seconds),
        login.created_at + timedelta(seconds=keys.settings.login_seconds),
    )
    session.add(RefreshToken(digest=digest(token), login_id=login.id, expires_at=login.expires_at))
    await session.flush()
    return _tokens(keys, user, login, token)


def _tokens(keys: SigningKeys, user: User, login: Login, token: str) -> Tokens:
    return Tokens(
        access_token=keys.access_token(user.id, user.role, login.id),
        refresh_token=token,
        expires_in=keys.settings.access_token_seconds,
    )
