"""Transactions beside the one that is open: what they store outlives its rollback.

They have connections of their own. Drawn from the pool that the open transactions hold, each could wait for all others
to end, and none would.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Database, Resources
from payment_service.settings import PaymentSettings


class Aside(Database):
    """The pool of these transactions."""


@asynccontextmanager
async def open_aside(held: Resources) -> AsyncIterator[None]:
    """Open the pool these transactions use."""
    assert isinstance(held.settings, PaymentSettings)
    size = {"database_pool_size": held.settings.aside_pool_size}
    held.add(Aside(held.settings.model_copy(update=size), held, "aside"))
    try:
        yield
    finally:
        await held.get(Aside).close()


def aside(held: Resources) -> AbstractAsyncContextManager[AsyncSession]:
    """Begin a transaction that commits by itself."""
    return held.get(Aside).transaction()
