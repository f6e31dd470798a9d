"""Pages of the services' health and dead letters."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from console_service.routes.answering import done, page
from console_service.routes.visitor import CurrentAdmin, FormDep
from console_service.service import health, live
from console_service.service.health import DeadLetters, Service
from console_service.settings import ConsoleSettings
from foodchassis.web import EventStream, ResourcesDep

# No stream reports the backlog of a service.
LOOK_SECONDS = 2.0
router = APIRouter(prefix="/console/health", include_in_schema=False)


@router.get("")
async def show_services(visitor: CurrentAdmin, resources: ResourcesDep) -> Response:
    """Show the backlog of each service."""
    settings = resources.get(ConsoleSettings)
    places = {"Grafana": settings.grafana_url, "Jaeger": settings.jaeger_url}
    links = {name: url for name, url in places.items() if url}
    return page(visitor, "health/page.html", view=await health.services(visitor), links=links)


@router.get("/stream")
async def stream_services(visitor: CurrentAdmin, resources: ResourcesDep) -> EventStream:
    """Keep the services up to date."""

    def read() -> live.Reading:
        return health.services(visitor)

    return EventStream(live.follow(visitor, resources, read, [], look_seconds=LOOK_SECONDS))


@router.get("/{service}")
async def show_dead_letters(service: Service, visitor: CurrentAdmin, resources: ResourcesDep) -> Response:
    """Show the dead letters of a service."""
    dead_letters = DeadLetters(visitor, service, resources.get(ConsoleSettings).jaeger_url)
    return page(visitor, "health/dead_letters.html", service=service, view=await dead_letters.view())


@router.get("/{service}/stream")
async def stream_dead_letters(service: Service, visitor: CurrentAdmin, resources: ResourcesDep) -> EventStream:
    """Keep a service's dead letters up to date."""
    dead_letters = DeadLetters(visitor, service, resources.get(ConsoleSettings).jaeger_url)
    return EventStream(live.follow(visitor, resources, dead_letters.view, [], look_seconds=LOOK_SECONDS))


@router.post("/{service}/{dead_letter_id}/replay")
async def replay_dead_letter(
    request: Request, service: Service, dead_letter_id: UUID, visitor: CurrentAdmin, _: FormDep
) -> Response:
    """Send a dead letter back to its queue."""
    await health.replay(visitor, service, str(dead_letter_id))
    return done(request, visitor, "health.replay_done", f"/console/health/{service}")


@router.post("/{service}/{dead_letter_id}/drop")
async def drop_dead_letter(
    request: Request, service: Service, dead_letter_id: UUID, visitor: CurrentAdmin, form: FormDep
) -> Response:
    """Drop a dead letter."""
    await health.drop(visitor, service, str(dead_letter_id), form)
    return done(request, visitor, "health.drop_done", f"/console/health/{service}")
