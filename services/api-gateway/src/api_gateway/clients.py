"""What the running gateway has open: one HTTP session to all services, their circuits, and the limiter."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from redis.asyncio import Redis

from api_gateway.documents import Documents
from api_gateway.limits import RateLimiter
from api_gateway.settings import GatewaySettings
from api_gateway.upstream import Upstream
from foodchassis import Resources

# What the client did not send, the service should not see.
SILENT = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


@dataclass(frozen=True, slots=True)
class Clients:
    """The services by name, and the limiter before them."""

    upstreams: dict[str, Upstream]
    limiter: RateLimiter


@asynccontextmanager
async def open_clients(resources: Resources) -> AsyncIterator[None]:
    """Open what the gateway needs into `resources`."""
    settings = resources.settings
    assert isinstance(settings, GatewaySettings)
    limiter = RateLimiter(settings, resources.find(Redis))
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=0, limit_per_host=settings.upstream_connections, keepalive_timeout=settings.upstream_keepalive
        ),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=settings.upstream_connect_timeout),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=SILENT,
    ) as http:
        upstreams = {name: Upstream(name, url, settings, http) for name, url in settings.upstreams.items()}
        resources.add(Clients(upstreams, limiter))
        resources.add(Documents(settings, http))
        try:
            yield
        finally:
            await limiter.close()
