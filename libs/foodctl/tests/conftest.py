import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel


@pytest.fixture
def act(rabbitmq_url: str) -> Callable[..., Any]:
    """Return a function that runs work with a new channel."""

    def run(work: Callable[[AbstractChannel], Awaitable[Any]]) -> Any:
        async def inside() -> Any:
            async with await aio_pika.connect(rabbitmq_url) as connection:
                return await work(await connection.channel(on_return_raises=True))

        return asyncio.run(inside())

    return run
