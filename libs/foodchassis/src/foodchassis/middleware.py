"""Pure ASGI middleware: each request's id, its place in the logs and its cause; and the limit of its body."""

import re
from http import HTTPStatus

import structlog
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from foodchassis.events import caused_by
from foodchassis.types import new_id

WELL_FORMED = re.compile(rb"[A-Za-z0-9_-]{8,64}")


class BodyLimit:
    """Refuses a body over the limit with 413, by its announced length or by counting what comes."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; who reads too much of its body gets the refusal raised."""
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
    """Takes a well-formed X-Request-Id or makes one, and sends it back with the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request with its id known to logs, errors and published events."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        request_id = given.decode() if WELL_FORMED.fullmatch(given) else str(new_id())
        scope["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        caused_by(request_id, request_id)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        await self.app(scope, receive, send_with_id)
