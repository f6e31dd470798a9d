"""The list of orders, and the search."""

from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from console_service.adapters.visitor import Visitor
from console_service.errors import RefusedError
from console_service.rules.changes import View
from console_service.rules.lateness import minutes_late
from console_service.rules.machines import OPEN_ORDERS
from console_service.service.listing import ROWS, more
from foodchassis import now

STATUSES = (*OPEN_ORDERS, "delivered", "payment_failed", "rejected", "cancelled", "undeliverable")
# What may be chosen beside single states.
OPEN, LATE, ATTENTION, ALL = "open", "late", "attention", "all"
KINDS = (OPEN, LATE, ATTENTION, ALL, *STATUSES)
MOST_RESTAURANTS = 1000


@dataclass(frozen=True)
class Filter:
    """Which orders are listed."""

    show: str = OPEN
    restaurant_id: str | None = None
    customer_id: str | None = None
    rows: int = ROWS
    cursor: str | None = None

    @property
    def params(self) -> dict[str, Any]:
        """Return the filter as parameters of the API."""
        named = {"restaurant_id": self.restaurant_id, "customer_id": self.customer_id, "cursor": self.cursor}
        chosen: dict[str, Any] = named
        if self.show == ATTENTION:
            chosen["needs_attention"] = True
        elif self.show == LATE:
            chosen["late"] = True
        elif self.show != ALL:
            chosen["status"] = list(OPEN_ORDERS) if self.show == OPEN else [self.show]
        return chosen

    @property
    def parameters(self) -> dict[str, str]:
        """Return the filter as query parameters of the page."""
        return {name: str(value) for name, value in asdict(self).items() if value}

    @property
    def query(self) -> str:
        """Return the filter as the query string of the page."""
        return urlencode(self.parameters)


async def listed(visitor: Visitor, wanted: Filter) -> View:
    """Return the newest orders, or older ones from a cursor on, and a link to more."""
    found, following = await visitor.api.some("/orders", most=wanted.rows, **wanted.params)
    moment = now()
    rows: dict[str, str] = {
        f"order-{order['id']}": visitor.render("orders/row.html", order=order, late=minutes_late(order, moment))
        for order in found
    }
    return {
        "orders": rows,
        "none": visitor.render("orders/none.html", empty=not rows),
        "more": more(visitor, "orders", wanted.parameters, rows, following=following),
    }


async def streams(visitor: Visitor) -> list[str]:
    """Return the streams of changed orders: of all for an admin, otherwise of the user's restaurants."""
    if visitor.role == "admin":
        return ["/orders/stream"]
    return [f"/restaurants/{one['id']}/stream" for one in await restaurants(visitor)]


async def restaurants(visitor: Visitor) -> list[dict[str, Any]]:
    """Return the restaurants to choose from: all for an admin, otherwise the user's own."""
    path = "/restaurants" if visitor.role == "admin" else "/restaurants/mine"
    found, _ = await visitor.api.all(path, most=MOST_RESTAURANTS)
    return found


async def find(visitor: Visitor, text: str) -> str:
    """Return the path of the page that a search finds: an order by its id.

    An admin finds customers by id, name, e-mail address or phone number; a single match shows that customer's orders.
    """
    text = text.strip()
    order_id = _id(text)
    if order_id and await _exists(visitor, order_id):
        return f"/console/orders/{order_id}"
    if visitor.role != "admin":
        return f"/console/orders?{urlencode({'sought': text})}"
    if order_id:
        return f"/console/orders?{urlencode({'show': ALL, 'customer_id': order_id})}"
    found, _ = await visitor.api.some("/users", most=2, q=text or None)
    if len(found) == 1 and found[0]["role"] == "customer":
        return f"/console/orders?{urlencode({'show': ALL, 'customer_id': found[0]['id']})}"
    return f"/console/people?{urlencode({'q': text})}"


def _id(text: str) -> str | None:
    try:
        return str(UUID(text))
    except ValueError:
        return None


async def _exists(visitor: Visitor, order_id: str) -> bool:
    try:
        await visitor.api.get(f"/orders/{order_id}")
    except RefusedError as error:
        if error.answered != HTTPStatus.NOT_FOUND:
            raise
        return False
    return True
