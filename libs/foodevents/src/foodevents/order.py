"""The events of order-service about open orders."""

from datetime import datetime
from uuid import UUID

from foodchassis import Event
from foodevents.place import Place
from foodevents.sandbox import OrderTest


class OrderCreated(Event, type="order.created.v1", subject="order_id"):
    """An order was placed; its payment must be authorised. Amounts in minor units.

    `fee_tax` is the tax on the fees, which they contain if the prices include the tax.
    """

    order_id: UUID
    customer_id: UUID
    restaurant_id: UUID
    currency: str
    subtotal: int
    delivery_fee: int
    service_fee: int
    tax: int
    tip: int
    total: int
    payment_method: str
    prices_include_tax: bool = False
    fee_tax: int | None = None


class OrderPlaced(Event, type="order.placed.v1", subject="order_id"):
    """The payment is authorised; the restaurant must accept or reject the order."""

    order_id: UUID
    customer_id: UUID
    restaurant_id: UUID


class OrderAccepted(Event, type="order.accepted.v1", subject="order_id"):
    """The restaurant accepted the order; its payment must be captured."""

    order_id: UUID
    restaurant_id: UUID
    total: int
    currency: str
    ready_at: datetime


class OrderPaid(Event, type="order.paid.v1", subject="order_id"):
    """The payment was captured; a driver must be found."""

    order_id: UUID
    customer_id: UUID
    restaurant_id: UUID
    restaurant_name: str
    pickup: Place
    dropoff: Place
    ready_at: datetime
    delivery_fee: int
    tip: int
    currency: str
    test: OrderTest | None = None


class OrderReady(Event, type="order.ready.v1", subject="order_id"):
    """The food is ready."""

    order_id: UUID
    restaurant_id: UUID


class OrderAssigned(Event, type="order.assigned.v1", subject="order_id"):
    """A driver is on the way to the restaurant."""

    order_id: UUID
    customer_id: UUID
    delivery_id: UUID
    driver_id: UUID


class OrderPickedUp(Event, type="order.picked_up.v1", subject="order_id"):
    """The driver picked up the food."""

    order_id: UUID
    customer_id: UUID
    delivery_id: UUID


class OrderReminded(Event, type="order.reminded.v1", subject="order_id"):
    """The restaurant has not responded for a while."""

    order_id: UUID
    restaurant_id: UUID


class OrderDriverLost(Event, type="order.driver_lost.v1", subject="order_id"):
    """The driver was lost before the pick-up; a new search begins."""

    order_id: UUID
    customer_id: UUID
    restaurant_id: UUID
