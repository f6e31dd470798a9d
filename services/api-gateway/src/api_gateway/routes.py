"""What the gateway itself serves: one OpenAPI document of all services."""

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from api_gateway.doors import Doors


async def all_services(request: Request) -> JSONResponse:
    """Describe every routed path of every service that is up."""
    doors: Doors = request.app.state.resources.get(Doors)
    return JSONResponse(await doors.documents.joined(request.app.openapi()))


def install(app: FastAPI) -> None:
    """Serve the joined document, which /docs shows, before the framework's own."""
    app.router.routes.insert(0, Route("/openapi.json", all_services, include_in_schema=False))
