"""Counts, times and logs every request by its route, with as few series as there are routes."""

import re
from collections.abc import Iterable
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI
from prometheus_client import Counter, Histogram
from prometheus_fastapi_instrumentator import Instrumentator
from prometheus_fastapi_instrumentator.metrics import Info
from starlette.routing import BaseRoute
from starlette.types import Scope

from foodchassis.telemetry import metrics
from foodchassis.web.routing import api_routes

log = structlog.get_logger()
METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
# One label value for all unknown paths and methods, so that clients cannot create series.
OTHER = "other"
FIRST_SEEN_BY_ALERTS = (500, 503)
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def install(app: FastAPI) -> None:
    """Record each request of `app` when it has ended, except those of probes and scrapers."""
    instrumentator = Instrumentator(excluded_handlers=["^/metrics$", "^/health/"], should_group_status_codes=False)
    instrumentator.add(_note).instrument(app)


def _note(info: Info) -> None:
    """Count, time and log one response; the duration of a stream is not a latency."""
    scope, status, seconds = info.request.scope, int(info.modified_status), info.modified_duration_without_streaming
    method = scope["method"] if scope["method"] in METHODS else OTHER
    handler = getattr(scope.get("route"), "path", OTHER)
    # One series for all methods that a route refuses.
    count, timing = _meters(OTHER if status == HTTPStatus.METHOD_NOT_ALLOWED else method, handler, status)
    count.inc()
    timing.observe(seconds, metrics.exemplar())
    took = round(seconds * 1000, 2)
    log.info("request.served", method=method, route=handler, status=status, ms=took, **_ids(scope))


def at_zero(routes: Iterable[BaseRoute]) -> None:
    """Create the series of every route before its first request."""
    for route in api_routes(routes):
        for method in route.methods or ():
            if not route.path.startswith(("/health/", "/metrics")):
                for status in (route.status_code or 200, *FIRST_SEEN_BY_ALERTS):
                    _meters(method, route.path, status)


@lru_cache(maxsize=4096)
def _meters(method: str, handler: str, status: int) -> tuple[Counter, Histogram]:
    return metrics.requests.labels(method, handler, status), metrics.request_seconds.labels(method, handler)


def _ids(scope: Scope) -> dict[str, Any]:
    """Return the well-formed ids in the path: nothing else that clients send is logged."""
    return {name: value for name, value in scope.get("path_params", {}).items() if ID.fullmatch(str(value))}
