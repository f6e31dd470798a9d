"""Log-in and log-out: passwords for tokens, refresh tokens for new ones, and the end of both."""

from uuid import UUID

import structlog
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Database, UnauthorizedError, resources
from foodchassis.web import TokenVerifier
from user_service.adapters import metrics
from user_service.adapters.attempts import Attempts
from user_service.adapters.passwords import Passwords
from user_service.adapters.refresh_tokens import digest
from user_service.errors import InvalidGrantError, UnsupportedTokenTypeError
from user_service.models import RefreshToken, User
from user_service.schemas.emails import normalise
from user_service.schemas.tokens import PasswordGrant, RefreshGrant, RevocationRequest, Tokens
from user_service.service import sessions
from user_service.service.credentials import is_public

log = structlog.get_logger()


async def grant(session: AsyncSession, form: PasswordGrant | RefreshGrant, address: str) -> Tokens:
    """Return tokens for a password, or for an earlier refresh token."""
    if isinstance(form, RefreshGrant):
        return await refresh(session, form)
    return await log_in(session, form, address)


async def log_in(session: AsyncSession, form: PasswordGrant, address: str) -> Tokens:
    """Begin a log-in; an unknown account and a wrong password get the same response after the same time."""
    opened = resources(session)
    account = _account(form.username)
    await opened.get(Attempts).spend(account, address)
    # Looked up in a transaction of its own: no connection waits for the hash.
    async with opened.get(Database).transaction() as reading:
        user = (await reading.exec(select(User).where(User.email == account))).one_or_none()
    passwords, read = opened.get(Passwords), user.password_hash if user else None
    good, renewed = await passwords.check(form.password, read, address)
    # Looked up again, and locked: the account may have been erased or given a new password in the meantime.
    stored = await _lock(session, user) if user and good else None
    if stored not in {None, read}:
        good, renewed = await passwords.check(form.password, stored, address)
    # In production an account of the demo city needs a new password first: its own is public.
    if user is None or stored is None or not good or is_public(opened.settings, form.password):
        metrics.logins.labels("refused").inc()
        raise InvalidGrantError("E-mail or password is wrong.")
    await opened.get(Attempts).refund(account, address)
    metrics.logins.labels("granted").inc()
    if renewed is not None:
        await session.exec(update(User).where(col(User.id) == user.id).values(password_hash=renewed))
    return await sessions.begin(session, user)


async def refresh(session: AsyncSession, form: RefreshGrant) -> Tokens:
    """Return new tokens for a refresh token; when it was used long before, the whole log-in ends."""
    # A transaction of its own: refusing a stolen token must not roll back the end of its log-in.
    async with resources(session).get(Database).transaction() as own:
        tokens = await sessions.rotate(own, form.refresh_token.get_secret_value())
    metrics.refreshes.labels("granted" if tokens else "refused").inc()
    if tokens is None:
        raise InvalidGrantError("The refresh token is not valid; log in again.")
    return tokens


async def revoke(session: AsyncSession, form: RevocationRequest) -> None:
    """Log out: end the log-in that a refresh or access token belongs to; unknown tokens are ignored (RFC 7009).

    Raises UnsupportedTokenTypeError for a token of an API client, which belongs to no log-in.
    """
    token = form.token.get_secret_value()
    known = await session.get(RefreshToken, digest(token))
    login_id = known.login_id if known else await _session_of_access_token(session, token)
    if login_id is not None:
        await sessions.end(session, login_id)


async def _session_of_access_token(session: AsyncSession, token: str) -> UUID | None:
    try:
        caller = await resources(session).get(TokenVerifier).verify(token)
        login_id = UUID(caller.session)
    except (UnauthorizedError, ValueError, TypeError):
        return None
    if caller.scopes is not None:
        raise UnsupportedTokenTypeError(f"Revoke the API client instead: DELETE /users/me/api-clients/{login_id}.")
    return login_id


async def _lock(session: AsyncSession, user: User) -> str | None:
    """Lock the account until the transaction ends, and return its password's hash; None when it was erased."""
    account = select(User.password_hash).where(User.id == user.id).with_for_update(key_share=True)
    return (await session.exec(account)).first()


def _account(username: str) -> str:
    try:
        return normalise(username)
    except ValueError:
        # No account has an empty address: an invalid address is handled like an unknown one.
        return ""
