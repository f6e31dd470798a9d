"""Walks an application's routes, also those of routers included in routers, and what each depends on."""

from collections.abc import Iterable, Iterator

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute


def api_routes(routes: Iterable[BaseRoute]) -> Iterator[APIRoute]:
    """Yield each API route, however deeply its router is included."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif included := getattr(route, "original_router", None):
            yield from api_routes(included.routes)


def dependants(dependant: Dependant) -> Iterator[Dependant]:
    """Yield what a route depends on, itself first, however deeply."""
    yield dependant
    for child in dependant.dependencies:
        yield from dependants(child)
