"""Steps that do no harm when taken again: a few at a time, and again while the system is too busy to answer."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TypeVar

from foodctl.api import RefusedError

BUSY = frozenset({HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT})
_AT_ONCE = 3
_TRIES = 5
_PAUSE = 1.0
T = TypeVar("T")


async def patiently(step: Callable[[], Awaitable[T]], *, pause: float = _PAUSE) -> T:
    """Take a step, again after a pause when a service was too busy, and give what came of it."""
    for _ in range(_TRIES - 1):
        try:
            return await step()
        except RefusedError as error:
            if error.status not in BUSY:
                raise
        await asyncio.sleep(pause)
    return await step()


async def few_at_once(*steps: Callable[[], Awaitable[object]]) -> None:
    """Take steps patiently, so few at once that they don't time out because of each other."""
    places = asyncio.Semaphore(_AT_ONCE)

    async def take(step: Callable[[], Awaitable[object]]) -> None:
        async with places:
            await patiently(step)

    await asyncio.gather(*map(take, steps))
