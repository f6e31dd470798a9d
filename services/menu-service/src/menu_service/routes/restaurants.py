"""Routes of restaurants."""

from typing import Any

from fastapi import APIRouter

from foodchassis import Id, Page, PageDep, Public, SessionDep, refusals
from foodchassis.web import ExpectedVersion, OnceIfKeyed, Tagged
from menu_service import service
from menu_service.models import Restaurant
from menu_service.routes.parameters import WRITES, CurrentOwner, SearchDep
from menu_service.schemas import RestaurantCreate, RestaurantFound, RestaurantOwn, RestaurantPublic, RestaurantUpdate

router = APIRouter(prefix="/restaurants", tags=["restaurants"])


@router.get("", dependencies=[Public])
async def find_restaurants(search: SearchDep, page: PageDep, session: SessionDep) -> Page[RestaurantFound]:
    """Find restaurants, newest first, or with `near` those that deliver there, nearest first.

    With `open` a page may be shorter than `limit`; only a `next_cursor` of null means the end.
    """
    return await service.find_restaurants(session, search, page)


@router.post("", status_code=201, response_model=RestaurantPublic, responses=refusals(409))
async def open_restaurant(
    body: RestaurantCreate, user: CurrentOwner, session: SessionDep, once: OnceIfKeyed
) -> Restaurant:
    """Open a restaurant; where an admin must approve it, its `standing` is `pending` until then."""
    return await once(service.open_restaurant, session, owner_id=user.id, wanted=body)


@router.get("/mine", response_model=Page[RestaurantOwn])
async def list_own_restaurants(user: CurrentOwner, page: PageDep, session: SessionDep) -> dict[str, Any]:
    """List your own restaurants, newest first."""
    return await service.list_owned(session, user.id, page)


@router.get("/{restaurant_id}", dependencies=[Public], response_model=RestaurantPublic, responses=refusals(404))
async def read_restaurant(restaurant_id: Id, session: SessionDep, tagged: Tagged) -> Restaurant:
    """Return a restaurant, and whether it accepts orders now."""
    return tagged(await service.read_restaurant(session, restaurant_id))


@router.patch("/{restaurant_id}", response_model=RestaurantPublic, responses=refusals(404, 409), dependencies=WRITES)
async def change_restaurant(
    restaurant_id: Id,
    body: RestaurantUpdate,
    *,
    user: CurrentOwner,
    session: SessionDep,
    version: ExpectedVersion,
    tagged: Tagged,
) -> Restaurant:
    """Change your restaurant; omitted fields stay unchanged."""
    return tagged(
        await service.change_restaurant(session, restaurant_id, owner_id=user.id, change=body, version=version)
    )
