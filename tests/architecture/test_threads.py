"""No request waits for a thread: FastAPI calls plain functions and classes in one, which costs more than their work."""

from collections.abc import Callable
from importlib import import_module
from inspect import isasyncgenfunction
from itertools import chain
from typing import Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from starlette._utils import is_async_callable

from foodchassis.web.routing import api_routes, dependants
from foodctl.catalog import SERVICES
from foodlab.settings import own_keys

# Rendering all metrics takes milliseconds, and must not delay requests.
IN_A_THREAD = "/metrics"
APPS = [one for one in SERVICES if one.short != "gateway"]


class Plain:
    """A class without parameters."""


def in_threads(app: FastAPI | APIRouter) -> set[str]:
    """Return the routes, dependencies and exception handlers of an application that run in a thread."""
    router = app.router if isinstance(app, FastAPI) else app
    handlers = app.exception_handlers.values() if isinstance(app, FastAPI) else ()
    routed = (
        one.call
        for route in api_routes(app.routes)
        if route.path != IN_A_THREAD
        for one in dependants(route.dependant)
        if one.call is not None
    )
    calls: chain[Callable[..., Any]] = chain(
        routed, (one.dependency for one in router.dependencies if one.dependency is not None), handlers
    )
    return {repr(call) for call in calls if not (is_async_callable(call) or isasyncgenfunction(call))}


@pytest.mark.parametrize("package", [one.package for one in APPS])
def test_nothing_of_a_request_runs_in_a_thread(package: str) -> None:
    with own_keys():
        app = import_module(f"{package}.main").create_app()

    assert in_threads(app) == set()


def test_classes_and_plain_functions_are_found() -> None:
    def handle(_: Request, __: Exception) -> Response:
        return Response()

    async def read() -> None:
        """Return nothing."""

    router = APIRouter()
    router.get("/", dependencies=[Depends(Plain)])(read)
    app = FastAPI(dependencies=[Depends(dict)])
    app.add_exception_handler(ValueError, handle)

    assert in_threads(router) == {repr(Plain)}
    assert in_threads(app) == {repr(dict), repr(handle)}
