"""Routes of dishes."""

from fastapi import APIRouter

from foodchassis import Id, Public, SessionDep, refusals
from foodchassis.web import ExpectedVersion, OnceIfKeyed, Tagged
from menu_service import service
from menu_service.models import MenuItem
from menu_service.routes.parameters import WRITES, CurrentOwner
from menu_service.schemas import ItemCreate, ItemPublic, ItemUpdate

router = APIRouter(prefix="/restaurants/{restaurant_id}/items", tags=["menu"])


@router.post("", status_code=201, response_model=ItemPublic, responses=refusals(404, 409), dependencies=WRITES)
async def add_item(
    restaurant_id: Id, body: ItemCreate, user: CurrentOwner, session: SessionDep, once: OnceIfKeyed
) -> MenuItem:
    """Add a dish to the menu of your restaurant."""
    return await once(service.add_item, session, restaurant_id, owner_id=user.id, wanted=body)


@router.get("/{item_id}", dependencies=[Public], response_model=ItemPublic, responses=refusals(404))
async def read_item(restaurant_id: Id, item_id: Id, session: SessionDep, tagged: Tagged) -> MenuItem:
    """Return a dish."""
    return tagged(await service.read_item(session, restaurant_id, item_id))


@router.patch("/{item_id}", response_model=ItemPublic, responses=refusals(404, 409), dependencies=WRITES)
async def change_item(
    restaurant_id: Id,
    item_id: Id,
    body: ItemUpdate,
    *,
    user: CurrentOwner,
    session: SessionDep,
    version: ExpectedVersion,
    tagged: Tagged,
) -> MenuItem:
    """Change a dish; omitted fields stay unchanged, and options with their ids keep them."""
    return tagged(
        await service.change_item(session, restaurant_id, item_id, owner_id=user.id, change=body, version=version)
    )


@router.delete("/{item_id}", status_code=204, responses=refusals(404, 409), dependencies=WRITES)
async def remove_item(
    restaurant_id: Id, item_id: Id, user: CurrentOwner, session: SessionDep, version: ExpectedVersion
) -> None:
    """Remove a dish from the menu."""
    return await service.remove_item(session, restaurant_id, item_id, owner_id=user.id, version=version)
