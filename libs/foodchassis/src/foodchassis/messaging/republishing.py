"""Republishes the stored data of a service for a new consumer, as a command beside the running service."""

import asyncio
import sys
from collections.abc import Awaitable, Coroutine
from typing import Any, Protocol, TypeVar

from fastapi import FastAPI
from sqlalchemy.exc import OperationalError
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis.storage.database import Database

K = TypeVar("K")
# Settings of an app that needs only its database: the running service sends the events in the outbox.
DATABASE_ONLY = {"redis_url": None, "rabbitmq_url": None, "metrics_port": None, "drain_seconds": 0.0}


class PublishBatch(Protocol[K]):
    """Publishes at most `limit` rows that come after a key; returns the last one's key, or None at the end."""

    def __call__(self, session: AsyncSession, *, after: K | None, limit: int) -> Awaitable[K | None]:
        """Publish a batch."""


async def republish(app: FastAPI, publish_batch: PublishBatch[K], limit: int) -> None:
    """Publish everything that a service stores through its outbox, one batch per transaction."""
    async with app.router.lifespan_context(app):
        last: K | None = None
        while True:
            async with app.state.resources.get(Database).transaction() as session:
                last = await publish_batch(session, after=last, limit=limit)
            if last is None:
                return


def run_command(work: Coroutine[Any, Any, None]) -> None:
    """Run the work of a command, or exit with a one-line error when the database is unreachable."""
    try:
        asyncio.run(work)
    except OperationalError as error:
        sys.exit(" ".join(str(error.orig).split()))
