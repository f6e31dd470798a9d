"""Routes of the staff of restaurants."""

from uuid import UUID

from fastapi import APIRouter

from foodchassis import Id, SessionDep, refusals
from foodchassis.web import OnceWithSecret
from foodevents import StaffRole
from menu_service import service
from menu_service.models import Invitation
from menu_service.routes.parameters import CurrentOwner
from menu_service.schemas import (
    InvitationCreate,
    InvitationMade,
    InvitationPublic,
    Join,
    MemberPublic,
    MemberUpdate,
    RestaurantOwn,
    StaffPublic,
)

router = APIRouter(prefix="/restaurants", tags=["staff"])


@router.post("/join", responses=refusals(404, 409))
async def join_staff(body: Join, user: CurrentOwner, session: SessionDep) -> RestaurantOwn:
    """Join the staff of a restaurant with the code of an invitation."""
    return await service.join(session, user.id, body.code.get_secret_value())


@router.get("/{restaurant_id}/staff", responses=refusals(404))
async def list_staff(restaurant_id: Id, user: CurrentOwner, session: SessionDep) -> StaffPublic:
    """List the staff of your restaurant and its invitations."""
    return await service.list_staff(session, restaurant_id, owner_id=user.id)


@router.post("/{restaurant_id}/invitations", status_code=201, responses=refusals(404, 409))
async def invite(
    restaurant_id: Id, body: InvitationCreate, user: CurrentOwner, session: SessionDep, once: OnceWithSecret
) -> InvitationMade:
    """Invite a person to work at your restaurant; the answer has a code for them, which is shown this once."""
    return await once(service.invite, session, restaurant_id, owner_id=user.id, wanted=body)


@router.get("/{restaurant_id}/invitations/{invitation_id}", response_model=InvitationPublic, responses=refusals(404))
async def read_invitation(restaurant_id: Id, invitation_id: Id, user: CurrentOwner, session: SessionDep) -> Invitation:
    """Show an unused invitation to your restaurant."""
    return await service.find_invitation(session, restaurant_id, invitation_id, owner_id=user.id)


@router.delete("/{restaurant_id}/invitations/{invitation_id}", status_code=204, responses=refusals(404))
async def withdraw_invitation(restaurant_id: Id, invitation_id: Id, user: CurrentOwner, session: SessionDep) -> None:
    """Withdraw an invitation: its code is refused from now on."""
    await service.withdraw_invitation(session, restaurant_id, invitation_id, owner_id=user.id)


@router.put("/{restaurant_id}/staff/{user_id}", responses=refusals(404))
async def change_member(
    restaurant_id: Id, user_id: UUID, body: MemberUpdate, user: CurrentOwner, session: SessionDep
) -> MemberPublic:
    """Change the role of a member of your restaurant's staff."""
    return await service.change_role(session, restaurant_id, user_id, owner_id=user.id, role=StaffRole(body.role))


@router.delete("/{restaurant_id}/staff/{user_id}", status_code=204, responses=refusals(404))
async def remove_member(restaurant_id: Id, user_id: UUID, user: CurrentOwner, session: SessionDep) -> None:
    """Remove a member of your restaurant's staff immediately, or yourself from another's."""
    await service.remove_member(session, restaurant_id, user_id, caller_id=user.id)
