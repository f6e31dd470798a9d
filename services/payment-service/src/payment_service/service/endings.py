"""What settlement must know of an order: who drove, and how it ended.

These are notes beside the machine: they change no status, tell nobody, and so leave the version alone. They are facts,
which a repeat can't change.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from payment_service.errors import PaymentNotFoundError
from payment_service.models import Ending, Payment


async def note_driver(session: AsyncSession, order_id: UUID, driver_id: UUID) -> None:
    """Remember who picked the food up; raises PaymentNotFoundError."""
    await _note(session, order_id, driver_id=driver_id)


async def note_ending(session: AsyncSession, order_id: UUID, ending: Ending, driver_id: UUID | None = None) -> None:
    """Remember how an order ended, and its driver when that is told; raises PaymentNotFoundError."""
    await _note(session, order_id, ending=ending, **({"driver_id": driver_id} if driver_id else {}))


async def _note(session: AsyncSession, order_id: UUID, **facts: Any) -> None:
    noted = update(Payment).where(col(Payment.order_id) == order_id).values(facts).returning(col(Payment.id))
    if (await session.exec(noted)).first() is None:
        raise PaymentNotFoundError(f"The order {order_id} has no payment yet.")
