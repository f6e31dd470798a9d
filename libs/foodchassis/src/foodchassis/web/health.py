"""Liveness, which checks no dependency, and readiness, which checks the database and the start of the broker."""

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
    """The process is running."""

    status: Literal["live"] = "live"
    """The constant `alive`."""


class Readiness(Schema):
    """Whether a service accepts requests."""

    status: Literal["ready", "not ready", "draining"]
    """Whether requests are accepted; `draining` while the service shuts down."""
    checks: dict[str, str] = Field(examples=[{"database": "up", "broker": "up", "redis": "up"}])
    """The state of each dependency."""


@router.get("/live")
async def live() -> Liveness:
    """Report that the process runs; checks no dependency."""
    return Liveness()


@router.get("/ready", response_model=Readiness, responses={503: {"model": Readiness, "description": "Not ready"}})
async def ready(resources: ResourcesDep, response: Response) -> dict[str, Any]:
    """Report whether the service accepts requests, and the state of each dependency.

    Redis, and a broker that is lost after the start, are reported but do not change the status: requests work without
    them.
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
    except Exception:  # noqa: BLE001 - any error means "down"
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
    except Exception:  # noqa: BLE001 - any error means "down"
        return "redis", "down"
    return "redis", "up"
