"""Pages of a restaurant's board."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import RedirectResponse

from console_service.adapters.visitor import Visitor
from console_service.errors import OtherRoleError
from console_service.routes.answering import HEADERS, done, page
from console_service.routes.visitor import CurrentVisitor, FormDep
from console_service.service import kitchen, live, orders
from foodchassis.web import EventStream, ResourcesDep

router = APIRouter(prefix="/console/kitchen", include_in_schema=False)


async def _kitchen(visitor: CurrentVisitor) -> Visitor:
    if visitor.role != "restaurant":
        raise OtherRoleError
    return visitor


CurrentKitchen = Annotated[Visitor, Depends(_kitchen)]


@router.get("")
async def choose_kitchen(visitor: CurrentKitchen) -> Response:
    """Redirect to the user's restaurant, or let the user choose one of several."""
    found = await orders.restaurants(visitor)
    if len(found) == 1:
        return RedirectResponse(f"/console/kitchen/{found[0]['id']}", 303, headers=HEADERS)
    return page(visitor, "kitchen/choice.html", restaurants=found)


@router.get("/{restaurant_id}")
async def show_board(restaurant_id: UUID, visitor: CurrentKitchen) -> Response:
    """Show a restaurant's board."""
    view = await kitchen.board(visitor, str(restaurant_id))
    columns = kitchen.COLUMNS.values()
    return page(visitor, "kitchen/page.html", restaurant_id=str(restaurant_id), view=view, columns=columns)


@router.get("/{restaurant_id}/stream")
async def stream_board(restaurant_id: UUID, visitor: CurrentKitchen, resources: ResourcesDep) -> EventStream:
    """Keep a restaurant's board up to date."""
    streams = [f"/restaurants/{restaurant_id}/stream"]
    return EventStream(live.follow(visitor, resources, lambda: kitchen.board(visitor, str(restaurant_id)), streams))


@router.post("/{restaurant_id}/pause")
async def pause(request: Request, restaurant_id: UUID, visitor: CurrentKitchen, form: FormDep) -> Response:
    """Pause or resume orders."""
    await kitchen.pause(visitor, str(restaurant_id), paused=form.get("paused") == "true")
    return done(request, visitor, "kitchen.changed", f"/console/kitchen/{restaurant_id}")


@router.post("/{restaurant_id}/dishes/{dish_id}")
async def offer_dish(
    request: Request, restaurant_id: UUID, dish_id: UUID, visitor: CurrentKitchen, form: FormDep
) -> Response:
    """Mark a dish as sold out or as available."""
    available = form.get("available") == "true"
    await kitchen.offer(visitor, str(restaurant_id), str(dish_id), available=available)
    return done(request, visitor, "kitchen.changed", f"/console/kitchen/{restaurant_id}")


@router.post("/{restaurant_id}/orders/{order_id}/{command}")
async def command(
    request: Request,
    restaurant_id: UUID,
    order_id: UUID,
    command: Annotated[str, Path(pattern="^(accept|reject|ready)$")],
    *,
    visitor: CurrentKitchen,
    form: FormDep,
) -> Response:
    """Accept or reject an order, or report that it is ready."""
    await kitchen.command(visitor, str(order_id), command, form)
    return done(request, visitor, f"kitchen.{command}_done", f"/console/kitchen/{restaurant_id}")
