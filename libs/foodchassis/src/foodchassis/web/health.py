"""Liveness, which touches nothing, and readiness, which asks the database and the start of the broker."""

import asyncio
from typing import Any, Literal

from fastapi import APIRouter, Response
from pydantic import Field
from redis.asyncio import Redis

from foodchassis.kernel.resources import Resources
from foodchassis.kernel.types import Schema
from foodchassis.messaging.broker import Broker
from foodchassis.storage.database import Database
from foodchassis.web.auth import Public
from foodchassis.web.resources import ResourcesDep

router = APIRouter(prefix="/health", tags=["health"], dependencies=[Public])


class Liveness(Schema):
    """A process that runs."""

    status: Literal["live"] = "live"
    """Always the same."""


class Readiness(Schema):
    """Whether a service takes requests."""

    status: Literal["ready", "not ready", "draining"]
    """Whether requests are welcome; `draining` while the service shuts down."""
    checks: dict[str, str] = Field(examples=[{"database": "up", "broker": "up", "redis": "up"}])
    """How each dependency is."""


@router.get("/live")
async def live() -> Liveness:
    """Report that the process runs; no dependency is asked."""
    return Liveness()


@router.get("/ready", response_model=Readiness, responses={503: {"model": Readiness, "description": "Not ready"}})
async def ready(resources: ResourcesDep, response: Response) -> dict[str, Any]:
    """Report whether the service takes requests, and the state of each dependency.

    Redis and a broker lost after the start are told but don't turn requests away: neither is needed to accept work.
    """
    checks = dict(await asyncio.gather(_database(resources), _broker(resources), _redis(resources)))
    welcome = not resources.draining and checks["database"] != "down" and checks["broker"] != "starting"
    if not welcome:
        response.status_code = 503
        response.headers["Retry-After"] = "1"
    status = "draining" if resources.draining else "ready" if welcome else "not ready"
    return {"status": status, "checks": checks}


async def _database(resources: Resources) -> tuple[str, str]:
    if resources.find(Database) is None:
        return "database", "not used"
    try:
        async with asyncio.timeout(2):
            return "database", "up" if await resources.get(Database).answers() else "down"
    except Exception:  # noqa: BLE001 - whatever goes wrong, the answer is "down"
        return "database", "down"


async def _broker(resources: Resources) -> tuple[str, str]:
    if resources.find(Broker) is None:
        return "broker", "not used"
    if not resources.get(Broker).started.is_set():
        return "broker", "starting"
    return "broker", "up" if await resources.get(Broker).faststream.ping(timeout=1) else "down"


async def _redis(resources: Resources) -> tuple[str, str]:
    if resources.find(Redis) is None:
        return "redis", "not used"
    try:
        async with asyncio.timeout(1):
            await resources.get(Redis).ping()
    except Exception:  # noqa: BLE001 - whatever goes wrong, the answer is "down"
        return "redis", "down"
    return "redis", "up"
