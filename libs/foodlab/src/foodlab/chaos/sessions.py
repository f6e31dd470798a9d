"""Sessions at a database that end with their block, whatever interrupts it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg


@asynccontextmanager
async def session(url: str, **options: Any) -> AsyncIterator[psycopg.AsyncConnection]:
    """Open a session that commits each statement by itself.

    A connection's own `async with` leaves it open when a cancellation comes while it commits or rolls back.
    """
    connection = await psycopg.AsyncConnection.connect(url, autocommit=True, **options)
    try:
        yield connection
    finally:
        await connection.close()
