"""HTTP in: customers and admins read payments; orders make them, by event."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter

from foodchassis import Page, PageDep, Principal, SessionDep, require_role
from payment_service import service
from payment_service.models import Payment
from payment_service.schemas import PaymentPublic

CurrentPayer = Annotated[Principal, require_role("customer", "admin")]
REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"description": "No valid access token"},
    403: {"description": "Neither a customer nor an admin"},
}
router = APIRouter(prefix="/payments", tags=["payments"], responses=REFUSALS)


@router.get("", response_model=Page[PaymentPublic])
async def list_payments(
    user: CurrentPayer, session: SessionDep, page: PageDep, order_id: UUID | None = None
) -> dict[str, Any]:
    """List your payments, newest first, or the payment of one order."""
    return await service.list_payments(session, user, page, order_id)


@router.get("/{payment_id}", response_model=PaymentPublic, responses={404: {"description": "No such payment of yours"}})
async def get_payment(payment_id: UUID, user: CurrentPayer, session: SessionDep) -> Payment:
    """Read one payment."""
    return await service.find_payment(session, payment_id, user)
