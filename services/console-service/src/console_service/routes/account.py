"""HTTP routes of one account, and the actions of an admin on it."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from console_service.routes.answering import HEADERS, done, page
from console_service.routes.visitor import CurrentAdmin, FormDep
from console_service.service import account, live
from foodchassis.web import EventStream, ResourcesDep

router = APIRouter(prefix="/console/people/accounts/{user_id}", include_in_schema=False)


@router.get("")
async def show_account(user_id: UUID, visitor: CurrentAdmin) -> Response:
    """Show an account and its log-ins."""
    return page(visitor, "people/account.html", user_id=str(user_id), view=await account.shown(visitor, str(user_id)))


@router.get("/stream")
async def stream_account(user_id: UUID, visitor: CurrentAdmin, resources: ResourcesDep) -> EventStream:
    """Keep an account's page up to date."""
    return EventStream(live.follow(visitor, resources, lambda: account.shown(visitor, str(user_id)), []))


@router.post("/sessions/end")
async def end_sessions(request: Request, user_id: UUID, visitor: CurrentAdmin, form: FormDep) -> Response:
    """Log a user out everywhere."""
    await account.end_sessions(visitor, str(user_id), form)
    return done(request, visitor, "account.all_ended", f"/console/people/accounts/{user_id}")


@router.post("/sessions/{session_id}/end")
async def end_session(
    request: Request, user_id: UUID, session_id: UUID, *, visitor: CurrentAdmin, form: FormDep
) -> Response:
    """End one log-in of a user."""
    await account.end_session(visitor, str(user_id), str(session_id), form)
    return done(request, visitor, "account.ended", f"/console/people/accounts/{user_id}")


@router.post("/erase")
async def erase_account(user_id: UUID, visitor: CurrentAdmin, form: FormDep) -> Response:
    """Erase an account, and redirect to the list, because the account's page no longer exists."""
    await account.erase(visitor, str(user_id), form)
    return RedirectResponse("/console/people?erased=true", 303, headers=HEADERS)
