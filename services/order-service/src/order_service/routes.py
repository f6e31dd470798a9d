"""HTTP routes: quotes, orders and commands."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from foodchassis import CurrentUser, Id, OnceOnly, Page, PageDep, Principal, SessionDep, Since, refusals, require_role
from foodchassis.storage import TransactionDep
from foodchassis.web import EventStream, ExpectedVersion, LastSeen, StreamUser, Tagged, scope
from order_service import service
from order_service.models import OrderStatus
from order_service.schemas import (
    Basket,
    OrderAccept,
    OrderCancel,
    OrderCreate,
    OrderEvents,
    OrderFilter,
    OrderPublic,
    OrderReject,
    PricedBasket,
    RestaurantEvents,
    Timeline,
    Verification,
)

CurrentCustomer = Annotated[Principal, require_role("customer")]
CurrentRestaurant = Annotated[Principal, require_role("restaurant")]
CurrentAdmin = Annotated[Principal, require_role("admin")]
CurrentParty = Annotated[Principal, require_role("customer", "restaurant", "admin")]
AtRestaurant = Annotated[Id | None, Query(description="only those of this restaurant of yours")]
OfCustomer = Annotated[Id | None, Query(description="for an admin: only those of this customer")]
STUCK = "only open orders that need an operator, or with false, only the other open ones"
LATE = "only open orders whose food should have been picked up by now, or with false, only the other open ones"
Attention = Annotated[bool | None, Query(description=STUCK)]
TooLate = Annotated[bool | None, Query(description=LATE)]
InStatus = Annotated[list[OrderStatus] | None, Query(max_length=20, description="only those in one of these states")]

UNFIT = refusals(409)
HIDDEN = refusals(404)
COMMAND = refusals(404, 409)
STEPS: dict[int | str, dict[str, Any]] = {200: {"model": RestaurantEvents, "description": "Events, as they happen"}}
EVENTS: dict[int | str, dict[str, Any]] = {200: {"model": OrderEvents, "description": "Events, as they happen"}}


READS, WRITES = [scope("orders:read")], [scope("orders:write")]
router = APIRouter(tags=["orders"])
operations = APIRouter(prefix="/operations/order-service", tags=["operations"])


@router.post("/quotes", responses=UNFIT)
async def quote(body: Basket, user: CurrentCustomer, transaction: TransactionDep) -> PricedBasket:
    """Return the price of a basket that can be ordered now; nothing is stored."""
    return await service.quote(transaction, customer_id=user.id, basket=body)


@router.post("/orders", status_code=201, responses=UNFIT)
async def place_order(
    body: OrderCreate, user: CurrentCustomer, transaction: TransactionDep, once: OnceOnly
) -> OrderPublic:
    """Place an order; the payment follows asynchronously. Repeat safely with the same Idempotency-Key."""
    return await once(service.place_order, transaction, customer_id=user.id, basket=body)


@router.get("/orders", response_model=Page[OrderPublic], responses=HIDDEN, dependencies=READS)
async def list_orders(
    user: CurrentUser,
    session: SessionDep,
    page: PageDep,
    *,
    status: InStatus = None,
    since: Since = None,
    restaurant_id: AtRestaurant = None,
    customer_id: OfCustomer = None,
    needs_attention: Attention = None,
    late: TooLate = None,
) -> dict[str, Any]:
    """List orders, newest first: a customer's own, those at your restaurants or where you work, any to an admin."""
    wanted = OrderFilter(status, since, restaurant_id, customer_id, needs_attention, late)
    return await service.list_orders(session, user, page, wanted)


@router.get("/orders/stream", response_class=EventStream, responses=refusals(403) | STEPS)
async def stream_orders(user: StreamUser, session: SessionDep, last_seen: LastSeen) -> EventStream:
    """Follow all orders, as an admin, as server-sent events: first the open ones, then each step of each order.

    The `id` of an event is its time in milliseconds. After a lost connection some events may be repeated: compare the
    `version` of the order. After more than an hour the stream begins with the open orders again.
    """
    return EventStream(await service.stream_orders(session, user, last_seen))


