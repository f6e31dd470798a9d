"""The events of order-service about the endings of orders.

`responsible` is customer, restaurant, courier or platform: the customer pays only when responsible. Earlier events do
not have it.
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
    """The restaurant rejected the order; the hold must be voided."""

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
    """The order was picked up but could not be delivered; it ends."""

    order_id: UUID
    customer_id: UUID
    restaurant_id: UUID
    reason: str
    responsible: str = "customer"


class OrderCancelRequested(Event, type="order.cancel_requested.v1", subject="order_id"):
    """The order is being cancelled: all but `keep` is refunded, and its delivery ends.

    `by` is customer, restaurant, admin or system; `paid` is whether a delivery was requested.
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
    """Payment and delivery have both confirmed the cancellation; `keep` was not refunded."""

    order_id: UUID
    customer_id: UUID
    restaurant_id: UUID
    reason: str
    keep: int
    currency: str
    responsible: str | None = None
