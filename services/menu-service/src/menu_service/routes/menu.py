"""Whole menus over HTTP, cheap for a reader who has one already."""

from fastapi import APIRouter, Response

from foodchassis import Id, Public, SessionDep, refusals
from menu_service import service
from menu_service.routes.parameters import KnownTags
from menu_service.schemas import MenuPublic

router = APIRouter(prefix="/restaurants", tags=["menu"])


@router.get(
    "/{restaurant_id}/menu",
    dependencies=[Public],
    response_model=MenuPublic,
    responses={304: {"description": "The menu is the one that If-None-Match names"}, **refusals(404)},
)
async def read_menu(restaurant_id: Id, session: SessionDep, known: KnownTags) -> Response:
    """Show a restaurant's whole menu; 304 when If-None-Match names its present tag."""
    return _answer(await service.read_menu(session, restaurant_id, known))


def _answer(menu: service.Menu) -> Response:
    headers = {"ETag": f'"{menu.tag}"', "Cache-Control": "no-cache"}
    if menu.body is None:
        return Response(status_code=304, headers=headers)
    return Response(menu.body, headers=headers, media_type="application/json")
