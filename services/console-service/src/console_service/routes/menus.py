"""Pages of a restaurant's menu."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from console_service.adapters.visitor import Visitor
from console_service.errors import RefusedError
from console_service.routes.answering import HEADERS, page
from console_service.routes.kitchen import CurrentKitchen
from console_service.routes.visitor import CurrentVisitor, FormDep
from console_service.service import menus

router = APIRouter(prefix="/console/restaurants/{restaurant_id}/menu", include_in_schema=False)


@router.get("")
async def show_menu(restaurant_id: UUID, visitor: CurrentVisitor, *, replaced: bool = False) -> Response:
    """Show a restaurant's menu."""
    return await _page(visitor, restaurant_id, replaced=replaced)


@router.post("")
async def compare_menu(restaurant_id: UUID, visitor: CurrentKitchen, form: FormDep) -> Response:
    """Show what a new menu would change."""
    text = form.get("text", "")
    try:
        diff, tag = await menus.compared(visitor, str(restaurant_id), text)
    except RefusedError as error:
        return await _page(visitor, restaurant_id, text=text, refusal=error)
    return await _page(visitor, restaurant_id, text=text, diff=diff, tag=tag)


@router.post("/replace")
async def replace_menu(restaurant_id: UUID, visitor: CurrentKitchen, form: FormDep) -> Response:
    """Replace a menu with the new one that was shown."""
    text = form.get("text", "")
    try:
        await menus.replace(visitor, str(restaurant_id), text, form.get("tag", ""))
    except RefusedError as error:
        return await _page(visitor, restaurant_id, text=text, refusal=error)
    return RedirectResponse(f"/console/restaurants/{restaurant_id}/menu?replaced=true", 303, headers=HEADERS)


async def _page(
    visitor: Visitor, restaurant_id: UUID, *, text: str = "", refusal: RefusedError | None = None, **context: Any
) -> Response:
    shown = await menus.shown(visitor, str(restaurant_id))
    context = {"diff": None, "tag": "", "replaced": False, "text": text, "refusal": refusal, **shown, **context}
    answer = page(visitor, "menu/page.html", **context)
    answer.status_code = refusal.answered if refusal else answer.status_code
    return answer
