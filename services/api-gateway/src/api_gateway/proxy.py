"""The way of a request through the gateway: guards, limits, token, the service, and back."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from fastapi import FastAPI, Request
from opentelemetry.trace import SpanKind
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api_gateway.callers import UNKNOWN, Callers, bucket_of
from api_gateway.clients import Clients
from api_gateway.errors import RateLimitedError
from api_gateway.headers import CORS_ALLOWED, CORS_EXPOSED, TRACE, to_service
from api_gateway.hop import hop
from api_gateway.inbound import METHODS, Inbound, inspect, read_body
from api_gateway.instances import Answer
from api_gateway.limits import Verdict
from api_gateway.metrics import limited, note
from api_gateway.routing import RoutingTable
from api_gateway.server import Connections
from api_gateway.settings import GatewaySettings
from api_gateway.streams import pass_on
from foodchassis import (
    RequestId,
    ServiceError,
    TokenVerifier,
    Traced,
    UnauthorizedError,
    on_service_error,
    step,
    traceparent,
)

log = structlog.get_logger()
OWN = "gateway"
HEALTH = b"/health/"
Pairs = list[tuple[bytes, bytes]]


class Gateway:
    """Forwards what is routed; everything else is `app`'s, the gateway's own service.

    It stands outside of `app` because a routed request needs none of its machinery, and because trace context from
    strangers must be gone before the framework reads it.
    """

    def __init__(self, app: FastAPI, settings: GatewaySettings) -> None:
        self.app = app
        self.connections = Connections(settings)
        self._settings = settings
        self._routes = RoutingTable(settings.routes)
        self._callers = Callers(settings.trusted_proxies)
        self._serve_http: ASGIApp = Traced(RequestId(self._serve), self._trusts)
        if settings.cors_origins:
            self._serve_http = CORSMiddleware(
                self._serve_http,
                allow_origins=settings.cors_origins,
                allow_methods=sorted(METHODS),
                allow_headers=CORS_ALLOWED,
                expose_headers=CORS_EXPOSED,
            )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection or the application's lifespan."""
        await (self._serve_http if scope["type"] == "http" else self.app)(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        added: Pairs = []
        service, answer, caller = None, None, ""
        try:
            request = inspect(scope, self._settings, self._callers)
            service = self._routes.match(request.path)
            caller = await self._admit(request, added, own=service is None)
            if service is not None:
                answer = await self._forward(request, service, caller, scope["request_id"], receive)
        except ServiceError as error:
            answer = await _refusal(scope, error)
        except Exception:
            log.exception("request.failed")
            answer = await _refusal(scope, ServiceError("This is our fault; it has been logged."))
        if answer is None:
            await self._serve_own(scope, request, receive, send, added)
            return
        took = time.perf_counter() - started
        note(scope["method"], scope["raw_path"], service or OWN, answer.status, took)
        log.debug(
            "request.served", method=scope["method"], upstream=service, status=answer.status, ms=round(took * 1000, 2)
        )
        headers = [*answer.headers, *added]
        if answer.rest is None:
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            await send({"type": "http.response.body", "body": answer.body})
            return
        with self._streaming(answer, caller):
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            await send({"type": "http.response.body", "body": answer.body, "more_body": True})
            await pass_on(answer.rest, receive, send, self._settings)

    async def _forward(self, request: Inbound, service: str, caller: str, request_id: str, receive: Receive) -> Answer:
        clients = self._clients
        if request.wants_stream:
            clients.streams.check(caller)
        body = b""
        if request.has_body:
            body = await read_body(receive, self._settings.max_body_bytes, self._settings.body_timeout)
        ours = {
            "X-Request-Id": request_id,
            "X-Forwarded-For": request.address,
            "X-Forwarded-Proto": request.scheme,
            "X-Forwarded-Host": request.found[b"host"].decode("ascii"),
        }
        with hop(request, service) as answered:
            if (parent := traceparent()) is not None:
                ours["traceparent"] = parent
            headers = to_service(request.headers, request.found.get(b"connection"), ours, traced=request.trusted)
            answer = await clients.upstreams[service].call(request.method, request.target, headers, body, caller)
            answered(answer)
        if answer.rest is not None:
            try:
                clients.streams.take(caller)
            except ServiceError:
                answer.rest.close()
                raise
        return answer

    async def _admit(self, request: Inbound, added: Pairs, *, own: bool) -> str:
        """Take the request's tokens and return its caller; a bad access token costs its address as much as any other.

        What the gateway serves itself asks for no token. Raises RateLimitedError and UnauthorizedError.
        """
        limiter, address = self._clients.limiter, bucket_of(request.address)
        if own and request.path.startswith(HEALTH):
            return self._accept(limiter.take_health(address), address)
        identity, refusal = "", None
        if request.token is not None and not own:
            try:
                identity = str((await self.app.state.resources.get(TokenVerifier).verify(request.token)).id)
            except UnauthorizedError as error:
                refusal = error
        with step("limit", SpanKind.INTERNAL):
            verdict = await limiter.take(identity, address)
        added += ((b"ratelimit-policy", limiter.policies), (b"ratelimit", verdict.described))
        self._accept(verdict, address)
        if refusal is not None:
            raise refusal
        return identity or address

    def _accept(self, verdict: Verdict, caller: str) -> str:
        if not verdict.allowed:
            limited.labels(verdict.policy).inc()
            full = RateLimitedError(f"The limit by {verdict.policy} is reached; wait {verdict.seconds} s.")
            full.retry_after = verdict.seconds
            raise full
        return caller

    @contextmanager
    def _streaming(self, answer: Answer, caller: str) -> Iterator[None]:
        """Let go of a stream's place and connection, whatever ends it."""
        assert answer.rest is not None
        try:
            yield
        finally:
            answer.rest.close()
            self._clients.streams.release(caller)

    @property
    def _clients(self) -> Clients:
        clients: Clients = self.app.state.resources.get(Clients)
        return clients

    def _trusts(self, scope: Scope) -> bool:
        return self._callers.trusts(scope["client"][0] if scope["client"] else UNKNOWN)

    async def _serve_own(self, scope: Scope, request: Inbound, receive: Receive, send: Send, added: Pairs) -> None:
        """Serve a request by the gateway's own app, with our id and without a stranger's trace context."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *added]
            await send(message)

        dropped = {b"x-request-id"} if request.trusted else {b"x-request-id"} | TRACE
        headers = [pair for pair in request.headers if pair[0] not in dropped]
        headers.append((b"x-request-id", scope["request_id"].encode()))
        await self.app({**scope, "headers": headers}, receive, send_with_headers)


async def _refusal(scope: Scope, error: ServiceError) -> Answer:
    response = await on_service_error(Request(scope), error)
    return Answer(response.status_code, response.raw_headers, bytes(response.body))
