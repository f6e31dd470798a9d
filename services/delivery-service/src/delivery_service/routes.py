"""HTTP routes of drivers, offers and deliveries."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from delivery_service.models import DeliveryStatus, Driver
from delivery_service.schemas import (
    Availability,
    DeliveryFilter,
    DeliveryPublic,
    DriverEvents,
    DriverPublic,
    DriverSeen,
    DriverUpdate,
    Explanation,
    Failure,
    Location,
    OfferPublic,
    SearchPublic,
)
from delivery_service.service import applications, deliveries, drivers, offers, overview, stream
from foodchassis import CurrentUser, Page, PageDep, Principal, SessionDep, Since, refusals, require_role
from foodchassis.web import EventStream, LastSeen, StreamUser
from foodevents import Reason, Standing

CurrentDriver = Annotated[Principal, require_role("driver")]
CurrentAdmin = Annotated[Principal, require_role("admin")]
AdminOnly = require_role("admin")
WithStanding = Annotated[Standing | None, Query(description="only those with this standing")]
OnlyOnline = Annotated[bool | None, Query(description="only those who are online, or who are not")]
OfOrder = Annotated[UUID | None, Query(description="only the delivery of this order")]
InStatus = Annotated[list[DeliveryStatus] | None, Query(max_length=20, description="only those in one of these states")]
OfDriver = Annotated[UUID | None, Query(description="only those of this driver")]
MISSING = refusals(404)
STEP = refusals(404, 409)
DECISION: dict[str, Any] = {"response_model": DriverPublic, "responses": STEP, "tags": ["applications"]}
router = APIRouter()


@router.get("/drivers", response_model=Page[DriverSeen], dependencies=[AdminOnly], tags=["drivers"])
async def list_drivers(
    session: SessionDep, page: PageDep, online: OnlyOnline = None, standing: WithStanding = None
) -> dict[str, Any]:
    """List drivers with positions and activity, newest accounts first. Applications have `standing=pending`."""
    return await overview.list_drivers(session, page, online=online, standing=standing)


@router.put("/drivers/me", response_model=DriverPublic, tags=["drivers"])
async def put_driver(body: DriverUpdate, user: CurrentDriver, session: SessionDep) -> Driver:
    """Create or change your profile; where an admin must approve drivers, `standing` is `pending` first."""
    return await drivers.save_profile(session, user.id, body)


@router.get("/drivers/me", response_model=DriverPublic, responses=MISSING, tags=["drivers"])
async def get_driver(user: CurrentDriver, session: SessionDep) -> Driver:
    """Return your profile."""
    return await drivers.get_profile(session, user.id)


@router.put("/drivers/me/availability", response_model=DriverPublic, responses=MISSING, tags=["drivers"])
async def put_availability(body: Availability, user: CurrentDriver, session: SessionDep) -> Driver:
    """Go online or offline; going offline declines an open offer."""
    return await drivers.set_availability(session, user.id, body)


@router.put("/drivers/me/location", status_code=204, responses=MISSING, tags=["drivers"])
async def put_location(body: Location, user: CurrentDriver, session: SessionDep) -> None:
    """Report your position, every few seconds while you are online."""
    return await drivers.locate(session, user.id, body)


@router.get("/drivers/me/offers", response_model=Page[OfferPublic], tags=["drivers"])
async def list_offers(user: CurrentDriver, session: SessionDep, page: PageDep) -> dict[str, Any]:
    """List the offers that you can accept now."""
    return await offers.list_open(session, user.id, page)


@router.get(
    "/drivers/me/stream",
    response_class=EventStream,
    responses={200: {"model": DriverEvents, "description": "Events, as they happen"}, **refusals(403)},
    tags=["drivers"],
)
async def stream_driver(user: StreamUser, session: SessionDep, last_seen: LastSeen) -> EventStream:
    """Follow your offers and deliveries, as server-sent events: first those that are open, then each change.

    The `id` of an event is its time in milliseconds. After a lost connection some events may be repeated: compare the
    `status` of an offer, and the `version` of a delivery. Changes of closed ones are not sent again after an hour.
    """
    return EventStream(await stream.stream_driver(session, user, last_seen))


@router.post("/offers/{offer_id}/accept", responses=STEP, tags=["offers"])
async def accept_offer(offer_id: UUID, user: CurrentDriver, session: SessionDep) -> DeliveryPublic:
    """Accept an offer."""
    return await offers.accept(session, offer_id, user)


@router.post("/offers/{offer_id}/decline", responses=STEP, tags=["offers"])
async def decline_offer(offer_id: UUID, user: CurrentDriver, session: SessionDep) -> OfferPublic:
    """Decline an offer."""
    return await offers.decline(session, offer_id, user.id)


@router.get("/deliveries", response_model=Page[DeliveryPublic], tags=["deliveries"])
async def list_deliveries(
    user: CurrentUser,
    session: SessionDep,
    page: PageDep,
    *,
    order_id: OfOrder = None,
    status: InStatus = None,
    since: Since = None,
    driver_id: OfDriver = None,
) -> dict[str, Any]:
    """List deliveries, newest first: your own as driver or customer, or all for an admin."""
    wanted = DeliveryFilter(order_id, status, since, driver_id)
    return await deliveries.list_visible(session, user, page, wanted)


@router.get("/deliveries/{delivery_id}", responses=MISSING, tags=["deliveries"])
async def get_delivery(delivery_id: UUID, user: CurrentUser, session: SessionDep) -> DeliveryPublic:
    """Return a delivery."""
    return await deliveries.find(session, delivery_id, user)


@router.get("/deliveries/{delivery_id}/search", responses=MISSING, dependencies=[AdminOnly], tags=["deliveries"])
async def show_search(delivery_id: UUID, session: SessionDep) -> SearchPublic:
    """Show which drivers got an offer of a delivery, and why others did not."""
    return await overview.show_search(session, delivery_id)


@router.post("/deliveries/{delivery_id}/reassign", responses=STEP, tags=["deliveries"])
async def reassign(delivery_id: UUID, body: Explanation, user: CurrentAdmin, session: SessionDep) -> DeliveryPublic:
    """Withdraw a delivery from its driver before the pick-up; a new search begins."""
    return await deliveries.reassign(session, delivery_id, user, body.reason)


@router.post("/deliveries/{delivery_id}/pickup", responses=STEP, tags=["deliveries"])
async def pick_up(delivery_id: UUID, user: CurrentDriver, session: SessionDep) -> DeliveryPublic:
    """Report that you have picked up the food."""
    return await deliveries.report(session, delivery_id, user, "pickup")


@router.post("/deliveries/{delivery_id}/deliver", responses=STEP, tags=["deliveries"])
async def hand_over(delivery_id: UUID, user: CurrentDriver, session: SessionDep) -> DeliveryPublic:
    """Report that the customer has received the food."""
    return await deliveries.report(session, delivery_id, user, "deliver")


@router.post("/deliveries/{delivery_id}/unassign", responses=STEP, tags=["deliveries"])
async def unassign(delivery_id: UUID, body: Explanation, user: CurrentDriver, session: SessionDep) -> DeliveryPublic:
    """Withdraw from your delivery before the pick-up; a new search begins."""
    return await deliveries.report(session, delivery_id, user, "unassign", body.reason)


@router.post("/deliveries/{delivery_id}/fail", responses=STEP, tags=["deliveries"])
async def fail(delivery_id: UUID, body: Failure, user: CurrentDriver, session: SessionDep) -> DeliveryPublic:
    """Report that the order is undeliverable, and who is responsible."""
    trigger = "customer.absent" if body.responsible == "customer" else "fail"
    return await deliveries.report(session, delivery_id, user, trigger, body.reason)


@router.post("/drivers/{driver_id}/approve", **DECISION)
async def approve_driver(driver_id: UUID, user: CurrentAdmin, session: SessionDep) -> Driver:
    """Approve a driver, who gets offers of waiting deliveries at once."""
    return await applications.decide(session, user.id, driver_id, "approve", None)


@router.post("/drivers/{driver_id}/reject", **DECISION)
async def reject_driver(driver_id: UUID, body: Reason, user: CurrentAdmin, session: SessionDep) -> Driver:
    """Reject a driver's application; the driver sees the reason, and may be approved later."""
    return await applications.decide(session, user.id, driver_id, "reject", body.reason)


@router.post("/drivers/{driver_id}/suspend", **DECISION)
async def suspend_driver(driver_id: UUID, body: Reason, user: CurrentAdmin, session: SessionDep) -> Driver:
    """Suspend a driver, who completes the current delivery but gets no offers until approved again."""
    return await applications.decide(session, user.id, driver_id, "suspend", body.reason)
