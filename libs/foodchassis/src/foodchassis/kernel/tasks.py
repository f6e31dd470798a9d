"""Background tasks that run during a block of code."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

_SECONDS = 1.0


@asynccontextmanager
async def background(*work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run `work` in the background during the block, and cancel it afterwards, last first."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        yield
    finally:
        for task in reversed(tasks):
            await end(task)


async def end(*tasks: "asyncio.Task[Any]") -> None:
    """Cancel `tasks` until each has ended; their results and errors are ignored.

    Once is not enough: below Python 3.12 `asyncio.wait_for`, on which libraries rely, may swallow a cancellation.
    """
    running = set(tasks)
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)
