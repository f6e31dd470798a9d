"""Accounts: sign-up, profile and search."""

from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import or_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import PageQuery, now, publish, resources
from foodchassis.messaging import publish_all
from foodchassis.storage import after_commit, has_words
from foodevents import UserChanged, UserRegistered
from user_service.adapters import metrics
from user_service.adapters.attempts import Attempts
from user_service.adapters.passwords import Passwords
from user_service.errors import EmailTakenError, UserNotFoundError
from user_service.models import LinkPurpose, User, UserRole
from user_service.rules import messages
from user_service.schemas.accounts import AdminCreate, UserCreate, UserUpdate
from user_service.schemas.credentials import EmailConfirmation
from user_service.schemas.fields import phone_part
from user_service.service import links
from user_service.service.credentials import lock_email, move_email, owner, refuse_weak
from user_service.service.names import named
from user_service.service.sessions import end_all
from user_service.settings import UserSettings

log = structlog.get_logger()


async def sign_up(session: AsyncSession, account: UserCreate, address: str) -> User | None:
    """Create the account of a sign-up from this network address.

    Where sign-ups confirm their e-mail, return None, and create it when the link is opened: the answer is the same
    for an address that has an account, whose owner gets a message.
    Raises EmailTakenError, WeakPasswordError, or BusyError when too many passwords wait to be hashed.
    """
    opened = resources(session)
    refuse_weak(opened.settings, account.password, account.email, account.name)
    # Hashed before the first statement, so that no connection waits for it.
    password_hash = await opened.get(Passwords).hash(account.password, address)
    if not opened.get(UserSettings).confirms_sign_ups:
        return await _create(session, account.email, account.name, UserRole(account.role), password_hash)
    if await opened.get(Attempts).may_mail(account.email, address):
        waiting = {"name": account.name, "role": account.role, "password_hash": password_hash}
        token = links.store_link(session, LinkPurpose.SIGN_UP, account.email, None, waiting)
        if await owner(session, account.email) is None:
            links.send_link(session, LinkPurpose.SIGN_UP, account.email, token)
        else:
            links.send_notice(session, account.email, messages.TAKEN)
    return None


async def find_users(session: AsyncSession, page: PageQuery, part: str | None, role: UserRole | None) -> dict[str, Any]:
    """Return a page of all accounts, newest first, as far as they match."""
    query = select(User)
    if part is not None:
        found = [has_words(col(User.folded_name), part), col(User.email).icontains(part, autoescape=True)]
        if digits := phone_part(part):
            found.append(col(User.phone).contains(digits, autoescape=True))
        query = query.where(or_(*found))
    if role is not None:
        query = query.where(col(User.role) == role)
    return page.page((await session.exec(page.of(query, col(User.id)))).all())


async def confirm_email(session: AsyncSession, request: EmailConfirmation) -> None:
    """Carry out the purpose of a link: create the account, or verify or change its address.

    Raises LinkInvalidError, or EmailTakenError when another account now has the address.
    """
    purposes = LinkPurpose.SIGN_UP, LinkPurpose.VERIFY_EMAIL, LinkPurpose.CHANGE_EMAIL
    link = await links.use_link(session, request.token.get_secret_value(), *purposes)
    if link.purpose is LinkPurpose.SIGN_UP and link.sign_up is not None:
        user = await _create(
            session, link.email, link.sign_up["name"], UserRole(link.sign_up["role"]), link.sign_up["password_hash"]
        )
    else:
        user = await session.get_one(User, link.user_id, with_for_update=True)
    if link.purpose is LinkPurpose.CHANGE_EMAIL:
        await move_email(session, user, link.email)
    elif user.email == link.email:
        user.email_verified_at = now()


async def profile(session: AsyncSession, user_id: UUID, *, lock: bool = False) -> User:
    """Return the account of a caller; with `lock` no other request changes or erases it until the transaction ends."""
    user = await session.get(User, user_id, with_for_update={"key_share": True} if lock else None)
    if user is None:
        raise UserNotFoundError("The account was erased or never existed.")
    return user


async def update_profile(session: AsyncSession, user_id: UUID, change: UserUpdate) -> User:
    """Change a user's own account."""
    user = await profile(session, user_id)
    columns = change.model_dump(exclude_unset=True)
    user.sqlmodel_update(columns | (named(columns["name"]) if "name" in columns else {}))
    changed = session.is_modified(user)
    await session.flush()
    if changed and user.role is not UserRole.ADMIN:
        await publish(session, _contact(user), sequence=user.version)
    return user


def _contact(user: User) -> UserChanged:
    """Return the name and phone that people who share an order with a user may see."""
    name = user.name if user.role is UserRole.RESTAURANT else user.name.split()[0]
    return UserChanged(user_id=user.id, version=user.version, name=name, phone=user.phone)


async def republish(session: AsyncSession, *, after: UUID | None, limit: int) -> UUID | None:
    """Publish the contacts of up to `limit` users after the id `after`, and return the last one's id.

    Versions stay as they are: a consumer that has the same or a newer version ignores it.
    """
    query = select(User).where(User.role != UserRole.ADMIN).order_by(col(User.id)).limit(limit)
    users = (await session.exec(query if after is None else query.where(col(User.id) > after))).all()
    await publish_all(session, [(_contact(user), user.version) for user in users])
    return users[-1].id if users else None


async def ensure_admin(session: AsyncSession, admin: AdminCreate) -> User:
    """Create or update the admin with this e-mail, name and password.

    Raises EmailTakenError when the address belongs to an account that is no admin's, or WeakPasswordError.
    """
    hasher = resources(session).get(Passwords)
    refuse_weak(resources(session).settings, admin.password)
    found = await session.exec(select(User).where(User.email == admin.email).with_for_update())
    user = found.one_or_none()
    if user is None:
        password_hash = await hasher.hash(admin.password)
        return await _create(session, admin.email, admin.name, UserRole.ADMIN, password_hash)
    if user.role is not UserRole.ADMIN:
        raise EmailTakenError("Its account is not an admin's; use another address.")
    good, renewed = await hasher.check(admin.password, user.password_hash)
    user.sqlmodel_update(named(admin.name))
    user.password_hash = (renewed or user.password_hash) if good else await hasher.hash(admin.password)
    await session.flush()
    if not good:
        await end_all(session, user.id)
    return user


async def _create(session: AsyncSession, email: str, name: str, role: UserRole, password_hash: str) -> User:
    await lock_email(session, email)
    # Not an INSERT that fails: PostgreSQL would write the address of the violation into its log.
    row = User(email=email, name=name, role=role, password_hash=password_hash).model_dump() | named(name)
    created = await session.exec(insert(User).values(row).on_conflict_do_nothing().returning(User))
    user: User | None = created.scalars().one_or_none()
    if user is None:
        raise EmailTakenError("Log in, or sign up with another one.")
    await publish(session, UserRegistered(user_id=user.id, role=role), sequence=user.version)
    if role is not UserRole.ADMIN:
        # An admin shares no order with anyone.
        await publish(session, _contact(user), sequence=user.version)
    after_commit(session, metrics.registrations.labels(role).inc)
    log.info("user.registered", user_id=user.id, role=role)
    return user
