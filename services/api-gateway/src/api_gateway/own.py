"""Requests without a route, served by the gateway's own app behind the same guards and limits."""

import time
from collections.abc import Callable, Sequence

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api_gateway.admission import Admission
from api_gateway.callers import Callers
from api_gateway.headers import NO_STORE, TRACE
from api_gateway.inbound import Inbound, inspect
from api_gateway.metrics import note
from api_gateway.refusals import refusal
from api_gateway.settings import GatewaySettings

OWN = "gateway"
CLIENT_ID = "client_request_id"
Pairs = list[tuple[bytes, bytes]]


class OwnApp:
    """Applies guards and limits, then passes the request to `app`, with its id and without untrusted trace context."""

    def __init__(
        self,
        app: ASGIApp,
        settings: GatewaySettings,
        callers: Callers,
        always: Sequence[tuple[bytes, bytes]],
        admission: Callable[[], Admission],
    ) -> None:
        self._app = app
        self._settings = settings
        self._callers = callers
        self._always = always
        self._admission = admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; `scope` has its request id and trace id."""
        started = time.perf_counter()
        added: Pairs = [*self._always]
        if (given := scope.get(CLIENT_ID)) is not None:
            structlog.contextvars.bind_contextvars(client_request_id=given)
            added.append((b"x-client-request-id", given.encode()))
        try:
            request = inspect(scope, self._settings, self._callers)
            await self._admission().admit_to_app(request, added)
        except Exception as error:  # noqa: BLE001 - answered and logged
            answer = await refusal(scope, error)
            note(scope["method"], scope["raw_path"], OWN, answer.status, time.perf_counter() - started)
            if b"authorization" in dict(scope["headers"]):
                added.append(NO_STORE)
            await send({"type": "http.response.start", "status": answer.status, "headers": [*answer.headers, *added]})
            await send({"type": "http.response.body", "body": answer.body})
            return
        await self._pass(scope, request, receive, send, added)

    async def _pass(self, scope: Scope, request: Inbound, receive: Receive, send: Send, added: Pairs) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *added]
            await send(message)

        dropped = {b"x-request-id"} if request.trusted else {b"x-request-id"} | TRACE
        headers = [pair for pair in request.headers if pair[0] not in dropped]
        headers.append((b"x-request-id", scope["request_id"].encode()))
        # The server omits the body of a response to HEAD.
        method = "GET" if request.method == "HEAD" else request.method
        await self._app({**scope, "headers": headers, "method": method}, receive, send_with_headers)
