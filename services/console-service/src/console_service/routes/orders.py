"""Pages of the list of orders."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import RedirectResponse

from console_service.routes.answering import HEADERS, page
from console_service.routes.visitor import CurrentVisitor
from console_service.service import live, orders
from console_service.service.listing import MOST_ROWS, ROWS
from console_service.service.orders import Filter
from foodchassis.web import EventStream, ResourcesDep

router = APIRouter(prefix="/console/orders", include_in_schema=False)


async def _chosen(
    show: Annotated[str, Query(pattern="^[a-z_]{1,20}$")] = orders.OPEN,
    restaurant_id: Annotated[str, Query(max_length=36)] = "",
    customer_id: UUID | None = None,
    rows: Annotated[int, Query(ge=1, le=MOST_ROWS)] = ROWS,
    cursor: Annotated[str, Query(max_length=100)] = "",
) -> Filter:
    known = show if show in orders.KINDS else orders.OPEN
    return Filter(known, restaurant_id or None, str(customer_id) if customer_id else None, rows, cursor or None)


Chosen = Annotated[Filter, Depends(_chosen)]


@router.get("")
async def list_orders(visitor: CurrentVisitor, wanted: Chosen, sought: Annotated[str, Query()] = "") -> Response:
    """Show the newest orders, and a search text that found nothing."""
    view, choice = await asyncio.gather(orders.listed(visitor, wanted), orders.restaurants(visitor))
    context = {"view": view, "wanted": wanted, "restaurants": choice, "kinds": orders.KINDS, "sought": sought}
    return page(visitor, "orders/page.html", **context)


@router.get("/stream")
async def stream_orders(visitor: CurrentVisitor, resources: ResourcesDep, wanted: Chosen) -> EventStream:
    """Keep the newest orders up to date."""
    streams = await orders.streams(visitor)
    return EventStream(live.follow(visitor, resources, lambda: orders.listed(visitor, wanted), streams))


@router.get("/find")
async def find_orders(visitor: CurrentVisitor, q: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Redirect to the page that a search finds."""
    return RedirectResponse(await orders.find(visitor, q), 303, headers=HEADERS)
