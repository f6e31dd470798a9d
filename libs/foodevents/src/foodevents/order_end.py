"""What order-service publishes when an order comes to its end, good or bad.

`responsible` is customer, restaurant, courier or platform: the customer pays only when responsible. It is missing from
events of before it was known.
"""

from uuid import UUID

from foodchassis import Event


class OrderPaymentFailed(Event, type="order.payment_failed.v1", subject="order_id"):
    """The payment was declined; the order ends."""

    order_id: UUID
    customer_id: UUID
    reason: str
    responsible: str | None = None


class OrderRejected(Event, type="order.rejected.v1", subject="order_id"):
    """The restaurant can't cook it; the hold is to be voided."""

    order_id: UUID
    customer_id: UUID
    restaurant_id: UUID
    reason: str
    responsible: str | None = None


class OrderDelivered(Event, type="order.delivered.v1", subject="order_id"):
    """The food reached the door."""

    order_id: UUID
    customer_id: UUID
    restaurant_id: UUID
    driver_id: UUID | None = None


class OrderUndeliverable(Event, type="order.undeliverable.v1", subject="order_id"):
    """The food was picked up and could not be handed over; the order ends."""

    order_id: UUID
    customer_id: UUID
    restaurant_id: UUID
    reason: str
    responsible: str = "customer"


class OrderCancelRequested(Event, type="order.cancel_requested.v1", subject="order_id"):
    """The order is being cancelled: its money goes back but for `keep`, and its delivery ends.

    `by` is customer, restaurant, admin or system; `paid` tells whether a delivery was asked for.
    """

    order_id: UUID
    customer_id: UUID
    restaurant_id: UUID
    reason: str
    by: str
    keep: int
    currency: str
    paid: bool
    responsible: str | None = None


class OrderCancelled(Event, type="order.cancelled.v1", subject="order_id"):
    """Payment and delivery have both confirmed the end; `keep` was not given back."""

    order_id: UUID
    customer_id: UUID
    restaurant_id: UUID
    reason: str
    keep: int
    currency: str
    responsible: str | None = None
