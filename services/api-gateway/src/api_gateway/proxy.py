"""The way of a request through the gateway: guards, limits, token, the service, and back."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

import structlog
from fastapi import FastAPI, Request
from opentelemetry.trace import use_span
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api_gateway.buckets import Verdict
from api_gateway.callers import UNKNOWN, Callers, bucket_of
from api_gateway.clients import Clients
from api_gateway.compression import compress
from api_gateway.errors import RateLimitedError
from api_gateway.headers import CORS_ALLOWED, CORS_EXPOSED, NO_STORE, SAFE, STRICT_TRANSPORT, TRACE, to_service
from api_gateway.inbound import METHODS, Inbound, inspect, read_body
from api_gateway.instances import Answer, Call
from api_gateway.metrics import limited, note
from api_gateway.routing import RoutingTable
from api_gateway.server import Connections
from api_gateway.settings import GatewaySettings
from api_gateway.spans import begin, hop, note_call, note_status
from api_gateway.streams import pass_on
from foodchassis import (
    RequestId,
    ServiceError,
    TokenVerifier,
    Traced,
    UnauthorizedError,
    new_id_text,
    on_service_error,
    speaks,
    traceparent,
)

log = structlog.get_logger()
OWN = "gateway"
HEALTH = b"/health/"
REPEATABLE = frozenset({"GET", "OPTIONS"})
CLIENT_ID = "client_request_id"
WELL_FORMED = re.compile(rb"[A-Za-z0-9_.:-]{1,128}")
PROXY_ID = re.compile(rb"[A-Za-z0-9_-]{8,64}")
Pairs = list[tuple[bytes, bytes]]


class Gateway:
    """Forwards what is routed; everything else is `app`'s, the gateway's own service.

    It stands outside of `app` because a routed request needs none of its machinery, and because trace context that
    is not trusted must be gone before the framework reads it.
    """

    def __init__(self, app: FastAPI, settings: GatewaySettings) -> None:
        self.app = app
        self.connections = Connections(settings)
        self._settings = settings
        self._routes = RoutingTable(settings.routes)
        self._callers = Callers(settings.trusted_proxies)
        self._collected = settings.otel_exporter_otlp_endpoint is not None
        self._always = (*SAFE, STRICT_TRANSPORT) if settings.behind_tls else SAFE
        self._serve_own: ASGIApp = Traced(RequestId(self._serve), self._trusts)
        self._serve_http: ASGIApp = self._enter
        if settings.cors_origins:
            self._serve_http = CORSMiddleware(
                self._serve_http,
                allow_origins=settings.cors_origins,
                allow_methods=sorted(METHODS),
                allow_headers=CORS_ALLOWED,
                expose_headers=CORS_EXPOSED,
            )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or the application's lifespan."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        await self._serve_http(scope, receive, send)

    async def _enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find the service of a request, and give it its id and its trace.

        What is routed goes past the chassis' middleware, which costs as much as all that is done here: the row
        "gateway, everything on" of the benchmark would notice.
        """
        trusted = self._trusts(scope)
        found = dict(scope["headers"])
        given = found.get(b"x-request-id")
        if given is not None and not trusted:
            _keep_client_id(scope, given)
            given = None
        service = scope["service"] = self._routes.match(scope["raw_path"])
        if service is None:
            await self._serve_own(scope, receive, send)
            return
        known = given is not None and PROXY_ID.fullmatch(given)
        scope["request_id"] = known[0].decode() if known else new_id_text()
        begun = scope["span"] = begin(scope, found if trusted else {}, collected=self._collected)
        structlog.contextvars.bind_contextvars(
            request_id=scope["request_id"], trace_id=scope["trace_id"], span_id=scope["span_id"]
        )
        if begun is None:
            await self._serve(scope, receive, send)
            return
        with use_span(begun, end_on_exit=True):
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        service = scope["service"]
        added: Pairs = [*self._always]
        if service is not None:
            added.append((b"x-request-id", scope["request_id"].encode()))
        if (given := scope.get(CLIENT_ID)) is not None:
            structlog.contextvars.bind_contextvars(client_request_id=given.decode())
            added.append((b"x-client-request-id", given))
        request, answer, caller = None, None, ""
        try:
            request = inspect(scope, self._settings, self._callers)
            caller = await self._admit(request, added, own=service is None)
            if service is not None:
                answer = await self._forward(scope, request, caller, receive)
        except ServiceError as error:
            answer = await _refusal(scope, error)
        except Exception:
            log.exception("request.failed")
            answer = await _refusal(scope, ServiceError("This is our fault; it has been logged."))
        if answer is None:
            assert request is not None
            await self._pass_to_app(scope, request, receive, send, added)
            return
        if request is not None:
            # A private answer stays out of caches.
            if b"authorization" in request.found and b"cache-control" not in dict(answer.headers):
                added.append(NO_STORE)
            if answer.rest is None and len(answer.body) >= self._settings.compress_bytes:
                await compress(answer, request.found.get(b"accept-encoding", b""))
        if service is not None and scope["span"] is not None:
            note_status(scope["span"], answer.status)
        took = time.perf_counter() - started
        await self._answer(answer, caller, added, receive, send)
        kept = service is None or scope["span"] is not None
        note(scope["method"], scope["raw_path"], service or OWN, answer.status, took, kept=kept)
        if speaks("debug"):
            ms = round(took * 1000, 2)
            log.debug("request.served", method=scope["method"], upstream=service, status=answer.status, ms=ms)

    async def _answer(self, answer: Answer, caller: str, added: Pairs, receive: Receive, send: Send) -> None:
        headers = [*answer.headers, *added]
        if answer.rest is None:
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            await send({"type": "http.response.body", "body": answer.body})
            return
        with self._streaming(answer, caller):
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            await send({"type": "http.response.body", "body": answer.body, "more_body": True})
            await pass_on(answer.rest, receive, send, self._settings)

    async def _forward(self, scope: Scope, request: Inbound, caller: str, receive: Receive) -> Answer:
        clients, service = self._clients, scope["service"]
        if request.wants_stream:
            clients.streams.check(caller)
        body = b""
        if request.has_body:
            clients.uploads.take(caller)
            try:
                body = await read_body(receive, self._settings.max_body_bytes, self._settings.body_timeout)
            finally:
                clients.uploads.release(caller)
        upstream = clients.upstreams[service]
        if scope["span"] is not None:
            with hop(request, service) as current:
                answer = await upstream.call(_call(scope, request, body, traceparent() or ""), caller)
                note_call(current, request, answer)
        else:
            answer = await upstream.call(_call(scope, request, body, scope["traceparent"]), caller)
        if answer.rest is not None and request.method == "HEAD":
            answer.rest.close()
            answer.rest = None
        elif answer.rest is not None:
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
        token = None if own else request.token
        if token is not None:
            try:
                identity = (await self._tokens.verify(token)).id.hex
            except UnauthorizedError as error:
                refusal = error
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

    @cached_property
    def _clients(self) -> Clients:
        clients: Clients = self.app.state.resources.get(Clients)
        return clients

    @cached_property
    def _tokens(self) -> TokenVerifier:
        tokens: TokenVerifier = self.app.state.resources.get(TokenVerifier)
        return tokens

    def _trusts(self, scope: Scope) -> bool:
        return self._callers.trusts(scope["client"][0] if scope["client"] else UNKNOWN)

    async def _pass_to_app(self, scope: Scope, request: Inbound, receive: Receive, send: Send, added: Pairs) -> None:
        """Serve a request by the gateway's own app, with our id and without trace context that is not trusted."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *added]
            await send(message)

        dropped = {b"x-request-id"} if request.trusted else {b"x-request-id"} | TRACE
        headers = [pair for pair in request.headers if pair[0] not in dropped]
        headers.append((b"x-request-id", scope["request_id"].encode()))
        # The server leaves out the body of an answer to HEAD.
        method = "GET" if request.method == "HEAD" else request.method
        await self.app({**scope, "headers": headers, "method": method}, receive, send_with_headers)


def _call(scope: Scope, request: Inbound, body: bytes, parent: str) -> Call:
    """Return what a service is asked, as the next hop of the trace that `parent` names."""
    ours = [
        (b"x-request-id", scope["request_id"].encode()),
        (b"x-forwarded-for", request.address.encode()),
        (b"x-forwarded-proto", request.scheme.encode()),
        (b"x-forwarded-host", request.found[b"host"]),
        (b"traceparent", parent.encode()),
    ]
    fields = to_service(request.headers, request.found.get(b"connection"), ours, traced=request.trusted)
    method = "GET" if request.method == "HEAD" else request.method
    repeatable = method in REPEATABLE or b"idempotency-key" in request.found
    return Call(method, request.target, fields, body, repeatable)


def _keep_client_id(scope: Scope, given: bytes) -> None:
    """Store a client's X-Request-Id beside ours, never instead: two clients may choose the same."""
    scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"x-request-id"]
    if WELL_FORMED.fullmatch(given):
        scope[CLIENT_ID] = given


async def _refusal(scope: Scope, error: ServiceError) -> Answer:
    response = await on_service_error(Request(scope), error)
    return Answer(response.status_code, response.raw_headers, bytes(response.body))
