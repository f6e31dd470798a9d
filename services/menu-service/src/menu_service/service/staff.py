"""The staff of a restaurant: invited by its owner with a code, which is good for one user."""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

import structlog
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import now, publish, settings_of
from foodevents import StaffRole
from menu_service.errors import AlreadyOwnerError, InvitationNotFoundError, MemberNotFoundError, StaffFullError
from menu_service.models import Invitation, Restaurant
from menu_service.schemas import (
    InvitationCreate,
    InvitationMade,
    InvitationPublic,
    MemberPublic,
    RestaurantOwn,
    StaffPublic,
)
from menu_service.service import snapshots
from menu_service.service.owners import refuse_erased
from menu_service.service.restaurants import of_staff, owned
from menu_service.settings import MenuSettings

log = structlog.get_logger()
CODE_BYTES = 16
_BATCH = 1_000


async def invite(
    session: AsyncSession, restaurant_id: UUID, *, owner_id: UUID, wanted: InvitationCreate
) -> InvitationMade:
    """Return an invitation with its code, of which only a digest is stored. Raises StaffFullError."""
    row = await owned(session, restaurant_id, owner_id, StaffRole.OWNER)
    settings = settings_of(session, MenuSettings)
    await _drop_expired(session)
    if len(row.staff) + len(await _open_invitations(session, restaurant_id)) >= settings.max_staff:
        raise StaffFullError(f"Remove a member or an invitation first; {settings.max_staff} are allowed.")
    code = secrets.token_urlsafe(CODE_BYTES)
    invitation = Invitation(
        restaurant_id=restaurant_id,
        digest=_digest(code),
        role=StaffRole(wanted.role),
        name=wanted.name,
        expires_at=now() + timedelta(days=settings.invitation_days),
    )
    session.add(invitation)
    await session.flush()
    public = InvitationPublic.model_validate(invitation)
    return InvitationMade(**dict(public), code=code)


async def join(session: AsyncSession, user_id: UUID, code: str) -> RestaurantOwn:
    """Make a user a member of the staff that an invitation is for; the same user may send its code again.

    Raises InvitationNotFoundError, AlreadyOwnerError or OwnerErasedError.
    """
    await refuse_erased(session, user_id)
    mine = (col(Invitation.digest) == _digest(code), col(Invitation.expires_at) > now())
    # The restaurant first: its owner withdraws invitations in this order.
    place = select(Restaurant).where(
        col(Restaurant.id).in_(select(Invitation.restaurant_id).where(*mine)), col(Restaurant.closed_at).is_(None)
    )
    row = (await session.exec(place.with_for_update(key_share=True))).one_or_none()
    invitation = (await session.exec(select(Invitation).where(*mine).with_for_update())).one_or_none()
    if invitation is None or invitation.used_by not in {None, user_id}:
        raise InvitationNotFoundError("It was used, withdrawn or has expired; ask the owner for a new one.")
    role = None if row is None else row.role_of(user_id)
    if row is None or (invitation.used_by is not None and role is None):
        raise InvitationNotFoundError("The restaurant has closed, or you do not work there any more.")
    if role is StaffRole.OWNER:
        raise AlreadyOwnerError("Pass the code on to another person.")
    if invitation.used_by is None:
        invitation.used_by = user_id
        member = {"user_id": str(user_id), "role": invitation.role, "name": invitation.name}
        await _store(session, row, [*_others(row, user_id), member])
    return of_staff(row, user_id)


async def list_staff(session: AsyncSession, restaurant_id: UUID, *, owner_id: UUID) -> StaffPublic:
    """Return who works at a restaurant and who is invited, to its owner."""
    row = await owned(session, restaurant_id, owner_id, StaffRole.OWNER)
    members = [MemberPublic.model_validate(member, strict=False, extra="ignore") for member in row.staff]
    invitations = await _open_invitations(session, restaurant_id)
    return StaffPublic(members=members, invitations=[InvitationPublic.model_validate(one) for one in invitations])


async def find_invitation(
    session: AsyncSession, restaurant_id: UUID, invitation_id: UUID, *, owner_id: UUID
) -> Invitation:
    """Return an unused invitation to the restaurant's owner. Raises InvitationNotFoundError."""
    await owned(session, restaurant_id, owner_id, StaffRole.OWNER)
    for one in await _open_invitations(session, restaurant_id):
        if one.id == invitation_id:
            return one
    raise InvitationNotFoundError


async def withdraw_invitation(
    session: AsyncSession, restaurant_id: UUID, invitation_id: UUID, *, owner_id: UUID
) -> None:
    """Withdraw an invitation: its code is refused from now on. Raises InvitationNotFoundError."""
    await owned(session, restaurant_id, owner_id, StaffRole.OWNER)
    this = (col(Invitation.id) == invitation_id, col(Invitation.restaurant_id) == restaurant_id)
    gone = await session.exec(delete(Invitation).where(*this).returning(col(Invitation.id)))
    if gone.first() is None:
        raise InvitationNotFoundError


async def change_role(
    session: AsyncSession, restaurant_id: UUID, user_id: UUID, *, owner_id: UUID, role: StaffRole
) -> MemberPublic:
    """Change the role of a member. Raises MemberNotFoundError."""
    row = await owned(session, restaurant_id, owner_id, StaffRole.OWNER)
    member = _member(row, user_id) | {"role": role}
    if member not in row.staff:
        await _store(session, row, [*_others(row, user_id), member])
    return MemberPublic.model_validate(member, strict=False, extra="ignore")


async def remove_member(session: AsyncSession, restaurant_id: UUID, user_id: UUID, *, caller_id: UUID) -> None:
    """Remove a member of the staff, as its owner or as that member. Raises MemberNotFoundError."""
    least = StaffRole.KITCHEN if user_id == caller_id else StaffRole.OWNER
    row = await owned(session, restaurant_id, caller_id, least)
    _member(row, user_id)
    # It has the member's name.
    used = (col(Invitation.restaurant_id) == restaurant_id, col(Invitation.used_by) == user_id)
    await session.exec(delete(Invitation).where(*used))
    await _store(session, row, _others(row, user_id))


def _member(row: Restaurant, user_id: UUID) -> dict[str, str]:
    found = next((member for member in row.staff if member["user_id"] == str(user_id)), None)
    if found is None:
        raise MemberNotFoundError
    return found


def _others(row: Restaurant, user_id: UUID) -> list[dict[str, str]]:
    return [member for member in row.staff if member["user_id"] != str(user_id)]


async def _store(session: AsyncSession, row: Restaurant, staff: list[dict[str, str]]) -> None:
    """Store the staff and publish it with the restaurant."""
    row.staff = staff
    await session.flush()
    await publish(session, snapshots.of_restaurant(row), sequence=row.version)
    log.info("restaurant.staff_changed", restaurant_id=row.id, revision=row.version)


async def _open_invitations(session: AsyncSession, restaurant_id: UUID) -> list[Invitation]:
    unused = (col(Invitation.restaurant_id) == restaurant_id, col(Invitation.used_by).is_(None))
    query = select(Invitation).where(*unused, col(Invitation.expires_at) > now()).order_by(col(Invitation.id))
    return list((await session.exec(query)).all())


async def _drop_expired(session: AsyncSession) -> None:
    """Delete invitations of every restaurant that have expired: they have the names of people."""
    expired = select(Invitation.id).where(col(Invitation.expires_at) <= now()).limit(_BATCH)
    await session.exec(delete(Invitation).where(col(Invitation.id).in_(expired.with_for_update(skip_locked=True))))


def _digest(code: str) -> bytes:
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).digest()
