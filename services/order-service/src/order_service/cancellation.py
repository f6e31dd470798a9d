"""What a cancelled order costs its customer, in minor units, and what it becomes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from order_service.models import OrderFacts
from order_service.states import OrderStatus, Party


@dataclass(frozen=True)
class Terms:
    """The house's policy: how long after acceptance a cancel is free, and whether the food is kept afterwards."""

    free_for: timedelta
    keep_food: bool


def food_of(order: OrderFacts) -> int:
    """Return what the food costs: the subtotal with its share of the tax, rounded half up."""
    taxed = order.subtotal + order.delivery_fee + order.service_fee
    return order.subtotal + (2 * order.tax * order.subtotal + taxed) // (2 * taxed) if taxed else 0


def kept(order: OrderFacts, by: Party, at: datetime, terms: Terms) -> int:
    """Return what is not given back when `by` cancels the order at the moment `at`.

    Only the customer ever pays, and only for food that the restaurant cooks: once captured, and not at once after the
    restaurant's word.
    """
    cooking = order.status in {OrderStatus.PAID, OrderStatus.ASSIGNED}
    at_once = order.accepted_at is None or at <= order.accepted_at + terms.free_for
    if by is not Party.CUSTOMER or not cooking or at_once or not terms.keep_food:
        return 0
    return food_of(order)


def cancellation(order: OrderFacts, by: Party, reason: str, keep: int = 0) -> dict[str, Any]:
    """Return what becomes of an order that `by` ends; without a delivery there is none to wait for."""
    closed = order.delivery_closed or not order.paid
    return {"cancelled_by": by, "reason": reason, "keep": keep, "delivery_closed": closed}
