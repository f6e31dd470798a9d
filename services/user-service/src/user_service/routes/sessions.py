"""The caller's own log-ins."""

from fastapi import APIRouter, Response

from foodchassis import CurrentUser, SessionDep
from foodchassis.web import ResourcesDep, issue_ticket
from user_service.schemas.tokens import SessionPublic, StreamTicket
from user_service.service import sessions

router = APIRouter(prefix="/users/me/sessions", tags=["tokens"])
tickets = APIRouter(prefix="/auth", tags=["tokens"])


@tickets.post("/stream-ticket")
async def get_stream_ticket(user: CurrentUser, resources: ResourcesDep, response: Response) -> StreamTicket:
    """Get a ticket that opens one stream within a minute, for a browser's EventSource: `…/stream?ticket=…`."""
    response.headers["Cache-Control"] = "no-store"
    return StreamTicket(ticket=await issue_ticket(resources, user))


@router.get("")
async def list_sessions(user: CurrentUser, session: SessionDep) -> list[SessionPublic]:
    """List where you are logged in, newest first."""
    return [SessionPublic.of(login, user.session) for login in await sessions.open_sessions(session, user.id)]


@router.delete("", status_code=204)
async def log_out_everywhere(user: CurrentUser, session: SessionDep) -> None:
    """Log out everywhere: all your refresh and access tokens end at once, including those of this request."""
    await sessions.end_all(session, user.id)
