"""The page of one order."""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic_core import from_json

from console_service.adapters.visitor import Visitor
from console_service.errors import RefusedError
from console_service.rules.changes import Places, View
from console_service.rules.formats import minor_units
from console_service.rules.machines import OPEN_ORDERS, delivery_past, drawn, payment_past
from console_service.rules.streets import around
from console_service.service.answering import answered

Found = dict[str, Any] | None
NOTHING: Mapping[str, str] = MappingProxyType({})


async def shown(visitor: Visitor, order_id: str, jaeger_url: str, latest: Mapping[str, str] = NOTHING) -> View:
    """Return the parts of an order's page; `latest` has the last position of its driver."""
    order, timeline, payments, deliveries = await asyncio.gather(
        visitor.api.get(f"/orders/{order_id}"),
        visitor.api.get(f"/orders/{order_id}/timeline"),
        answered("payment-service", _payments(visitor, order_id)),
        answered("delivery-service", _deliveries(visitor, order_id)),
    )
    [(payment, ledger)] = payments or [(None, None)]
    [delivery] = deliveries or [None]
    past = [entry["status"] for entry in timeline["entries"]]
    kitchens = [entry["kitchen"] for entry in timeline["entries"]]
    machines = {
        "order": drawn("order", order["status"], past),
        "kitchen": drawn("kitchen", order["kitchen"], kitchens),
        "payment": drawn("payment", payment["status"], payment_past(payment)) if payment else drawn("payment", None),
        "delivery": (
            drawn("delivery", delivery["status"], delivery_past(delivery)) if delivery else drawn("delivery", None)
        ),
    }
    map_ = _map(order)
    return {
        "order-head": visitor.render("order/head.html", order=order),
        "order-machines": visitor.render("order/machines.html", machines=machines),
        "order-lines": visitor.render("order/lines.html", order=order),
        "order-payment": visitor.render("order/payment.html", payment=payment, ledger=ledger, silent=payments is None),
        "order-delivery": visitor.render(
            "order/delivery.html", order=order, delivery=delivery, map=map_, silent=deliveries is None
        ),
        "order-timeline": visitor.render("order/timeline.html", entries=timeline["entries"], jaeger_url=jaeger_url),
        "may": visitor.render("may.html", actions=_actions(visitor, order, payment)),
        "places": Places(_rider(map_, latest), within="order-delivery"),
    }


async def cancel(visitor: Visitor, order_id: str, form: dict[str, str]) -> None:
    """Cancel an order, with a reason for the customer and the restaurant."""
    await visitor.api.post(f"/orders/{order_id}/cancel", {"reason": form.get("reason", "")})


async def retry(visitor: Visitor, order_id: str) -> None:
    """Request a stuck cancellation again."""
    await visitor.api.post(f"/orders/{order_id}/retry")


async def refund(visitor: Visitor, order_id: str, form: dict[str, str]) -> None:
    """Refund a part of the order's total, or all that remains. Raises RefusedError for an invalid amount."""
    payment = await visitor.api.first("/payments", order_id=order_id)
    if payment is None:
        raise RefusedError(404, visitor.text("order.refund"), visitor.text("order.none_yet"))
    body: dict[str, Any] = {"reason": form.get("reason", "")}
    if typed := form.get("amount", "").strip():
        body["amount"] = minor_units(typed, payment["currency"])
        if body["amount"] is None:
            raise RefusedError(422, visitor.text("order.refund"), visitor.text("order.refund_unclear"))
    await visitor.api.post(f"/payments/{payment['id']}/refunds", body, key=form.get("key"))


async def _payments(visitor: Visitor, order_id: str) -> list[tuple[Found, Found]]:
    """Return the payment of an order, if there is one yet, with its ledger."""
    payment = await visitor.api.first("/payments", order_id=order_id)
    ledger = await visitor.api.get(f"/payments/{payment['id']}/ledger") if payment and visitor.role == "admin" else None
    return [(payment, ledger)]


async def _deliveries(visitor: Visitor, order_id: str) -> list[Found]:
    """Return the delivery of an order, if there is one yet."""
    # A restaurant reads no deliveries: it sees the rider by the order.
    return [await visitor.api.first("/deliveries", order_id=order_id) if visitor.role == "admin" else None]


def _actions(visitor: Visitor, order: dict[str, Any], payment: dict[str, Any] | None) -> set[str]:
    """Return the actions of the page; the API decides whether they are allowed."""
    found = set()
    if order["status"] in OPEN_ORDERS and order["status"] not in {"picked_up", "cancelling"}:
        found.add("cancel")
    if visitor.role == "admin" and order["status"] == "cancelling" and order["needs_attention"]:
        found.add("retry")
    if visitor.role == "admin" and payment and payment["status"] in {"captured", "partially_refunded"}:
        found.add("refund")
    return found


def _rider(map_: dict[str, Any] | None, latest: Mapping[str, str]) -> dict[str, str]:
    if map_ is None or "position" not in latest:
        return {}
    at = map_["frame"].point(from_json(latest["position"]))
    return {"rider": f"{at.x} {at.y}"}


def _map(order: dict[str, Any]) -> dict[str, Any] | None:
    door = order["delivery_address"]
    if not door or door.get("lat") is None:
        return None
    frame = around([order["pickup"], door])
    return {"frame": frame, "pickup": frame.point(order["pickup"]), "door": frame.point(door)}
