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
    """Say that the process runs; never asks a dependency."""
    return Liveness()


@router.get("/ready", response_model=Readiness, responses={503: {"model": Readiness, "description": "Not ready"}})
async def ready(held: ResourcesDep, response: Response) -> dict[str, Any]:
    """Say whether requests are welcome, and how each dependency is.

    Redis and a broker lost after the start are told but don't turn requests away: neither is needed to accept work.
    """
    checks = dict(await asyncio.gather(_database(held), _broker(held), _redis(held)))
    welcome = not held.draining and checks["database"] != "down" and checks["broker"] != "starting"
    if not welcome:
        response.status_code = 503
        response.headers["Retry-After"] = "1"
    status = "draining" if held.draining else "ready" if welcome else "not ready"
    return {"status": status, "checks": checks}


async def _database(held: Resources) -> tuple[str, str]:
    if held.find(Database) is None:
        return "database", "not used"
    try:
        async with asyncio.timeout(2):
            return "database", "up" if await held.get(Database).answers() else "down"
    except Exception:  # noqa: BLE001 - whatever goes wrong, the answer is "down"
        return "database", "down"


async def _broker(held: Resources) -> tuple[str, str]:
    if held.find(Broker) is None:
        return "broker", "not used"
    if not held.get(Broker).started.is_set():
        return "broker", "starting"
    return "broker", "up" if await held.get(Broker).faststream.ping(timeout=1) else "down"


async def _redis(held: Resources) -> tuple[str, str]:
    if held.find(Redis) is None:
        return "redis", "not used"
    try:
        async with asyncio.timeout(1):
            await held.get(Redis).ping()
    except Exception:  # noqa: BLE001 - whatever goes wrong, the answer is "down"
        return "redis", "down"
    return "redis", "up"
