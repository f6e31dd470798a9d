"""The page of one order and its commands."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from console_service.routes.answering import done, page
from console_service.routes.visitor import CurrentAdmin, CurrentVisitor, FormDep
from console_service.service import live, order
from console_service.settings import ConsoleSettings
from foodchassis import new_id
from foodchassis.web import EventStream, ResourcesDep

router = APIRouter(prefix="/console/orders/{order_id}", include_in_schema=False)


@router.get("")
async def show_order(order_id: UUID, visitor: CurrentVisitor, resources: ResourcesDep) -> Response:
    """Show an order."""
    view = await order.shown(visitor, str(order_id), resources.get(ConsoleSettings).jaeger_url)
    return page(visitor, "order/page.html", order_id=str(order_id), view=view, key=str(new_id()))


@router.get("/stream")
async def stream_order(order_id: UUID, visitor: CurrentVisitor, resources: ResourcesDep) -> EventStream:
    """Keep an order's page up to date."""
    latest: live.Latest = {}
    streams, jaeger_url = [f"/orders/{order_id}/stream"], resources.get(ConsoleSettings).jaeger_url

    def read() -> live.Reading:
        return order.shown(visitor, str(order_id), jaeger_url, latest)

    return EventStream(live.follow(visitor, resources, read, streams, latest=latest))


@router.post("/cancel")
async def cancel_order(request: Request, order_id: UUID, visitor: CurrentVisitor, form: FormDep) -> Response:
    """Cancel an order."""
    await order.cancel(visitor, str(order_id), form)
    return done(request, visitor, "order.cancel_done", f"/console/orders/{order_id}")


@router.post("/retry")
async def retry_order(request: Request, order_id: UUID, visitor: CurrentAdmin, _: FormDep) -> Response:
    """Request a stuck cancellation again."""
    await order.retry(visitor, str(order_id))
    return done(request, visitor, "order.retry_done", f"/console/orders/{order_id}")


@router.post("/refund")
async def refund_order(request: Request, order_id: UUID, visitor: CurrentAdmin, form: FormDep) -> Response:
    """Refund an order in whole or in part."""
    await order.refund(visitor, str(order_id), form)
    # The next refund has a new key, even for the same amount; a failed one is repeated with its key.
    return done(request, visitor, "order.refund_done", f"/console/orders/{order_id}", key=str(new_id()))
