"""No request waits for a thread: FastAPI calls plain functions and classes in one, which costs more than their work."""

from collections.abc import Callable
from importlib import import_module
from inspect import isasyncgenfunction
from typing import Any

import pytest
from fastapi import APIRouter, Depends, FastAPI
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
    """Return the routes and dependencies of an application that run in a thread."""
    calls: list[Callable[..., Any]] = [
        one.call
        for route in api_routes(app.routes)
        if route.path != IN_A_THREAD
        for one in dependants(route.dependant)
        if one.call is not None
    ]
    return {repr(call) for call in calls if not (is_async_callable(call) or isasyncgenfunction(call))}


@pytest.mark.parametrize("package", [one.package for one in APPS])
def test_no_route_or_dependency_runs_in_a_thread(package: str) -> None:
    with own_keys():
        app = import_module(f"{package}.main").create_app()

    assert in_threads(app) == set()


def test_a_class_as_a_dependency_is_found() -> None:
    router = APIRouter()

    @router.get("/", dependencies=[Depends(Plain)])
    async def read() -> None:
        """Return nothing."""

    assert in_threads(router) == {repr(Plain)}
