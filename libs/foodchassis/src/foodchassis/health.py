"""Liveness, which touches nothing, and readiness, which asks the database and the start of the broker."""

import asyncio
from typing import Any

from fastapi import APIRouter, Response

from foodchassis.auth import Public
from foodchassis.resources import Resources, ResourcesDep

router = APIRouter(prefix="/health", tags=["health"], dependencies=[Public])


@router.get("/live")
async def live() -> dict[str, str]:
    """Say that the process runs; never asks a dependency."""
    return {"status": "live"}


@router.get("/ready", responses={503: {"description": "Not ready"}})
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
    if held.maybe_database is None:
        return "database", "not used"
    try:
        async with asyncio.timeout(2):
            return "database", "up" if await held.database.answers() else "down"
    except Exception:  # noqa: BLE001 - whatever goes wrong, the answer is "down"
        return "database", "down"


async def _broker(held: Resources) -> tuple[str, str]:
    if held.maybe_broker is None:
        return "broker", "not used"
    if not held.broker.started.is_set():
        return "broker", "starting"
    return "broker", "up" if await held.broker.faststream.ping(timeout=1) else "down"


async def _redis(held: Resources) -> tuple[str, str]:
    if held.maybe_redis is None:
        return "redis", "not used"
    try:
        async with asyncio.timeout(1):
            await held.redis.ping()
    except Exception:  # noqa: BLE001 - whatever goes wrong, the answer is "down"
        return "redis", "down"
    return "redis", "up"
