"""The list of orders, and what is searched for among them."""

from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from console_service.adapters.visitor import Visitor
from console_service.errors import RefusedError
from console_service.rules.changes import View
from console_service.rules.lateness import minutes_late
from console_service.rules.machines import OPEN_ORDERS
from foodchassis import now

PAGE = 50
STATUSES = (*OPEN_ORDERS, "delivered", "payment_failed", "rejected", "cancelled", "undeliverable")
# What may be chosen beside single states.
OPEN, ATTENTION, ALL = "open", "attention", "all"


@dataclass(frozen=True)
class Filter:
    """Which orders are listed."""

    show: str = OPEN
    restaurant_id: str | None = None
    customer_id: str | None = None

    @property
    def params(self) -> dict[str, Any]:
        """Return the same as parameters of the API."""
        chosen: dict[str, Any] = {"restaurant_id": self.restaurant_id, "customer_id": self.customer_id}
        if self.show == ATTENTION:
            chosen["needs_attention"] = True
        elif self.show != ALL:
            chosen["status"] = list(OPEN_ORDERS) if self.show == OPEN else [self.show]
        return chosen

    @property
    def query(self) -> str:
        """Return the same as the query of a page's address."""
        return urlencode({name: value for name, value in asdict(self).items() if value})


async def listed(visitor: Visitor, wanted: Filter) -> View:
    """Return the newest orders."""
    rows, _ = await page(visitor, wanted, None)
    return {"orders": rows, "none": visitor.render("orders/none.html", empty=not rows)}


async def page(visitor: Visitor, wanted: Filter, cursor: str | None) -> tuple[dict[str, str], str | None]:
    """Return a page of rows by the ids of their elements, and the cursor of the next."""
    found = await visitor.api.get("/orders", limit=PAGE, cursor=cursor, **wanted.params)
    moment = now()
    rows: dict[str, str] = {
        f"order-{order['id']}": visitor.render("orders/row.html", order=order, late=minutes_late(order, moment))
        for order in found["items"]
    }
    return rows, found["next_cursor"]


async def streams(visitor: Visitor) -> list[str]:
    """Return the streams that say when an order has changed: all of them to an admin, else those of one's kitchens."""
    if visitor.role == "admin":
        return ["/orders/stream"]
    return [f"/restaurants/{one['id']}/stream" for one in await restaurants(visitor)]


async def restaurants(visitor: Visitor) -> list[dict[str, Any]]:
    """Return the restaurants to choose from: all to an admin, else one's own."""
    path = "/restaurants" if visitor.role == "admin" else "/restaurants/mine"
    found: list[dict[str, Any]] = (await visitor.api.get(path, limit=100))["items"]
    return found


async def find(visitor: Visitor, text: str) -> str:
    """Return the address of the page that answers a search: an order by its id, a customer's by name or e-mail."""
    text = text.strip()
    try:
        order_id = str(UUID(text))
    except ValueError:
        order_id = None
    if order_id is not None:
        try:
            await visitor.api.get(f"/orders/{order_id}")
        except RefusedError as error:
            if error.answered != 404:  # noqa: PLR2004 - there may be a customer of that id
                raise
            return f"/console/orders?{urlencode({'show': ALL, 'customer_id': order_id})}"
        return f"/console/orders/{order_id}"
    return f"/console/people?{urlencode({'q': text})}"
