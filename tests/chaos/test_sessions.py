import asyncio
import gc
from contextlib import suppress

import psycopg
import pytest

from foodlab.chaos.timeline import sample


@pytest.fixture
def service_package() -> str:
    return "order_service"


async def test_a_cancelled_sampling_leaves_no_session_open(database_url: str) -> None:
    url = database_url.replace("+psycopg", "")
    for moment in range(60):
        sampling = asyncio.create_task(sample({"here": url}, lambda: 0.0, []))
        await asyncio.sleep(moment / 4000)
        sampling.cancel()
        with suppress(asyncio.CancelledError):
            await sampling

    connections = [one for one in gc.get_objects() if isinstance(one, psycopg.AsyncConnection)]

    assert [one for one in connections if not one.closed] == []
