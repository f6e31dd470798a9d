"""HTTP routes: customers and admins read payments, admins refund and settle."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from foodchassis import OnceOnly, Page, PageDep, Principal, SessionDep, Since, refusals, require_role
from foodchassis.web import ResourcesDep
from payment_service import service
from payment_service.models import Payment, PaymentStatus, Refund
from payment_service.schemas import (
    LedgerPublic,
    PaymentFilter,
    PaymentPublic,
    RefundCreate,
    RefundPublic,
    SettlementPublic,
)

CurrentPayer = Annotated[Principal, require_role("customer", "restaurant", "admin")]
CurrentPayee = Annotated[Principal, require_role("restaurant", "admin")]
OfOrder = Annotated[UUID | None, Query(description="only the payment of this order")]
InStatus = Annotated[list[PaymentStatus] | None, Query(max_length=20, description="only those in one of these states")]
AtRestaurant = Annotated[UUID | None, Query(description="only those of this restaurant")]
OfCustomer = Annotated[UUID | None, Query(description="only those of this customer")]
AdminOnly = require_role("admin")
CurrentAdmin = Annotated[Principal, AdminOnly]
router = APIRouter()


@router.get("/payments", response_model=Page[PaymentPublic], tags=["payments"])
async def list_payments(
    user: CurrentPayer,
    session: SessionDep,
    page: PageDep,
    *,
    order_id: OfOrder = None,
    status: InStatus = None,
    since: Since = None,
    restaurant_id: AtRestaurant = None,
    customer_id: OfCustomer = None,
) -> dict[str, Any]:
    """List payments, newest first: a customer's own, those of an owner's restaurants, or all for an admin."""
    wanted = PaymentFilter(order_id, status, since, restaurant_id, customer_id)
    return await service.list_payments(session, user, page, wanted)


@router.get("/payments/{payment_id}", response_model=PaymentPublic, responses=refusals(404), tags=["payments"])
async def get_payment(payment_id: UUID, user: CurrentPayer, session: SessionDep) -> Payment:
    """Return a payment."""
    return await service.find_payment(session, payment_id, user)


@router.get("/payments/{payment_id}/ledger", responses=refusals(404), dependencies=[AdminOnly], tags=["payments"])
async def show_ledger(payment_id: UUID, session: SessionDep) -> LedgerPublic:
    """Return the refunds of a payment and its entries in the ledger."""
    return await service.ledger_of(session, payment_id)


@router.post(
    "/payments/{payment_id}/refunds",
    status_code=201,
    response_model=RefundPublic,
    responses=refusals(404, 409),
    tags=["payments"],
)
async def refund_payment(
    payment_id: UUID,
    body: RefundCreate,
    *,
    user: CurrentAdmin,
    session: SessionDep,
    resources: ResourcesDep,
    once: OnceOnly,
) -> Refund:
    """Refund a captured payment in whole or in part; the status shows whether the provider has completed it."""
    await service.refund(resources, payment_id, body, user.id, once)
    return await once(service.refund_of, session, once.id)


@router.get(
    "/payments/{payment_id}/refunds/{refund_id}",
    response_model=RefundPublic,
    responses=refusals(404),
    dependencies=[AdminOnly],
    tags=["payments"],
)
async def get_refund(payment_id: UUID, refund_id: UUID, session: SessionDep) -> Refund:
    """Return a refund."""
    return await service.find_refund(session, payment_id, refund_id)


@router.post("/settlements", status_code=201, tags=["settlements"])
async def settle(user: CurrentAdmin, session: SessionDep, once: OnceOnly) -> SettlementPublic:
    """Settle the oldest payments of ended orders, up to the maximum of one settlement."""
    return await once(service.settle, session, user.id)


@router.get("/settlements", response_model=Page[SettlementPublic], tags=["settlements"])
async def list_settlements(
    user: CurrentPayee, session: SessionDep, page: PageDep, since: Since = None
) -> dict[str, Any]:
    """List settlements, newest first, with the payouts to your restaurants; an admin sees all payouts."""
    return await service.list_settlements(session, user, page, since)


@router.get("/settlements/{settlement_id}", responses=refusals(404), tags=["settlements"])
async def get_settlement(settlement_id: UUID, user: CurrentPayee, session: SessionDep) -> SettlementPublic:
    """Return the payouts of a settlement to your restaurants; an admin sees all payouts."""
    return await service.settlement_for(session, settlement_id, user)
