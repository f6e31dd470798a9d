"""The resources of the running gateway: the connections to all services, and the limiter."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from redis.asyncio import Redis

from api_gateway.admission import Admission
from api_gateway.bounds import Bound
from api_gateway.documents import Documents
from api_gateway.limits import RateLimiter
from api_gateway.metrics import streams_open
from api_gateway.settings import GatewaySettings
from api_gateway.upstream import Upstream
from foodchassis import Resources
from foodchassis.web import TokenVerifier


@dataclass(frozen=True, slots=True)
class Clients:
    """The services by name, the admission, and the limits of open streams and of bodies being received."""

    upstreams: dict[str, Upstream]
    admission: Admission
    streams: Bound
    uploads: Bound


@asynccontextmanager
async def open_clients(resources: Resources) -> AsyncIterator[None]:
    """Open the resources of the gateway."""
    settings = resources.settings
    assert isinstance(settings, GatewaySettings)
    limiter = RateLimiter(settings, resources.find(Redis))
    streams = Bound("streams", total=settings.max_streams, share=settings.max_streams_per_caller)
    uploads = Bound("uploads", total=settings.max_uploads, share=settings.max_uploads_per_caller)
    streams_open.set_function(lambda: streams.in_use)
    upstreams = {name: Upstream(name, settings) for name in settings.upstreams}
    admission = Admission(limiter, resources.get(TokenVerifier))
    resources.add(Clients(upstreams, admission, streams, uploads))
    resources.add(Documents(settings, upstreams))
    try:
        yield
    finally:
        await limiter.close()
        for upstream in upstreams.values():
            await upstream.close()
