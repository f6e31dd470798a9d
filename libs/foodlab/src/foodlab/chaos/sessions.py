"""Database sessions that are closed at the end of their block, also after a cancellation."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg


@asynccontextmanager
async def session(url: str, **options: Any) -> AsyncIterator[psycopg.AsyncConnection]:
    """Open a session with autocommit.

    A connection's `async with` leaves it open when it is cancelled during a commit or rollback.
    """
    connection = await psycopg.AsyncConnection.connect(url, autocommit=True, **options)
    try:
        yield connection
    finally:
        await connection.close()
