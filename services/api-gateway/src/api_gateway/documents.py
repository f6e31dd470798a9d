"""Serves one OpenAPI document joined from those of all services, with a cache."""

import asyncio
import hashlib
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request
from starlette.responses import Response
from starlette.routing import Route

from api_gateway.compression import accepts_gzip, compressed
from api_gateway.instances import Call
from api_gateway.openapi import Document, merge
from api_gateway.routing import RoutingTable
from api_gateway.settings import GatewaySettings
from api_gateway.upstream import Upstream
from foodchassis.kernel import ServiceError

log = structlog.get_logger()
FETCH_SECONDS = 3.0
ASK = Call("GET", "/openapi.json", b"", b"", repeatable=True)
OWN = "gateway"
JSON = "application/json"


ABOUT = """Order food, cook it, and have it delivered.

## Log in and place an order

1. **Make an account** with `POST /users`: `{"email": "emma@example.com", "password": "demo-password", "name": "Emma",
   "role": "customer"}`.
2. **Log in** with `POST /auth/token`, a form: `grant_type=password`, `username` is the e-mail address, `password`.
   Send the `access_token` of its answer with each request: `Authorization: Bearer …`. On this page, use *Authorize*.
3. **Find a menu** with `GET /restaurants?open=true` and `GET /restaurants/{restaurant_id}/menu`.
4. **Price a basket** with `POST /quotes`: nothing is stored.
5. **Order it** with `POST /orders`, a new UUID as `Idempotency-Key`, and `"payment_method": "tok_ok"`: with the
   simulated payment provider `tok_ok` is paid and `tok_declined` is declined.
6. **Follow its delivery** with `GET /orders/{order_id}/stream`, or read `GET /orders/{order_id}` until its `status`
   is final: `delivered`, `rejected`, `payment_failed`, `cancelled` or `undeliverable`.

## What is true of every operation

Amounts are whole numbers in the minor unit of their currency. A refusal is `application/problem+json`; its `type`
names the problem, and leads to a page that explains it. Wait as long as `Retry-After` says after 429 and 503. Repeat a
`POST` with the same `Idempotency-Key` to get its first answer again. Accept fields that you do not know in answers:
new ones are added without notice. Unknown fields and parameters of requests are refused.
"""


class Page:
    """A rendered document."""

    def __init__(self, document: Document) -> None:
        self.body = orjson.dumps(document)
        self.gzipped = compressed(self.body)
        self.problems: list[dict[str, Any]] = document.get("x-problems", [])
        self.etag = f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'


class Documents:
    """The joined document; services that are down are omitted and listed in `x-unavailable`."""

    def __init__(self, settings: GatewaySettings, upstreams: Mapping[str, Upstream]) -> None:
        self._settings = settings
        self._upstreams = upstreams
        self._lock = asyncio.Lock()
        self._page = Page({})
        self._stale_at = float("-inf")

    async def joined(self, own: Document) -> Page:
        """Return the joined document of all services and of the gateway's `own` routes."""
        async with self._lock:
            if time.monotonic() >= self._stale_at:
                joined = await self._join(own)
                self._page = Page(joined)
                kept = self._settings.openapi_retry if joined["x-unavailable"] else self._settings.openapi_ttl
                self._stale_at = time.monotonic() + kept
            return self._page

    async def _join(self, own: Document) -> Document:
        names = list(self._settings.upstreams)
        fetched = await asyncio.gather(*(self._fetch(name) for name in names))
        documents = {name: document for name, document in zip(names, fetched, strict=True) if document is not None}
        joined = join(self._settings, own, documents)
        return {**joined, "x-unavailable": [name for name in names if name not in documents]}

    async def _fetch(self, name: str) -> Document | None:
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                answer = await self._upstreams[name].call(ASK, "")
            if answer.rest is not None:
                answer.rest.close()
            document: Any = orjson.loads(answer.body)
        except (ServiceError, TimeoutError, ValueError) as error:
            log.warning("openapi.fetch_failed", upstream=name, error=type(error).__name__)
            return None
        return document if isinstance(document, dict) and isinstance(document.get("paths"), dict) else None


def join(settings: GatewaySettings, own: Document, documents: Mapping[str, Document]) -> Document:
    """Return the joined document of the gateway's `own` routes and of the routed paths of each service."""
    routes = RoutingTable(settings.routes)

    def belongs(path: str, service: str) -> bool:
        owner = routes.match(path.encode())
        return owner == service or (owner is None and service == OWN)

    info = {
        "title": settings.service_namespace,
        "version": settings.service_version,
        "description": ABOUT,
        "license": {"name": "MIT", "identifier": "MIT"},
    }
    return merge({OWN: own, **documents}, info, belongs)


async def all_services(request: Request) -> Response:
    """Return the joined document of all services that are up, or 304 when the client has it."""
    documents: Documents = request.app.state.resources.get(Documents)
    page = await documents.joined(request.app.openapi())
    headers = {"ETag": page.etag, "Vary": "Accept-Encoding", "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == page.etag:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    if accepts_gzip(request.headers.get("accept-encoding", "").encode("latin-1")):
        return Response(page.gzipped, headers={**headers, "Content-Encoding": "gzip"}, media_type=JSON)
    return Response(page.body, headers=headers, media_type=JSON)


def install(app: FastAPI) -> None:
    """Serve the joined document, which /docs shows, before the framework's own."""
    app.router.routes.insert(0, Route("/openapi.json", all_services, include_in_schema=False))
