"""Export: all data stored about a user."""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Principal, now
from user_service.models import Address
from user_service.schemas.accounts import AddressPublic, UserPublic
from user_service.schemas.api_clients import ApiClientPublic
from user_service.schemas.export import AccountExport
from user_service.schemas.tokens import SessionPublic
from user_service.service import api_clients
from user_service.service.accounts import profile
from user_service.service.sessions import open_sessions


async def export(session: AsyncSession, caller: Principal) -> AccountExport:
    """Return the caller's profile, addresses and log-ins; each is bounded by a setting."""
    user = await profile(session, caller.id)
    mine = select(Address).where(Address.user_id == user.id).order_by(col(Address.id))
    return AccountExport(
        exported_at=now(),
        profile=UserPublic.model_validate(user),
        addresses=[AddressPublic.model_validate(address) for address in await session.exec(mine)],
        api_clients=[ApiClientPublic.model_validate(one) for one in await api_clients.list_clients(session, user.id)],
        sessions=[SessionPublic.of(login, caller.session) for login in await open_sessions(session, user.id)],
    )
