"""Administration of accounts; the audit records each change with its reason."""

from typing import Annotated

from fastapi import APIRouter

from foodchassis import Id, Principal, SessionDep, refusals, require_role
from foodevents import Reason
from user_service.models import User
from user_service.schemas.accounts import UserPublic
from user_service.schemas.tokens import SessionPublic
from user_service.service import accounts, administration

CurrentAdmin = Annotated[Principal, require_role("admin")]
router = APIRouter(prefix="/users/{user_id}", tags=["users"], responses=refusals(404))


@router.get("", response_model=UserPublic)
async def read_user(user_id: Id, _: CurrentAdmin, session: SessionDep) -> User:
    """Return an account, as an admin."""
    return await accounts.profile(session, user_id)


@router.get("/sessions")
async def list_sessions_of_user(user_id: Id, admin: CurrentAdmin, session: SessionDep) -> list[SessionPublic]:
    """List the sessions of a user, newest first, as an admin."""
    return await administration.list_sessions(session, admin, user_id)


@router.post("/sessions/end", status_code=204)
async def end_sessions_of_user(user_id: Id, body: Reason, admin: CurrentAdmin, session: SessionDep) -> None:
    """End all sessions of a user, as an admin: the refresh and access tokens end at once."""
    await administration.end_sessions(session, admin, user_id, body.reason)


@router.post("/sessions/{session_id}/end", status_code=204)
async def end_session_of_user(
    user_id: Id, session_id: Id, body: Reason, admin: CurrentAdmin, session: SessionDep
) -> None:
    """End one session of a user, as an admin: its refresh and access tokens end at once."""
    await administration.end_session(session, admin, user_id, session_id, body.reason)


@router.post("/erase", status_code=204, responses=refusals(403))
async def erase_user(user_id: Id, body: Reason, admin: CurrentAdmin, session: SessionDep) -> None:
    """Erase an account in every service, permanently, as an admin; its access tokens are refused from now on."""
    await administration.erase(session, admin, user_id, body.reason)
