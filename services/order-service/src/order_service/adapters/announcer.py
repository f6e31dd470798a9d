"""Announces to other instances the steps that orders take on this one."""

import asyncio
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

log = structlog.get_logger()
LOST = (RedisError, OSError)


def channels(order_id: UUID) -> tuple[str, str]:
    """Return the channels of an order's steps and of its driver's positions."""
    return f"orders:{order_id}", f"orders:{order_id}:position"


class Announcer:
    """Collects the newest versions of orders and publishes many at once; what Redis does not take is lost."""

    def __init__(self) -> None:
        self._waiting: dict[UUID, int] = {}
        self._wake = asyncio.Event()

    def announce(self, order_id: UUID, version: int) -> None:
        """Have an order's version published soon; never waits."""
        self._waiting[order_id] = version
        self._wake.set()

    async def run(self, redis: Redis) -> None:
        """Publish what was announced, for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            announced, self._waiting = self._waiting, {}
            try:
                async with redis.pipeline(transaction=False) as pipeline:
                    for order_id, version in announced.items():
                        pipeline.publish(channels(order_id)[0], version)
                    await pipeline.execute()
            except LOST as error:
                log.warning("feed.announcements_lost", steps=len(announced), error=repr(error)[:200])
