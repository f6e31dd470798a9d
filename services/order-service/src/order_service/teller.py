"""Tells other instances of the steps that orders took here."""

import asyncio
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

log = structlog.get_logger()
LOST = (RedisError, OSError)


def channels(order_id: UUID) -> tuple[str, str]:
    """Name where an order's steps are told, and where its driver's positions are."""
    return f"orders:{order_id}", f"orders:{order_id}:position"


class Teller:
    """Collects the newest versions of orders, and tells them many in one go; what Redis does not take is lost."""

    def __init__(self) -> None:
        self._untold: dict[UUID, int] = {}
        self._something = asyncio.Event()

    def tell(self, order_id: UUID, version: int) -> None:
        """Have an order's version told soon; never waits."""
        self._untold[order_id] = version
        self._something.set()

    async def run(self, redis: Redis) -> None:
        """Tell what is to be told, for ever."""
        while True:
            await self._something.wait()
            self._something.clear()
            told, self._untold = self._untold, {}
            try:
                async with redis.pipeline(transaction=False) as pipeline:
                    for order_id, version in told.items():
                        pipeline.publish(channels(order_id)[0], version)
                    await pipeline.execute()
            except LOST as error:
                log.warning("feed.untold", steps=len(told), error=repr(error)[:200])
