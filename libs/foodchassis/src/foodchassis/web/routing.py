"""Iterates over an application's routes, including nested routers, and their dependencies."""

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from itertools import chain

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route


def api_routes(routes: Iterable[BaseRoute]) -> Iterator[APIRoute]:
    """Yield each API route, including those of nested routers."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif included := getattr(route, "original_router", None):
            yield from api_routes(included.routes)


def dependants(dependant: Dependant) -> Iterator[Dependant]:
    """Yield a route's dependant and all its direct and indirect dependencies."""
    yield dependant
    for child in dependant.dependencies:
        yield from dependants(child)


def routes_at(request: Request) -> list[Route]:
    """Return the routes on a request's path: those of just this path, or else those with parameters that match it."""
    plain = (one for one in request.app.routes if type(one) is Route and one.endpoint is not _refuse)
    routes: Iterator[Route] = chain(api_routes(request.app.routes), plain)
    found = [one for one in routes if one.matches(request.scope)[0] is not Match.NONE]
    return [one for one in found if not one.param_convertors] or found


def keep_paths_apart(app: FastAPI) -> None:
    """Answer 405 for `GET /notes/mine` if there is only `PUT /notes/mine`, without matching `GET /notes/{note_id}`."""
    routes = list(api_routes(app.routes))
    for path in {route.path for route in routes if not route.param_convertors}:
        own = {method for route in routes if route.path == path for method in route.methods or ()}
        shadows = (route for route in routes if route.path != path and route.path_regex.match(path))
        taken = {method for route in shadows for method in route.methods or ()} - own
        if taken:
            app.router.routes.insert(0, Route(path, _refuse, methods=sorted(taken), include_in_schema=False))


async def _refuse(_request: Request) -> Response:
    raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED)
