"""Routes of whole menus, with ETags."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from foodchassis import Id, Public, SessionDep, refusals
from foodchassis.storage import TransactionDep
from foodchassis.web import ExpectedTags
from menu_service import service
from menu_service.routes.parameters import WRITES, CurrentOwner, KnownTags
from menu_service.schemas import MenuDiff, MenuPublic, MenuWrite

TAG = {
    "headers": {"ETag": {"description": "the menu's ETag, for If-Match or If-None-Match", "schema": {"type": "string"}}}
}
DryRun = Annotated[bool, Query(description="only return what would change")]

router = APIRouter(prefix="/restaurants", tags=["menu"])


@router.get(
    "/{restaurant_id}/menu",
    dependencies=[Public],
    response_model=MenuPublic,
    responses={200: TAG, 304: {"description": "The menu still has the ETag in If-None-Match"}, **refusals(404)},
)
async def read_menu(restaurant_id: Id, transaction: TransactionDep, known: KnownTags) -> Response:
    """Return a restaurant's whole menu; 304 when If-None-Match has its current ETag."""
    return _answer(await service.read_menu(transaction, restaurant_id, known))


@router.put("/{restaurant_id}/menu", responses={200: TAG, **refusals(404, 409)}, dependencies=WRITES)
async def replace_menu(
    restaurant_id: Id,
    body: MenuWrite,
    *,
    user: CurrentOwner,
    session: SessionDep,
    response: Response,
    tags: ExpectedTags,
    dry_run: DryRun = False,
) -> MenuDiff:
    """Replace the whole menu of your restaurant, and return the changes.

    Dishes, sections, groups and options are matched by id, otherwise by external id, otherwise by name, and keep
    their ids: repeating the same menu changes nothing. Omitted ones are removed. With `dry_run` nothing is stored.
    With the ETag of the menu in If-Match, only that menu is replaced.
    """
    diff, tag = await service.replace_menu(
        session, restaurant_id, owner_id=user.id, wanted=body, tags=tags, dry_run=dry_run
    )
    response.headers["ETag"] = f'"{tag}"'
    return diff


def _answer(menu: service.Menu) -> Response:
    headers = {"ETag": f'"{menu.tag}"', "Cache-Control": "no-cache"}
    if menu.body is None:
        return Response(status_code=304, headers=headers)
    return Response(menu.body, headers=headers, media_type="application/json")
