"""Pure ASGI middleware: request ids, server spans and the body limit."""

import re
from collections.abc import Callable
from http import HTTPStatus

import structlog
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from foodchassis.kernel.events import caused_by
from foodchassis.kernel.types import new_id
from foodchassis.telemetry import semconv
from foodchassis.telemetry.tracing import span, trace_id, untraced
from foodchassis.web import deprecation

WELL_FORMED = re.compile(rb"[A-Za-z0-9_-]{8,64}")
TRACE_CONTEXT = frozenset({b"traceparent", b"tracestate"})
# Clients must not be able to create span names from made-up methods.
METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
# Health probes are frequent; not worth tracing.
UNTRACED = frozenset({"/metrics", "/health/live", "/health/ready"})


class BodyLimit:
    """Refuses a body over the limit with 413, by Content-Length or by counting the received bytes."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; reading more of its body than the limit raises the refusal."""
        announced = next((value for name, value in scope.get("headers", ()) if name == b"content-length"), b"0")
        announced_too_much = announced.isdigit() and int(announced) > self.limit
        taken = 0

        async def receive_within_limit() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if announced_too_much or taken > self.limit:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"Send at most {self.limit} bytes.")
            return message

        await self.app(scope, receive_within_limit if scope["type"] == "http" else receive, send)


class RequestId:
    """Accepts a well-formed X-Request-Id or creates one, and returns it in the response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request with its id in logs, errors and published events, and add the deprecation headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        request_id = given.decode() if WELL_FORMED.fullmatch(given) else str(new_id())
        scope["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        caused_by(request_id, request_id)
        used = deprecation.begin()

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered = MutableHeaders(scope=message)
                answered["X-Request-Id"] = request_id
                if used:
                    answered.update(deprecation.headers(used))
            await send(message)

        await self.app(scope, receive, send_with_id)


class Traced:
    """Creates a server span per request, in the caller's trace if `trusts` returns True, else in a new one."""

    def __init__(self, app: ASGIApp, trusts: Callable[[Scope], bool]) -> None:
        self.app = app
        self._trusts = trusts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request.

        The trace id is in the scope, also for error handlers that run after the span has ended.
        """
        if scope["type"] != "http" or "trace_id" in scope:
            await self.app(scope, receive, send)
            return
        context: dict[bytes, str] = {}
        if self._trusts(scope):
            context = {name: value.decode("latin-1") for name, value in scope["headers"] if name in TRACE_CONTEXT}
        parent, state = context.get(b"traceparent"), context.get(b"tracestate")
        method = scope["method"] if scope["method"] in METHODS else "HTTP"
        attributes = {semconv.HTTP_METHOD: method, semconv.URL_PATH: scope["path"], semconv.URL_SCHEME: scope["scheme"]}
        seen = scope["path"] not in UNTRACED
        with span(method, parent, SpanKind.SERVER, attributes, state=state) if seen else untraced() as current:
            scope["trace_id"] = trace_id()

            async def send_and_note(message: Message) -> None:
                if message["type"] == "http.response.start" and current.is_recording():
                    _note(current, scope, method, message["status"])
                await send(message)

            await self.app(scope, receive, send_and_note)


def _note(current: Span, scope: Scope, method: str, status: int) -> None:
    """Set the span's name to the route, which is known after routing, and its status."""
    current.set_attribute(semconv.HTTP_STATUS, status)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        current.set_attribute(semconv.ERROR_TYPE, str(status))
        current.set_status(Status(StatusCode.ERROR))
    if route := getattr(scope.get("route"), "path", None):
        current.set_attribute(semconv.HTTP_ROUTE, route)
        current.update_name(f"{method} {route}")
