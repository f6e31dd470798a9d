"""Routes of applications, for admins."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from foodchassis import Id, Page, PageDep, Principal, SessionDep, refusals, require_role
from foodevents import Reason, Standing
from menu_service import service
from menu_service.models import Restaurant
from menu_service.schemas import RestaurantApplication

CurrentAdmin = Annotated[Principal, require_role("admin")]
WithStanding = Annotated[Standing | None, Query(description="only those with this standing")]
router = APIRouter(prefix="/restaurants", tags=["applications"])
DECISION: dict[str, Any] = {"response_model": RestaurantApplication, "responses": refusals(404, 409)}


@router.get("/applications", response_model=Page[RestaurantApplication], dependencies=[require_role("admin")])
async def list_restaurant_applications(
    page: PageDep, session: SessionDep, standing: WithStanding = None
) -> dict[str, Any]:
    """List all restaurants, newest first, such as those that wait for a decision: `standing=pending`."""
    return await service.list_applications(session, page, standing)


@router.post("/{restaurant_id}/approve", **DECISION)
async def approve_restaurant(restaurant_id: Id, user: CurrentAdmin, session: SessionDep) -> Restaurant:
    """Approve a restaurant: it is listed and accepts orders from now on."""
    return await service.decide_application(session, user.id, restaurant_id, "approve", None)


@router.post("/{restaurant_id}/reject", **DECISION)
async def reject_restaurant(restaurant_id: Id, body: Reason, user: CurrentAdmin, session: SessionDep) -> Restaurant:
    """Reject an application; the owner sees the reason. The restaurant may be approved later."""
    return await service.decide_application(session, user.id, restaurant_id, "reject", body.reason)


@router.post("/{restaurant_id}/suspend", **DECISION)
async def suspend_restaurant(restaurant_id: Id, body: Reason, user: CurrentAdmin, session: SessionDep) -> Restaurant:
    """Suspend an approved restaurant: it is not listed and accepts no new orders until it is approved again."""
    return await service.decide_application(session, user.id, restaurant_id, "suspend", body.reason)