@router.get("/orders/{order_id}", responses=HIDDEN, dependencies=READS)
async def get_order(order_id: Id, user: CurrentUser, transaction: TransactionDep, tagged: Tagged) -> OrderPublic:
    """Return an order to its customer, restaurant or driver."""
    return tagged(await service.get_order(transaction, order_id, user))


@router.get("/orders/{order_id}/timeline", responses=HIDDEN, dependencies=READS)
async def get_timeline(order_id: Id, user: CurrentUser, session: SessionDep) -> Timeline:
    """Return all steps of an order, with cause and time."""
    return await service.timeline(session, order_id, user)


@router.get(
    "/orders/{order_id}/stream",
    response_class=EventStream,
    responses=HIDDEN | EVENTS | {204: {"description": "The order has ended, and all its events were sent"}},
)
async def stream_order(order_id: Id, user: StreamUser, session: SessionDep, last_seen: LastSeen) -> Response:
    """Follow an order until it ends, as server-sent events: `order` for steps, `position` for the driver's position."""
    events = await service.stream_order(session, order_id, user, last_seen)
    return Response(status_code=204) if events is None else EventStream(events)


@router.get(
    "/restaurants/{restaurant_id}/stream", response_class=EventStream, responses=HIDDEN | STEPS, dependencies=READS
)
async def stream_restaurant(
    restaurant_id: Id, user: StreamUser, session: SessionDep, last_seen: LastSeen
) -> EventStream:
    """Follow all orders at your restaurant, as server-sent events: first the open ones, then each step of each order.

    The `id` of an event is its time in milliseconds. After a lost connection some events may be repeated: compare the
    `version` of the order. After more than an hour the stream begins with the open orders again.
    """
    return EventStream(await service.stream_restaurant(session, restaurant_id, user, last_seen))


@router.post("/orders/{order_id}/accept", responses=COMMAND, dependencies=WRITES)
async def accept_order(
    order_id: Id,
    body: OrderAccept,
    *,
    user: CurrentRestaurant,
    session: SessionDep,
    version: ExpectedVersion,
    tagged: Tagged,
) -> OrderPublic:
    """Accept an order, as the restaurant; the payment is captured next."""
    return tagged(await service.accept(session, order_id, user=user, version=version, prep_minutes=body.prep_minutes))


@router.post("/orders/{order_id}/reject", responses=COMMAND, dependencies=WRITES)
async def reject_order(
    order_id: Id,
    body: OrderReject,
    *,
    user: CurrentRestaurant,
    session: SessionDep,
    version: ExpectedVersion,
    tagged: Tagged,
) -> OrderPublic:
    """Reject an order, as the restaurant; the hold on the payment is released."""
    return tagged(await service.reject(session, order_id, user=user, version=version, reason=body.reason))


@router.post("/orders/{order_id}/ready", responses=COMMAND, dependencies=WRITES)
async def ready_order(
    order_id: Id, user: CurrentRestaurant, session: SessionDep, version: ExpectedVersion, tagged: Tagged
) -> OrderPublic:
    """Report that the food is ready for pick-up, as the restaurant."""
    return tagged(await service.ready(session, order_id, user=user, version=version))


@router.post("/orders/{order_id}/cancel", responses=COMMAND, dependencies=WRITES)
async def cancel_order(
    order_id: Id,
    body: OrderCancel,
    *,
    user: CurrentParty,
    session: SessionDep,
    version: ExpectedVersion,
    tagged: Tagged,
) -> OrderPublic:
    """Cancel an order before its pick-up; `keep` is the amount that is not refunded."""
    return tagged(await service.cancel(session, order_id, user, version=version, reason=body.reason))


@router.post("/orders/{order_id}/retry", responses=COMMAND)
async def retry_order(
    order_id: Id, user: CurrentAdmin, session: SessionDep, version: ExpectedVersion, tagged: Tagged
) -> OrderPublic:
    """Request again, as an admin, that the payment and the delivery of a cancelled order end."""
    return tagged(await service.retry(session, order_id, user, version=version))


@operations.get("/verification", responses=HIDDEN, dependencies=[require_role("admin")])
async def get_verification(session: SessionDep) -> Verification:
    """Show the result of the last `foodctl verify`; 404 when it never ran."""
    return await service.last_verification(session)
