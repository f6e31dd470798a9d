"""Pages of the live map and of the search for a delivery's driver."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from console_service.routes.answering import done, page
from console_service.routes.visitor import CurrentAdmin, FormDep
from console_service.service import dispatch, live
from foodchassis.web import EventStream, ResourcesDep

# Drivers report every few seconds, and no stream has the positions of all.
LOOK_SECONDS = 1.0
router = APIRouter(prefix="/console/dispatch", include_in_schema=False)


@router.get("")
async def show_city(visitor: CurrentAdmin) -> Response:
    """Show the live map."""
    return page(visitor, "dispatch/page.html", view=await dispatch.city(visitor))


@router.get("/stream")
async def stream_city(visitor: CurrentAdmin, resources: ResourcesDep) -> EventStream:
    """Keep the live map up to date."""

    def read() -> live.Reading:
        return dispatch.city(visitor)

    return EventStream(live.follow(visitor, resources, read, ["/orders/stream"], look_seconds=LOOK_SECONDS))


@router.get("/{delivery_id}")
async def show_search(delivery_id: UUID, visitor: CurrentAdmin) -> Response:
    """Show why a delivery has its driver, or has none."""
    view = await dispatch.search(visitor, str(delivery_id))
    return page(visitor, "dispatch/search.html", delivery_id=str(delivery_id), view=view)


@router.get("/{delivery_id}/stream")
async def stream_search(delivery_id: UUID, visitor: CurrentAdmin, resources: ResourcesDep) -> EventStream:
    """Keep a search up to date."""

    def read() -> live.Reading:
        return dispatch.search(visitor, str(delivery_id))

    return EventStream(live.follow(visitor, resources, read, ["/orders/stream"], look_seconds=LOOK_SECONDS))


@router.post("/{delivery_id}/reassign")
async def reassign(request: Request, delivery_id: UUID, visitor: CurrentAdmin, form: FormDep) -> Response:
    """Withdraw a delivery from its driver."""
    await dispatch.reassign(visitor, str(delivery_id), form)
    return done(request, visitor, "dispatch.reassigned", f"/console/dispatch/{delivery_id}")
