"""A restaurant's board: new, accepted and ready orders, and sold-out dishes."""

import asyncio
from typing import Any

from console_service.adapters.visitor import Visitor
from console_service.rules.changes import View
from console_service.rules.lateness import minutes_late
from foodchassis import now

IN_THE_KITCHEN = ["placed", "paid", "assigned"]
COLUMNS = {"waiting": "new", "accepted": "cooking", "ready": "ready"}
MOST_ORDERS = 1000
MOST_DIGITS = 4


async def board(visitor: Visitor, restaurant_id: str) -> View:
    """Return the cards of a restaurant's open orders, oldest first, and its menu."""
    (found, whole), restaurant, menu = await asyncio.gather(
        visitor.api.all("/orders", most=MOST_ORDERS, restaurant_id=restaurant_id, status=IN_THE_KITCHEN),
        visitor.api.get(f"/restaurants/{restaurant_id}"),
        visitor.api.get(f"/restaurants/{restaurant_id}/menu"),
    )
    moment = now()
    view: dict[str, Any] = {
        "kitchen-head": visitor.render("kitchen/head.html", restaurant=restaurant, cut=0 if whole else len(found)),
        **{name: {} for name in COLUMNS.values()},
        "dishes": {
            f"dish-{one['id']}": visitor.render("kitchen/dish.html", dish=one, currency=menu["currency"])
            for one in menu["items"]
        },
    }
    for order in reversed(found):
        if column := COLUMNS.get(order["kitchen"]):
            card = visitor.render("kitchen/card.html", order=order, late=minutes_late(order, moment), column=column)
            view[column][f"card-{order['id']}"] = card
    for name in COLUMNS.values():
        view[f"{name}-count"] = visitor.render("kitchen/count.html", name=name, count=len(view[name]))
    return view


async def command(visitor: Visitor, order_id: str, name: str, form: dict[str, str]) -> None:
    """Accept an order with its preparation time in minutes, reject it with a reason, or report that it is ready."""
    minutes = form.get("prep_minutes", "")
    readable = minutes.isdecimal() and len(minutes) <= MOST_DIGITS
    bodies: dict[str, dict[str, Any] | None] = {
        "accept": {"prep_minutes": int(minutes) if readable else minutes},
        "reject": {"reason": form.get("reason", "")},
        "ready": None,
    }
    await visitor.api.post(f"/orders/{order_id}/{name}", bodies[name])


async def pause(visitor: Visitor, restaurant_id: str, *, paused: bool) -> None:
    """Take no orders for now, or take them again."""
    await visitor.api.patch(f"/restaurants/{restaurant_id}", {"paused": paused})


async def offer(visitor: Visitor, restaurant_id: str, dish_id: str, *, available: bool) -> None:
    """Mark a dish as sold out, or as one that can be ordered again."""
    await visitor.api.patch(f"/restaurants/{restaurant_id}/items/{dish_id}", {"available": available})
