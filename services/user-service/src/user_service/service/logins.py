"""Log-ins: passwords for tokens, refresh tokens for new ones, and the end of both."""

from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from uuid import UUID

import structlog
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Database, now, resources
from user_service import metrics
from user_service.attempts import Attempts
from user_service.emails import normalise
from user_service.errors import InvalidGrantError
from user_service.models import Login, RefreshToken, User
from user_service.passwords import Passwords
from user_service.refresh_tokens import digest, new_token
from user_service.schemas import PasswordGrant, RefreshGrant, Revocation, Tokens
from user_service.signing import SigningKeys

log = structlog.get_logger()


async def grant(session: AsyncSession, asked: PasswordGrant | RefreshGrant, address: str) -> Tokens:
    """Give tokens for a password, or for an earlier refresh token."""
    if isinstance(asked, RefreshGrant):
        return await refresh(session, asked)
    return await log_in(session, asked, address)


async def log_in(session: AsyncSession, asked: PasswordGrant, address: str) -> Tokens:
    """Begin a log-in; an unknown account and a wrong password get the same answer in the same time."""
    opened = resources(session)
    account = _account(asked.username)
    await opened.get(Attempts).spend(account, address)
    # Looked up in a transaction of its own: no connection waits for the hash.
    async with _transaction(session) as reading:
        user = (await reading.exec(select(User).where(User.email == account))).one_or_none()
    good, renewed = await opened.get(Passwords).check(asked.password, user.password_hash if user else None, address)
    # Looked up once more: the account may be erased while the hash is computed, and not from here on.
    if user is None or not good or not await _keep(session, user):
        metrics.logins.labels("refused").inc()
        raise InvalidGrantError("E-mail or password is wrong.")
    await opened.get(Attempts).refund(account, address)
    metrics.logins.labels("granted").inc()
    if renewed is not None:
        await session.exec(update(User).where(col(User.id) == user.id).values(password_hash=renewed))
    return await _open(session, user)


async def refresh(session: AsyncSession, asked: RefreshGrant) -> Tokens:
    """Give new tokens for a refresh token; when it was used before, the whole log-in ends."""
    # A transaction of its own: the refusal of a stolen token must not undo the end of its log-in.
    async with _transaction(session) as own:
        tokens = await _rotate(own, digest(asked.refresh_token.get_secret_value()))
    metrics.refreshes.labels("granted" if tokens else "refused").inc()
    if tokens is None:
        raise InvalidGrantError("The refresh token is not valid; log in again.")
    return tokens


async def revoke(session: AsyncSession, asked: Revocation) -> None:
    """Log out: end the log-in a refresh token belongs to; what is no refresh token is passed over (RFC 7009)."""
    known = await session.get(RefreshToken, digest(asked.token.get_secret_value()))
    if known is not None:
        await _end(session, known.login_id)


async def _rotate(session: AsyncSession, token: bytes) -> Tokens | None:
    # The lock lets one of two simultaneous uses be the first; always the token before its log-in.
    used = await session.get(RefreshToken, token, with_for_update=True)
    if used is None:
        return None
    login = await session.get_one(Login, used.login_id, with_for_update=True)
    if used.used_at is not None:
        await _end(session, login.id)
        log.warning("refresh_token.reused", user_id=login.user_id, login_id=login.id)
        return None
    if login.revoked_at is not None or used.expires_at <= now():
        return None
    used.used_at = now()
    await session.exec(
        delete(RefreshToken).where(col(RefreshToken.login_id) == login.id, col(RefreshToken.expires_at) <= now())
    )
    return await _issue(session, await session.get_one(User, login.user_id), login)


async def _keep(session: AsyncSession, user: User) -> bool:
    account = select(User.id).where(User.id == user.id).with_for_update(read=True, key_share=True)
    return (await session.exec(account)).first() is not None


async def _open(session: AsyncSession, user: User) -> Tokens:
    await session.exec(delete(Login).where(col(Login.user_id) == user.id, col(Login.expires_at) <= now()))
    login = Login(user_id=user.id, expires_at=now())
    session.add(login)
    await session.flush()
    log.info("user.logged_in", user_id=user.id, login_id=login.id)
    return await _issue(session, user, login)


async def _issue(session: AsyncSession, user: User, login: Login) -> Tokens:
    keys = resources(session).get(SigningKeys)
    token = new_token()
    login.expires_at = now() + timedelta(seconds=keys.settings.refresh_token_seconds)
    session.add(RefreshToken(digest=digest(token), login_id=login.id, expires_at=login.expires_at))
    await session.flush()
    return Tokens(
        access_token=keys.access_token(user.id, user.role, login.id),
        refresh_token=token,
        expires_in=keys.settings.access_token_seconds,
    )


async def _end(session: AsyncSession, login_id: UUID) -> None:
    await session.exec(
        update(Login).where(col(Login.id) == login_id, col(Login.revoked_at).is_(None)).values(revoked_at=now())
    )


def _account(username: str) -> str:
    try:
        return normalise(username)
    except ValueError:
        # No account has an empty address: what is none takes the way of an unknown one.
        return ""


def _transaction(session: AsyncSession) -> AbstractAsyncContextManager[AsyncSession]:
    database = resources(session).get(Database)
    assert database is not None
    return database.transaction()
