"""What order-service publishes about an order on its way."""

from datetime import datetime
from uuid import UUID

from foodchassis import Event
from foodevents.place import Place
from foodevents.sandbox import OrderTest


class OrderCreated(Event, type="order.created.v1", subject="order_id"):
    """A customer ordered; the payment is to be authorised. Amounts in minor units.

    `fee_tax` is the tax on the fees, which they contain where the prices include the tax.
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
    """The payment is held; the restaurant is asked."""

    order_id: UUID
    customer_id: UUID
    restaurant_id: UUID


class OrderAccepted(Event, type="order.accepted.v1", subject="order_id"):
    """The restaurant cooks; the payment is to be captured."""

    order_id: UUID
    restaurant_id: UUID
    total: int
    currency: str
    ready_at: datetime


class OrderPaid(Event, type="order.paid.v1", subject="order_id"):
    """The money is captured; a driver is to be found."""

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
    """The food waits at the counter."""

    order_id: UUID
    restaurant_id: UUID


class OrderAssigned(Event, type="order.assigned.v1", subject="order_id"):
    """A driver is on the way to the restaurant."""

    order_id: UUID
    customer_id: UUID
    delivery_id: UUID
    driver_id: UUID


class OrderPickedUp(Event, type="order.picked_up.v1", subject="order_id"):
    """The driver has the food."""

    order_id: UUID
    customer_id: UUID
    delivery_id: UUID


class OrderReminded(Event, type="order.reminded.v1", subject="order_id"):
    """The restaurant has not answered for a while."""

    order_id: UUID
    restaurant_id: UUID


class OrderDriverLost(Event, type="order.driver_lost.v1", subject="order_id"):
    """The driver is gone before the pick-up; another is being searched."""

    order_id: UUID
    customer_id: UUID
    restaurant_id: UUID
