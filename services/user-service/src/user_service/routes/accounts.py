"""Sign-up and the caller's own account."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from foodchassis import CurrentUser, Page, PageDep, Public, SessionDep, Text, refusals, require_role
from user_service.models import User, UserRole
from user_service.routes.callers import ClientAddress
from user_service.schemas.accounts import SignUpPending, UserCreate, UserPublic, UserUpdate
from user_service.schemas.export import AccountExport
from user_service.service import accounts, erasure, export

Part = Annotated[Text | None, Query(description="a part of the name, e-mail address or phone number")]
OfRole = Annotated[UserRole | None, Query(description="only those with this role")]
router = APIRouter(prefix="/users", tags=["users"])


@router.post(
    "",
    status_code=201,
    response_model=UserPublic,
    dependencies=[Public],
    responses={202: {"model": SignUpPending, "description": "Accepted"}, **refusals(409, 429)},
)
async def sign_up(body: UserCreate, address: ClientAddress, session: SessionDep, response: Response) -> User | Response:
    """Create an account as customer, restaurant or driver; 202 when a link sent by e-mail must be opened first."""
    user = await accounts.sign_up(session, body, address)
    response.headers["Location"] = "/users/me"
    return user or JSONResponse(SignUpPending().model_dump(), 202)


@router.get("", response_model=Page[UserPublic], dependencies=[require_role("admin")])
async def find_users(session: SessionDep, page: PageDep, q: Part = None, role: OfRole = None) -> dict[str, Any]:
    """Find accounts, newest first: by a part of the name, e-mail address or phone number, and by role."""
    return await accounts.find_users(session, page, q, role)


@router.get("/me", response_model=UserPublic, responses=refusals(404))
async def read_profile(user: CurrentUser, session: SessionDep) -> User:
    """Return your own account."""
    return await accounts.profile(session, user.id)


@router.get("/me/export", responses=refusals(404))
async def export_account(user: CurrentUser, session: SessionDep, response: Response) -> AccountExport:
    """Download all data that this service stores about you."""
    response.headers["Content-Disposition"] = 'attachment; filename="account.json"'
    response.headers["Cache-Control"] = "no-store"
    return await export.export(session, user)


@router.patch("/me", response_model=UserPublic, responses=refusals(404))
async def update_profile(body: UserUpdate, user: CurrentUser, session: SessionDep) -> User:
    """Change your own account."""
    return await accounts.update_profile(session, user.id, body)


@router.delete("/me", status_code=204, responses=refusals(403))
async def erase_account(user: CurrentUser, session: SessionDep) -> None:
    """Erase your account here and in every service, for good; its access tokens are refused from now on."""
    await erasure.erase(session, user.id)
