"""Who may read which payment."""

from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from foodchassis import PageQuery, Principal
from payment_service.errors import PaymentNotFoundError
from payment_service.models import Payment


async def find_payment(session: AsyncSession, payment_id: UUID, user: Principal) -> Payment:
    """Return a payment of the caller's, or any to an admin; raises PaymentNotFoundError."""
    payment = (await session.exec(_visible_to(user).where(Payment.id == payment_id))).one_or_none()
    if payment is None:
        raise PaymentNotFoundError(f"No payment of yours has the id {payment_id}.")
    return payment


async def list_payments(
    session: AsyncSession, user: Principal, page: PageQuery, order_id: UUID | None = None
) -> dict[str, Any]:
    """Give the caller's payments, or everybody's to an admin, newest first; those of one order when it is named."""
    query = _visible_to(user).order_by(col(Payment.id).desc()).limit(page.limit + 1)
    if order_id is not None:
        query = query.where(Payment.order_id == order_id)
    if page.before is not None:
        query = query.where(Payment.id < page.before)
    return page.page((await session.exec(query)).all())


def _visible_to(user: Principal) -> SelectOfScalar[Payment]:
    query = select(Payment)
    return query if "admin" in user.roles else query.where(Payment.customer_id == user.id)
