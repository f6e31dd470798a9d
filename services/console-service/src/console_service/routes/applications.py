"""Pages of applications of drivers and restaurants."""

from dataclasses import asdict, dataclass
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from console_service.routes.answering import done, page
from console_service.routes.visitor import CurrentAdmin, FormDep
from console_service.service import applications, live
from console_service.service.listing import MOST_ROWS, ROWS
from foodchassis.web import EventStream, ResourcesDep

# No stream reports new applications.
LOOK_SECONDS = 1.0
Kind = Literal["drivers", "restaurants"]
Decided = Literal["approved", "rejected", "suspended"]
Verdict = Literal["approve", "reject", "suspend"]
router = APIRouter(prefix="/console/people", include_in_schema=False)


@dataclass(frozen=True)
class Wanted:
    """The filter of applicants that an admin has already decided about."""

    standing: Decided
    rows: int
    cursor: str

    @property
    def parameters(self) -> dict[str, str]:
        """Return the filter without the number of rows, as parameters of the API."""
        return {"standing": self.standing, "cursor": self.cursor}


async def _wanted(
    standing: Decided = "approved",
    rows: Annotated[int, Query(ge=1, le=MOST_ROWS)] = ROWS,
    cursor: Annotated[str, Query(max_length=100)] = "",
) -> Wanted:
    return Wanted(standing, rows, cursor)


WantedDep = Annotated[Wanted, Depends(_wanted)]


@router.get("/{kind}")
async def list_applications(kind: Kind, visitor: CurrentAdmin, wanted: WantedDep) -> Response:
    """Show the applicants that wait for a decision, and the others."""
    view = await applications.listed(visitor, kind, wanted.parameters, wanted.rows)
    context = {"kind": kind, "standing": wanted.standing, "query": urlencode(asdict(wanted))}
    return page(visitor, "people/applications.html", view=view, standings=applications.DECIDED, **context)


@router.get("/{kind}/stream")
async def stream_applications(
    kind: Kind, visitor: CurrentAdmin, resources: ResourcesDep, wanted: WantedDep
) -> EventStream:
    """Keep a list of applications up to date."""

    def read() -> live.Reading:
        return applications.listed(visitor, kind, wanted.parameters, wanted.rows)

    return EventStream(live.follow(visitor, resources, read, [], look_seconds=LOOK_SECONDS))


@router.post("/{kind}/{applicant_id}/{verdict}")
async def decide(
    request: Request, kind: Kind, applicant_id: UUID, verdict: Verdict, *, visitor: CurrentAdmin, form: FormDep
) -> Response:
    """Approve, reject or suspend a driver or a restaurant."""
    await applications.decide(visitor, kind, str(applicant_id), verdict, form)
    return done(request, visitor, f"people.{verdict}_done", f"/console/people/{kind}")
