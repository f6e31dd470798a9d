"""The gateway's way of a request: guards, token, limits, the service, and back."""

import time

import structlog
from fastapi import FastAPI, Request
from opentelemetry.trace import SpanKind
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from api_gateway.callers import UNKNOWN, Callers, bucket_of
from api_gateway.clients import Clients
from api_gateway.errors import RateLimitedError
from api_gateway.headers import TRACE, to_service
from api_gateway.hop import hop
from api_gateway.inbound import METHODS, Inbound, inspect, read_body
from api_gateway.metrics import limited, note
from api_gateway.routing import RoutingTable
from api_gateway.server import Connections
from api_gateway.settings import GatewaySettings
from api_gateway.streams import pass_on
from api_gateway.upstream import Answer
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
CORS_ALLOWED = ("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "Last-Event-ID", "X-Request-Id")
CORS_EXPOSED = ("ETag", "Location", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id")


class Gateway:
    """Forwards what is routed; everything else is `app`'s, the gateway's own service.

    It stands outside of `app` because a routed request needs none of its machinery, and because trace context from
    strangers must be gone before the framework reads it.
    """

    def __init__(self, app: FastAPI, settings: GatewaySettings) -> None:
        self.app = app
        self._settings = settings
        self._routes = RoutingTable(settings.routes)
        self._callers = Callers(settings.trusted_proxies)
        self.connections = Connections(settings)
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
        limits: list[tuple[bytes, bytes]] = []
        service = None
        try:
            request = inspect(scope, self._settings, self._callers)
            service = self._routes.match(request.path)
            answer = None
            if service is not None:
                answer = await self._forward(request, service, scope["request_id"], receive, limits)
        except ServiceError as error:
            answer = await _refusal(scope, error)
        except Exception:
            log.exception("request.failed")
            answer = await _refusal(scope, ServiceError("This is our fault; it has been logged."))
        if answer is None:
            await self.app(self._own(scope, request), receive, send)
            return
        took = time.perf_counter() - started
        note(scope["method"], scope["raw_path"], service or OWN, answer.status, took)
        log.debug(
            "request.served", method=scope["method"], upstream=service, status=answer.status, ms=round(took * 1000, 2)
        )
        headers = [*answer.headers, *limits]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body, "more_body": answer.rest is not None})
        if answer.rest is not None:
            await pass_on(answer.rest, receive, send, self._settings.stream_idle_timeout)

    async def _forward(
        self, request: Inbound, service: str, request_id: str, receive: Receive, limits: list[tuple[bytes, bytes]]
    ) -> Answer:
        clients = self.app.state.resources.get(Clients)
        await self._admit(request, clients, limits)
        body = b""
        if request.has_body:
            body = await read_body(receive, self._settings.max_body_bytes, self._settings.body_timeout)
        ours = {
            "X-Request-Id": request_id,
            "X-Forwarded-For": request.address,
            "X-Forwarded-Proto": request.scheme,
            "X-Forwarded-Host": request.found[b"host"].decode("ascii"),
        }
        upstream = clients.upstreams[service]
        with hop(request, upstream) as answered:
            if (parent := traceparent()) is not None:
                ours["traceparent"] = parent
            headers = to_service(request.headers, request.found.get(b"connection"), ours, traced=request.trusted)
            answer: Answer = await upstream.call(request.method, request.target, headers, body)
            answered(answer.status)
        return answer

    async def _admit(self, request: Inbound, clients: Clients, limits: list[tuple[bytes, bytes]]) -> None:
        """Take the request's tokens; one with a bad access token costs its address as much as any other."""
        identity, refusal = "", None
        if request.token is not None:
            try:
                identity = str((await self.app.state.resources.get(TokenVerifier).verify(request.token)).id)
            except UnauthorizedError as error:
                refusal = error
        with step("limit", SpanKind.INTERNAL):
            verdict = await clients.limiter.take(identity, bucket_of(request.address))
        limits += ((b"ratelimit-policy", clients.limiter.policies), (b"ratelimit", verdict.described))
        if not verdict.allowed:
            limited.labels(verdict.policy).inc()
            full = RateLimitedError(f"The limit by {verdict.policy} is reached; wait {verdict.seconds} s.")
            full.retry_after = verdict.seconds
            raise full
        if refusal is not None:
            raise refusal

    def _trusts(self, scope: Scope) -> bool:
        return self._callers.trusts(scope["client"][0] if scope["client"] else UNKNOWN)

    def _own(self, scope: Scope, request: Inbound) -> Scope:
        """Hand a request to the gateway's own service with our id, and without a stranger's trace context."""
        dropped = {b"x-request-id"} if request.trusted else {b"x-request-id"} | TRACE
        headers = [pair for pair in request.headers if pair[0] not in dropped]
        return {**scope, "headers": [*headers, (b"x-request-id", scope["request_id"].encode())]}


async def _refusal(scope: Scope, error: ServiceError) -> Answer:
    response = await on_service_error(Request(scope), error)
    return Answer(response.status_code, response.raw_headers, bytes(response.body))
