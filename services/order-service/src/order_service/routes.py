"""HTTP in: quotes, orders, and what restaurants and customers do to them."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse

from foodchassis import (
    CurrentUser,
    ExpectedVersion,
    Id,
    OnceOnly,
    Page,
    PageDep,
    Principal,
    SessionDep,
    TransactionDep,
    refusals,
    require_role,
)
from order_service import service
from order_service.schemas import (
    Basket,
    OrderAccept,
    OrderCancel,
    OrderCreate,
    OrderPublic,
    OrderReject,
    PricedBasket,
    Timeline,
)

CurrentCustomer = Annotated[Principal, require_role("customer")]
CurrentRestaurant = Annotated[Principal, require_role("restaurant")]
CurrentParty = Annotated[Principal, require_role("customer", "restaurant", "admin")]
LastSeen = Annotated[
    str, Header(alias="Last-Event-ID", pattern="^[0-9]{1,9}$", description="the version that was seen last")
]
AtRestaurant = Annotated[Id | None, Query(description="only those at this restaurant of yours")]

UNFIT = refusals(409)
HIDDEN = refusals(404)
COMMAND = refusals(404, 409)
EVENTS: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}}


class EventStream(StreamingResponse):
    """Server-sent events, which no proxy on the way may buffer."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncIterator[str]) -> None:
        super().__init__(events, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


router = APIRouter(tags=["orders"])


@router.post("/quotes", responses=UNFIT)
async def quote(body: Basket, user: CurrentCustomer, transaction: TransactionDep) -> PricedBasket:
    """Price a basket as it could be ordered now; nothing is stored."""
    return await service.quote(transaction, customer_id=user.id, basket=body)


@router.post("/orders", status_code=201, responses=UNFIT)
async def place_order(
    body: OrderCreate, user: CurrentCustomer, transaction: TransactionDep, once: OnceOnly
) -> OrderPublic:
    """Place an order; its payment follows by event. Repeat with the same Idempotency-Key as often as you need."""
    return await once(service.place_order, transaction, customer_id=user.id, basket=body)


@router.get("/orders", response_model=Page[OrderPublic], responses=HIDDEN)
async def list_orders(
    user: CurrentUser, session: SessionDep, page: PageDep, restaurant_id: AtRestaurant = None
) -> dict[str, Any]:
    """List your own orders, or those at your restaurant, newest first."""
    return await service.list_orders(session, user, page, restaurant_id)


@router.get("/orders/{order_id}", responses=HIDDEN)
async def get_order(order_id: Id, user: CurrentUser, session: SessionDep) -> OrderPublic:
    """Show an order to its customer, restaurant and driver."""
    return await service.get_order(session, order_id, user)


@router.get("/orders/{order_id}/timeline", responses=HIDDEN)
async def get_timeline(order_id: Id, user: CurrentUser, session: SessionDep) -> Timeline:
    """Show everything that happened to an order, with its cause and timing."""
    return await service.timeline(session, order_id, user)


@router.get("/orders/{order_id}/stream", response_class=StreamingResponse, responses=HIDDEN | EVENTS)
async def stream_order(
    order_id: Id, user: CurrentUser, session: SessionDep, last_seen: LastSeen = "0"
) -> StreamingResponse:
    """Follow an order until it ends, as server-sent events: `order` for each step, `position` for its driver's."""
    return EventStream(await service.stream(session, order_id, user, int(last_seen)))


@router.post("/orders/{order_id}/accept", responses=COMMAND)
async def accept_order(
    order_id: Id, body: OrderAccept, user: CurrentRestaurant, session: SessionDep, version: ExpectedVersion
) -> OrderPublic:
    """Take an order on, as the restaurant's owner; the payment is captured next."""
    return await service.accept(session, order_id, owner_id=user.id, version=version, prep_minutes=body.prep_minutes)


@router.post("/orders/{order_id}/reject", responses=COMMAND)
async def reject_order(
    order_id: Id, body: OrderReject, user: CurrentRestaurant, session: SessionDep, version: ExpectedVersion
) -> OrderPublic:
    """Turn an order down, as the restaurant's owner; the held payment is released."""
    return await service.reject(session, order_id, owner_id=user.id, version=version, reason=body.reason)


@router.post("/orders/{order_id}/ready", responses=COMMAND)
async def ready_order(
    order_id: Id, user: CurrentRestaurant, session: SessionDep, version: ExpectedVersion
) -> OrderPublic:
    """Say that the food waits at the counter, as the restaurant's owner."""
    return await service.ready(session, order_id, owner_id=user.id, version=version)


@router.post("/orders/{order_id}/cancel", responses=COMMAND)
async def cancel_order(
    order_id: Id, body: OrderCancel, user: CurrentParty, session: SessionDep, version: ExpectedVersion
) -> OrderPublic:
    """End an order whose food is not picked up; `keep` is what is not given back."""
    return await service.cancel(session, order_id, user, version=version, reason=body.reason)
