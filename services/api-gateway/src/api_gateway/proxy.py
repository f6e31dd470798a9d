"""Forwards a request: guards, limits, token, service and response."""

import re
import time
from functools import cached_property

import structlog
from fastapi import FastAPI
from opentelemetry.trace import use_span
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from api_gateway.callers import UNKNOWN, Callers
from api_gateway.clients import Clients
from api_gateway.compression import compress
from api_gateway.headers import CORS_ALLOWED, CORS_EXPOSED, NO_STORE, SAFE, STRICT_TRANSPORT, to_service
from api_gateway.inbound import METHODS, Inbound, inspect, read_body
from api_gateway.instances import Answer, Call
from api_gateway.metrics import note
from api_gateway.own import CLIENT_ID, OwnApp
from api_gateway.refusals import refusal
from api_gateway.routing import RoutingTable
from api_gateway.server import Connections
from api_gateway.settings import GatewaySettings
from api_gateway.spans import begin, hop, note_call, note_status
from api_gateway.streams import pass_on
from foodchassis import traceparent
from foodchassis.kernel import ServiceError, new_id_text
from foodchassis.telemetry import is_logged, request_ids
from foodchassis.web import RequestId, Traced

log = structlog.get_logger()
REPEATABLE = frozenset({"GET", "OPTIONS"})
WELL_FORMED = re.compile(rb"[A-Za-z0-9_.:-]{1,128}")
PROXY_ID = re.compile(rb"[A-Za-z0-9_-]{8,64}")
Pairs = list[tuple[bytes, bytes]]


class Gateway:
    """Forwards routed requests; others are served by `app`, the gateway's own service.

    It wraps `app` because a routed request does not need the framework, and because untrusted trace context must be
    removed before the framework reads it.
    """

    def __init__(self, app: FastAPI, settings: GatewaySettings) -> None:
        self.app = app
        self.connections = Connections(settings)
        self._settings = settings
        self._routes = RoutingTable(settings.routes)
        self._callers = Callers(settings.trusted_proxies)
        self._collected = settings.otel_exporter_otlp_endpoint is not None
        self._always = (*SAFE, STRICT_TRANSPORT) if settings.behind_tls else SAFE
        own = OwnApp(app, settings, self._callers, self._always, lambda: self._clients.admission)
        self._own: ASGIApp = Traced(RequestId(own), self._trusts)
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
        """Return the service of a request, after setting its request id and trace.

        Routed requests bypass the chassis' middleware, which costs as much as the forwarding itself, visible in the
        row "gateway, everything on" of the benchmark.
        """
        trusted = self._trusts(scope)
        found = dict(scope["headers"])
        given = found.get(b"x-request-id")
        if given is not None and not trusted:
            _keep_client_id(scope, given)
            given = None
        service = self._routes.match(scope["raw_path"])
        if service is None:
            await self._own(scope, receive, send)
            return
        known = given is not None and PROXY_ID.fullmatch(given)
        scope["request_id"] = known[0].decode() if known else new_id_text()
        span = scope["span"] = begin(scope, found if trusted else {}, collected=self._collected)
        request_ids.set(scope)
        if span is None:
            await self._forward(scope, service, receive, send)
            return
        with use_span(span, end_on_exit=True):
            await self._forward(scope, service, receive, send)

    async def _forward(self, scope: Scope, service: str, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        added: Pairs = [*self._always, (b"x-request-id", scope["request_id"].encode())]
        if (given := scope.get(CLIENT_ID)) is not None:
            added.append((b"x-client-request-id", given.encode()))
        request, caller, span = None, "", scope["span"]
        try:
            request = inspect(scope, self._settings, self._callers)
            caller = await self._clients.admission.admit(request, added)
            answer = await self._ask(scope, request, service, caller, receive)
            if answer.rest is None and len(answer.body) >= self._settings.compress_bytes:
                await compress(answer, request.found.get(b"accept-encoding", b""))
        except Exception as error:  # noqa: BLE001 - answered and logged
            answer = await refusal(scope, error)
        if request is not None and request.private and b"cache-control" not in dict(answer.headers):
            added.append(NO_STORE)
        if span is not None:
            note_status(span, answer.status)
        took = time.perf_counter() - started
        start = {"type": "http.response.start", "status": answer.status, "headers": [*answer.headers, *added]}
        body = {"type": "http.response.body", "body": answer.body, "more_body": answer.rest is not None}
        try:
            await send(start)
            await send(body)
            # No client waits for these responses any more.
            self._note(scope, service, answer, took)
            if answer.rest is not None:
                await pass_on(answer.rest, receive, send, self._settings)
        finally:
            if answer.rest is not None:
                answer.rest.close()
                self._clients.streams.release(caller)

    def _note(self, scope: Scope, service: str, answer: Answer, took: float) -> None:
        method, status = scope["method"], answer.status
        note(method, scope["raw_path"], service, status, took, kept=scope["span"] is not None)
        if is_logged("debug"):
            log.debug("request.served", method=method, upstream=service, status=status, ms=round(took * 1000, 2))

    async def _ask(self, scope: Scope, request: Inbound, service: str, caller: str, receive: Receive) -> Answer:
        """Return the service's response."""
        clients = self._clients
        if request.wants_stream:
            clients.streams.check(caller)
        body = await self._body(caller, receive) if request.has_body else b""
        upstream = clients.upstreams[service]
        if scope["span"] is None:
            answer = await upstream.call(_call(scope, request, body, scope["traceparent"]), caller)
        else:
            with hop(request, service) as current:
                answer = await upstream.call(_call(scope, request, body, traceparent() or ""), caller)
                note_call(current, request, answer)
        if answer.rest is not None and request.method == "HEAD":
            # Only the received part would be compressed, with a wrong length.
            answer.rest.close()
            answer.rest, answer.body = None, b""
        elif answer.rest is not None:
            try:
                clients.streams.take(caller)
            except ServiceError:
                answer.rest.close()
                raise
        return answer

    async def _body(self, caller: str, receive: Receive) -> bytes:
        uploads = self._clients.uploads
        uploads.take(caller)
        try:
            return await read_body(receive, self._settings.max_body_bytes, self._settings.body_timeout)
        finally:
            uploads.release(caller)

    @cached_property
    def _clients(self) -> Clients:
        clients: Clients = self.app.state.resources.get(Clients)
        return clients

    def _trusts(self, scope: Scope) -> bool:
        return self._callers.trusts(scope["client"][0] if scope["client"] else UNKNOWN)


def _call(scope: Scope, request: Inbound, body: bytes, parent: str) -> Call:
    """Return the call to the service, as the next hop of the trace of `parent`."""
    ours = (
        b"x-request-id: %b\r\nx-forwarded-for: %b\r\nx-forwarded-proto: %b\r\nx-forwarded-host: %b\r\n"
        b"traceparent: %b\r\n"
    ) % (
        scope["request_id"].encode(),
        request.address.encode(),
        request.scheme.encode(),
        request.found[b"host"],
        parent.encode(),
    )
    fields = ours + to_service(request.headers, request.found.get(b"connection"), traced=request.trusted)
    method = "GET" if request.method == "HEAD" else request.method
    repeatable = method in REPEATABLE or b"idempotency-key" in request.found
    return Call(method, request.target, fields, body, repeatable)


def _keep_client_id(scope: Scope, given: bytes) -> None:
    """Store a client's X-Request-Id in addition to ours: two clients may use the same one."""
    scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"x-request-id"]
    if WELL_FORMED.fullmatch(given):
        scope[CLIENT_ID] = given.decode()
