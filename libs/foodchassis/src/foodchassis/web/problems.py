"""Converts every error of the web layer into an application/problem+json response."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException

from foodchassis.kernel.errors import ConflictError, ServiceError, UnavailableError
from foodchassis.storage.database import DOWN
from foodchassis.web import refusals
from foodchassis.web.refusals import Kind
from foodchassis.web.routing import routes_at

log = structlog.get_logger()


def problem(
    request: Request, kind: Kind, detail: str, *, headers: Mapping[str, str] | None = None, **extra: Any
) -> Response:
    """Return a problem response with the request id and the trace id."""
    body = {
        "type": f"/problems/{kind.slug}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "instance": request.scope.get("path", ""),
        "request_id": request.scope.get("request_id"),
        "trace_id": request.scope.get("trace_id"),
        **extra,
    }
    try:
        content = orjson.dumps(body)
    except orjson.JSONEncodeError:
        content = orjson.dumps({**body, "detail": kind.title, "instance": ""})
    return Response(content, kind.status, dict(headers or {}), media_type="application/problem+json")


def refused(request: Request, error: ServiceError) -> Response:
    """Build the response to a request that is refused with `error`."""
    headers = dict(error.headers)
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return problem(request, refusals.kind_of(type(error)), error.detail, headers=headers, **error.extra)


async def on_service_error(request: Request, error: Exception) -> Response:
    """Respond to a ServiceError."""
    assert isinstance(error, ServiceError)
    return refused(request, error)


async def on_down(request: Request, error: Exception) -> Response:
    """Answer 503 when a required server is down."""
    log.warning("dependency.failed", error=str(error).splitlines()[0][:200], kind=type(error).__name__)
    return await on_service_error(request, UnavailableError("A server behind this service is down; try again shortly."))


async def on_stale(request: Request, _: Exception) -> Response:
    """Answer 409 when another request changed the row between read and write."""
    return await on_service_error(
        request, ConflictError("Another request changed it at the same time; read it and try again.")
    )


async def on_invalid(request: Request, error: Exception) -> Response:
    """Answer 422 (or 400 for undecodable JSON) with the place and reason of each fault."""
    assert isinstance(error, RequestValidationError)
    errors = describe(error.errors())
    if any(fault["type"] == "json_invalid" for fault in errors):
        return problem(request, refusals.INVALID_JSON, errors[0]["message"], errors=errors)
    fields = ", ".join(dict.fromkeys(fault["field"] for fault in errors))
    return problem(request, refusals.INVALID_REQUEST, f"Invalid fields: {fields}", errors=errors)


def describe(faults: Sequence[Any]) -> list[dict[str, str]]:
    """Return the place, reason and kind of each fault, without the input."""
    return [
        {
            "field": ".".join(str(part) for part in fault["loc"]).encode("ascii", "replace").decode(),
            "message": str(fault["msg"]).encode("utf-8", "replace").decode(),
            "type": str(fault["type"]),
        }
        for fault in faults
    ]


async def on_http_exception(request: Request, error: Exception) -> Response:
    """Answer the framework's errors (404, 405, 413 and the like) as problems."""
    assert isinstance(error, HTTPException)
    headers, detail = dict(error.headers or {}), str(error.detail)
    if error.status_code == HTTPStatus.NOT_FOUND:
        detail = "There is no such route; /docs lists the routes."
    elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(allowed_methods(request))
        detail = f"This route accepts {headers['Allow']}."
    return problem(request, refusals.typical(error.status_code), detail, headers=headers)


def allowed_methods(request: Request) -> list[str]:
    """List the methods of every route on this path; the framework names only the first route's."""
    return sorted({method for route in routes_at(request) for method in route.methods or ()})


async def on_bug(request: Request, error: Exception) -> Response:
    """Answer 500 without revealing internals."""
    # Runs outside the request's span, which has ended with the error.
    log.error("request.failed", exc_info=error, trace_id=request.scope.get("trace_id"))
    return problem(
        request, refusals.INTERNAL_ERROR, "The service has an internal error, which was logged; try again later."
    )


def install(app: FastAPI) -> None:
    """Make `app` answer every error as problem+json."""
    app.add_exception_handler(ServiceError, on_service_error)
    app.add_exception_handler(StaleDataError, on_stale)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http_exception)
    for kind in DOWN:
        app.add_exception_handler(kind, on_down)
    app.add_exception_handler(Exception, on_bug)
