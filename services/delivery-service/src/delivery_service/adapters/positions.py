"""The current positions of online drivers in Redis; after a loss they are restored from PostgreSQL."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from delivery_service.rules.dispatch import Position, Positioned
from foodchassis import now

log = structlog.get_logger()

POSITIONS = "delivery:positions"
# It is missing after a flush and expires, so that positions missed while Redis was down are restored regularly.
FILLED = "delivery:positions:filled"


async def put(redis: Redis, driver_id: UUID, here: Positioned) -> None:
    """Store the position of a driver."""
    await redis.geoadd(POSITIONS, (here.lng, here.lat, str(driver_id)))


async def remove(redis: Redis, driver_id: UUID) -> None:
    """Remove a driver."""
    await redis.zrem(POSITIONS, str(driver_id))


async def filled(redis: Redis) -> bool:
    """Return whether it contains every online driver."""
    return bool(await redis.exists(FILLED))


async def fill(redis: Redis, drivers: Mapping[UUID, Positioned], seconds: int) -> None:
    """Add `drivers`, and mark the set as complete for some seconds.

    Nothing is removed, because drivers who came online in the meantime have added themselves.
    """
    values = [part for key, here in drivers.items() for part in (here.lng, here.lat, str(key))]
    async with redis.pipeline(transaction=True) as batch:
        if values:
            batch.geoadd(POSITIONS, values)
        batch.set(FILLED, "1", ex=seconds)
        await batch.execute()


async def nearest(redis: Redis, centre: Positioned, radius: float) -> list[UUID]:
    """Return the drivers within `radius` metres of `centre`, nearest first."""
    found = await redis.geosearch(
        POSITIONS, longitude=centre.lng, latitude=centre.lat, radius=radius, unit="m", sort="ASC"
    )
    return [UUID(str(member)) for member in found]


async def where(redis: Redis, ids: Sequence[UUID]) -> dict[UUID, Position]:
    """Return the known positions of drivers."""
    found = await redis.geopos(POSITIONS, *map(str, ids)) if ids else []
    return {key: Position(lat=at[1], lng=at[0]) for key, at in zip(ids, found, strict=True) if at is not None}


async def publish(redis: Redis, order_id: UUID, here: Positioned) -> None:
    """Publish the position of an order's driver to its streams; it is not stored."""
    position = {"lat": here.lat, "lng": here.lng, "at": now().isoformat()}
    await redis.publish(f"orders:{order_id}:position", json.dumps(position))


@contextmanager
def forgiving() -> Iterator[None]:
    """Continue without Redis: the search then reads PostgreSQL, and Redis is restored later."""
    try:
        yield
    except RedisError as error:
        log.warning("positions.unavailable", error=repr(error)[:200])
