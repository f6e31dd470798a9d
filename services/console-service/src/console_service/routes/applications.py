"""Drivers and restaurants that apply, over HTTP."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from console_service.routes.answering import done, page
from console_service.routes.visitor import CurrentAdmin, FormDep
from console_service.service import applications, live
from console_service.service.listing import MOST_ROWS, ROWS
from foodchassis.web import EventStream, ResourcesDep

# No stream says that someone applies.
LOOK_SECONDS = 1.0
Kind = Literal["drivers", "restaurants"]
Decided = Literal["approved", "rejected", "suspended"]
Verdict = Literal["approve", "reject", "suspend"]
Rows = Annotated[int, Query(ge=1, le=MOST_ROWS)]
router = APIRouter(prefix="/console/people", include_in_schema=False)


@router.get("/{kind}")
async def list_applications(
    kind: Kind, visitor: CurrentAdmin, standing: Decided = "approved", rows: Rows = ROWS
) -> Response:
    """Show those who wait for a decision, and those about whom one was made."""
    view = await applications.listed(visitor, kind, standing, rows)
    context = {"kind": kind, "standing": standing, "rows": rows, "standings": applications.DECIDED}
    return page(visitor, "people/applications.html", view=view, **context)


@router.get("/{kind}/stream")
async def stream_applications(
    kind: Kind, visitor: CurrentAdmin, resources: ResourcesDep, standing: Decided = "approved", rows: Rows = ROWS
) -> EventStream:
    """Keep a list of applications up to date."""

    def read() -> live.Reading:
        return applications.listed(visitor, kind, standing, rows)

    return EventStream(live.follow(visitor, resources, read, [], look_seconds=LOOK_SECONDS))


@router.post("/{kind}/{applicant_id}/{verdict}")
async def decide(
    request: Request, kind: Kind, applicant_id: UUID, verdict: Verdict, *, visitor: CurrentAdmin, form: FormDep
) -> Response:
    """Approve, reject or suspend a driver or a restaurant."""
    await applications.decide(visitor, kind, str(applicant_id), verdict, form)
    return done(request, visitor, f"people.{verdict}_done", f"/console/people/{kind}")
