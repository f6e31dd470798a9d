"""Addresses: each user's own."""

from typing import Any
from uuid import UUID

from sqlmodel import col, delete, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import PageQuery, settings_of
from user_service.errors import AddressNotFoundError, TooManyAddressesError
from user_service.models import Address
from user_service.schemas.accounts import AddressCreate
from user_service.service.accounts import profile
from user_service.settings import UserSettings


async def add_address(session: AsyncSession, user_id: UUID, place: AddressCreate) -> Address:
    """Store an address of a user. Raises TooManyAddressesError."""
    user = await profile(session, user_id, lock=True)
    most = settings_of(session, UserSettings).addresses_per_account
    mine = select(func.count()).select_from(Address).where(Address.user_id == user.id)
    if (await session.exec(mine)).one() >= most:
        raise TooManyAddressesError(f"You have {most} addresses; delete one first.")
    address = Address(user_id=user.id, **place.model_dump())
    session.add(address)
    await session.flush()
    return address


async def list_addresses(session: AsyncSession, user_id: UUID, page: PageQuery) -> dict[str, Any]:
    """Return a page of a user's addresses, newest first."""
    user = await profile(session, user_id)
    statement = page.of(select(Address).where(Address.user_id == user.id), col(Address.id))
    return page.page((await session.exec(statement)).all())


async def find_address(session: AsyncSession, user_id: UUID, address_id: UUID) -> Address:
    """Return a user's address. Raises AddressNotFoundError, also for another user's."""
    query = select(Address).where(Address.id == address_id, Address.user_id == user_id)
    address = (await session.exec(query)).one_or_none()
    if address is None:
        raise AddressNotFoundError
    return address


async def remove_address(session: AsyncSession, user_id: UUID, address_id: UUID) -> None:
    """Delete an address. Raises AddressNotFoundError, also for another user's."""
    statement = delete(Address).where(col(Address.id) == address_id, col(Address.user_id) == user_id)
    if (await session.exec(statement.returning(col(Address.id)))).first() is None:
        raise AddressNotFoundError
