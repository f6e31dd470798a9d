"""Serves one OpenAPI document of all services, joined from theirs and cached for a while."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request
from multidict import CIMultiDict
from starlette.responses import JSONResponse
from starlette.routing import Route

from api_gateway.openapi import Document, merge
from api_gateway.routing import RoutingTable
from api_gateway.settings import GatewaySettings
from api_gateway.upstream import Upstream
from foodchassis import ServiceError

log = structlog.get_logger()
FETCH_SECONDS = 3.0
OWN = "gateway"


class Documents:
    """One document of all services; a service that is down is left out and named in `x-unavailable`."""

    def __init__(self, settings: GatewaySettings, upstreams: Mapping[str, Upstream]) -> None:
        self._settings = settings
        self._upstreams = upstreams
        self._routes = RoutingTable(settings.routes)
        self._lock = asyncio.Lock()
        self._joined: Document = {}
        self._stale_at = float("-inf")

    async def joined(self, own: Document) -> Document:
        """Return the document of all services and of the gateway's `own` routes."""
        async with self._lock:
            if time.monotonic() >= self._stale_at:
                self._joined = await self._join(own)
                complete = not self._joined["x-unavailable"]
                kept = self._settings.openapi_ttl if complete else self._settings.openapi_retry
                self._stale_at = time.monotonic() + kept
            return self._joined

    async def _join(self, own: Document) -> Document:
        names = list(self._settings.upstreams)
        fetched = await asyncio.gather(*(self._fetch(name) for name in names))
        documents = {name: document for name, document in zip(names, fetched, strict=True) if document is not None}
        title, version = own["info"]["title"], self._settings.service_version
        joined = merge({OWN: own, **documents}, title, version, self._belongs)
        return {**joined, "x-unavailable": [name for name in names if name not in documents]}

    def _belongs(self, path: str, service: str) -> bool:
        owner = self._routes.match(path.encode())
        return owner == service or (owner is None and service == OWN)

    async def _fetch(self, name: str) -> Document | None:
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                answer = await self._upstreams[name].call("GET", "/openapi.json", CIMultiDict(), b"", "")
            if answer.rest is not None:
                answer.rest.close()
            document: Any = orjson.loads(answer.body)
        except (ServiceError, TimeoutError, ValueError) as error:
            log.warning("openapi.fetch_failed", upstream=name, error=type(error).__name__)
            return None
        return document if isinstance(document, dict) and isinstance(document.get("paths"), dict) else None


async def all_services(request: Request) -> JSONResponse:
    """Return every routed path of every service that is up."""
    documents: Documents = request.app.state.resources.get(Documents)
    return JSONResponse(await documents.joined(request.app.openapi()))


def install(app: FastAPI) -> None:
    """Serve the joined document, which /docs shows, before the framework's own."""
    app.router.routes.insert(0, Route("/openapi.json", all_services, include_in_schema=False))
