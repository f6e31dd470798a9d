"""The credentials of an account: changes of its password and e-mail address."""

from uuid import UUID

import structlog
from pydantic import SecretStr
from sqlalchemy import text
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Database, ServiceSettings, now, resources
from user_service.adapters.attempts import Attempts
from user_service.adapters.passwords import Passwords
from user_service.errors import EmailTakenError, UserNotFoundError, WeakPasswordError, WrongPasswordError
from user_service.models import ApiClient, LinkPurpose, User
from user_service.rules import messages
from user_service.schemas.credentials import EmailChange, PasswordChange, PasswordReset, PasswordResetRequest
from user_service.schemas.tokens import Tokens
from user_service.schemas.weak_passwords import is_demo, repeats
from user_service.service import links, revocations, sessions

log = structlog.get_logger()
# One lock for each address: two accounts that want the same one take turns, and neither violates a constraint.
LOCK_EMAIL = text("SELECT pg_advisory_xact_lock(hashtextextended(:email, 0))")


async def change_password(session: AsyncSession, user_id: UUID, change: PasswordChange, address: str) -> Tokens:
    """Replace the password, end every log-in, and begin a new one.

    Raises WrongPasswordError, WeakPasswordError, or TooManyAttemptsError after several wrong passwords.
    """
    user = await _proven(session, user_id, change.current_password, address)
    refuse_weak(resources(session).settings, change.new_password, user.email, user.name)
    password_hash = await resources(session).get(Passwords).hash(change.new_password, address)
    user = await _locked(session, user)
    await _set_password(session, user, password_hash, messages.PASSWORD_CHANGED)
    return await sessions.begin(session, user)


async def request_reset(session: AsyncSession, request: PasswordResetRequest, address: str) -> None:
    """Send a link to choose a new password, if the address has an account; the answer is the same."""
    if not await resources(session).get(Attempts).may_mail(request.email, address):
        return
    user = await owner(session, request.email)
    token = links.store_link(session, LinkPurpose.RESET_PASSWORD, request.email, user.id if user else None)
    if user is not None:
        links.send_link(session, LinkPurpose.RESET_PASSWORD, user.email, token)


async def reset_password(session: AsyncSession, request: PasswordReset, address: str) -> None:
    """Choose a new password with a link, end every log-in, and revoke every API client.

    This is how a taken-over account is recovered. Raises LinkInvalidError or WeakPasswordError.
    """
    opened, token = resources(session), request.token.get_secret_value()
    # Looked up in a transaction of its own: no connection waits for the hash, and no hash is computed for a link that
    # is not valid.
    async with opened.get(Database).transaction() as reading:
        good = await links.is_good(reading, token, LinkPurpose.RESET_PASSWORD)
    password_hash = await opened.get(Passwords).hash(request.new_password, address) if good else ""
    link = await links.use_link(session, token, LinkPurpose.RESET_PASSWORD)
    user = await session.get_one(User, link.user_id, with_for_update=True)
    refuse_weak(opened.settings, request.new_password, user.email, user.name)
    if user.email == link.email:
        user.email_verified_at = user.email_verified_at or now()
    await _set_password(session, user, password_hash, messages.PASSWORD_RESET)
    await _revoke_clients(session, user.id)
    await links.drop_links(session, user.id)


async def request_email_change(session: AsyncSession, user_id: UUID, change: EmailChange, address: str) -> None:
    """Send a link to the new address; the account keeps the old one until it is opened. Raises WrongPasswordError."""
    user = await _proven(session, user_id, change.password, address)
    if await resources(session).get(Attempts).may_mail(change.email, address):
        token = links.store_link(session, LinkPurpose.CHANGE_EMAIL, change.email, user.id)
        if await owner(session, change.email) is None:
            links.send_link(session, LinkPurpose.CHANGE_EMAIL, change.email, token)
        else:
            links.send_notice(session, change.email, messages.TAKEN)


async def request_verification(session: AsyncSession, user_id: UUID, address: str) -> None:
    """Send a link that verifies the account's address."""
    user = await session.get(User, user_id)
    if user is None:
        raise UserNotFoundError
    if await resources(session).get(Attempts).may_mail(user.email, address):
        token = links.store_link(session, LinkPurpose.VERIFY_EMAIL, user.email, user.id)
        links.send_link(session, LinkPurpose.VERIFY_EMAIL, user.email, token)


async def move_email(session: AsyncSession, user: User, email: str) -> None:
    """Change the address of an account to a verified one. Raises EmailTakenError."""
    await lock_email(session, email)
    if await owner(session, email) is not None:
        raise EmailTakenError("Another account has used the address in the meantime.")
    links.send_notice(session, user.email, messages.EMAIL_CHANGED)
    user.email, user.email_verified_at = email, now()
    await links.drop_links(session, user.id)
    log.info("user.email_changed", user_id=user.id)


async def lock_email(session: AsyncSession, email: str) -> None:
    """Lock this address against other transactions that assign it to an account."""
    await (await session.connection()).execute(LOCK_EMAIL, {"email": email})


def refuse_weak(settings: ServiceSettings, password: SecretStr, *facts: str) -> None:
    """Raise WeakPasswordError for a password that repeats the account's data, and in prod for the demo password."""
    if repeats(password.get_secret_value(), *facts):
        raise WeakPasswordError("It repeats your name or e-mail address; choose another one.")
    if is_public(settings, password):
        raise WeakPasswordError("It is the public password of the demo accounts; choose another one.")


def is_public(settings: ServiceSettings, password: SecretStr) -> bool:
    """Return whether this is the demo password and the environment refuses it."""
    return settings.environment == "prod" and is_demo(password.get_secret_value())


async def owner(session: AsyncSession, email: str) -> User | None:
    """Return the account with this address."""
    return (await session.exec(select(User).where(User.email == email))).one_or_none()


async def _proven(session: AsyncSession, user_id: UUID, password: SecretStr, address: str) -> User:
    """Return the account if `password` is its own; wrong ones count like failed log-ins."""
    opened = resources(session)
    async with opened.get(Database).transaction() as reading:
        user = await reading.get(User, user_id)
    if user is None:
        raise UserNotFoundError
    await opened.get(Attempts).spend(user.email, address)
    good, _ = await opened.get(Passwords).check(password, user.password_hash, address)
    if not good:
        raise WrongPasswordError("Send your current password; choose a new one by e-mail if you have forgotten it.")
    await opened.get(Attempts).refund(user.email, address)
    return user


async def _locked(session: AsyncSession, read: User) -> User:
    user = await session.get(User, read.id, with_for_update=True)
    if user is None or user.password_hash != read.password_hash:
        raise WrongPasswordError("It was changed a moment ago; send the new one.")
    return user


async def _set_password(session: AsyncSession, user: User, password_hash: str, notice: messages.Text) -> None:
    user.password_hash = password_hash
    await session.flush()
    await sessions.end_all(session, user.id)
    links.send_notice(session, user.email, notice)
    log.info("user.password_changed", user_id=user.id)


async def _revoke_clients(session: AsyncSession, user_id: UUID) -> None:
    mine = delete(ApiClient).where(col(ApiClient.user_id) == user_id).returning(col(ApiClient.id))
    await revocations.revoke(session, *(await session.exec(mine)).scalars())
