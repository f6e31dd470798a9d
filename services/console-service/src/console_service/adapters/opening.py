"""The resources of the running console."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from redis.asyncio import Redis

from console_service.adapters.api import Streams
from console_service.adapters.log_ins import LogIns
from console_service.adapters.pages import Pages
from console_service.settings import ConsoleSettings
from foodchassis import Resources


@asynccontextmanager
async def open_adapters(resources: Resources) -> AsyncIterator[None]:
    """Open the connections to the API, the log-ins and the templates, into `resources`."""
    settings = resources.get(ConsoleSettings)
    limits = httpx2.Limits(max_connections=500, max_keepalive_connections=50, keepalive_expiry=2.0)
    common: dict[str, Any] = {"base_url": settings.api_url, "timeout": settings.api_timeout, "limits": limits}
    async with httpx2.AsyncClient(**common) as http, Streams(**common) as streams:
        resources.add(http)
        resources.add(streams)
        resources.add(LogIns(http, resources.get(Redis), settings))
        resources.add(Pages())
        yield
