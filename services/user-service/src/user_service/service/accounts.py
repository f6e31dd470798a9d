"""Accounts: making them, seeing and changing one's own."""

from uuid import UUID

import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import after_commit, publish, resources
from foodevents import UserRegistered
from user_service import metrics
from user_service.errors import EmailTakenError, UserNotFoundError
from user_service.models import User, UserRole
from user_service.passwords import Passwords
from user_service.schemas import AdminCreate, UserCreate, UserUpdate
from user_service.service.sessions import end_all

log = structlog.get_logger()


async def register(session: AsyncSession, account: UserCreate, address: str) -> User:
    """Create the account of a sign-up from this network address.

    Raises EmailTakenError, or BusyError when too many passwords wait to be hashed.
    """
    # Hashed before the first statement, so that no connection waits for it.
    password_hash = await resources(session).get(Passwords).hash(account.password, address)
    return await _create(session, account.email, account.name, UserRole(account.role), password_hash)


async def profile(session: AsyncSession, user_id: UUID, *, keep: bool = False) -> User:
    """Return the account of a caller; with `keep` it cannot be erased before the transaction ends."""
    user = await session.get(User, user_id, with_for_update={"read": True, "key_share": True} if keep else None)
    if user is None:
        raise UserNotFoundError
    return user


async def update_profile(session: AsyncSession, user_id: UUID, change: UserUpdate) -> User:
    """Change what a user may change about himself."""
    user = await profile(session, user_id)
    user.sqlmodel_update(change.model_dump())
    await session.flush()
    return user


async def ensure_admin(session: AsyncSession, asked: AdminCreate) -> User:
    """Have an admin with this e-mail, name and password, whether or not there was one.

    Raises EmailTakenError when the address belongs to somebody who is no admin.
    """
    hasher = resources(session).get(Passwords)
    found = await session.exec(select(User).where(User.email == asked.email).with_for_update())
    user = found.one_or_none()
    if user is None:
        password_hash = await hasher.hash(asked.password)
        return await _create(session, asked.email, asked.name, UserRole.ADMIN, password_hash)
    if user.role is not UserRole.ADMIN:
        raise EmailTakenError("Its account is not an admin's; use another address.")
    good, renewed = await hasher.check(asked.password, user.password_hash)
    user.name = asked.name
    user.password_hash = (renewed or user.password_hash) if good else await hasher.hash(asked.password)
    await session.flush()
    if not good:
        await end_all(session, user.id)
    return user


async def _create(session: AsyncSession, email: str, name: str, role: UserRole, password_hash: str) -> User:
    # Not an INSERT that fails: PostgreSQL would write the address of the violation into its log.
    row = User(email=email, name=name, role=role, password_hash=password_hash).model_dump()
    created = await session.exec(insert(User).values(row).on_conflict_do_nothing().returning(User))
    user: User | None = created.scalars().one_or_none()
    if user is None:
        raise EmailTakenError("Log in, or sign up with another one.")
    await publish(session, UserRegistered(user_id=user.id, role=role), sequence=user.version)
    after_commit(session, metrics.registrations.labels(role).inc)
    log.info("user.registered", user_id=user.id, role=role)
    return user
