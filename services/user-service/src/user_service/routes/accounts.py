"""Sign-up and the caller's own account."""

from fastapi import APIRouter

from foodchassis import CurrentUser, Public, SessionDep, refusals
from user_service.models import User
from user_service.routes.callers import ClientAddress
from user_service.schemas import UserCreate, UserPublic, UserUpdate
from user_service.service import accounts, erasure

router = APIRouter(prefix="/users", tags=["users"])


@router.post(
    "", status_code=201, response_model=UserPublic, dependencies=[Public], responses=refusals(409, 413, 422, 503)
)
async def sign_up(body: UserCreate, address: ClientAddress, session: SessionDep) -> User:
    """Make an account as customer, restaurant or driver."""
    return await accounts.register(session, body, address)


@router.get("/me", response_model=UserPublic, responses=refusals(401, 404, 503))
async def read_profile(user: CurrentUser, session: SessionDep) -> User:
    """See your own account."""
    return await accounts.profile(session, user.id)


@router.patch("/me", response_model=UserPublic, responses=refusals(401, 404, 413, 422, 503))
async def update_profile(body: UserUpdate, user: CurrentUser, session: SessionDep) -> User:
    """Change your own account."""
    return await accounts.update_profile(session, user.id, body)


@router.delete("/me", status_code=204, responses=refusals(401, 403, 503))
async def erase_account(user: CurrentUser, session: SessionDep) -> None:
    """Be forgotten here and everywhere, for good; asked again, it is done already."""
    return await erasure.erase(session, user.id)
