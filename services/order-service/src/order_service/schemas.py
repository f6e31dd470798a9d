"""What the API takes and returns, and what streams send."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from foodchassis import Amount, Currency, Id, Latitude, Longitude, LongText, Schema, Text, Timestamp
from foodevents import Place
from order_service.models import KitchenStatus, OrderStatus, Party, Responsible

PaymentMethod = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9_-]{1,100}$")]


class Address(Schema):
    """A point with an address a person can find."""

    line1: Text
    city: Text
    postal_code: Annotated[Text, Field(max_length=20)]
    lat: Latitude
    lng: Longitude


class BasketItem(Schema):
    """One dish, how often, and the options chosen for it."""

    menu_item_id: Id
    quantity: int = Field(ge=1, le=50)
    option_ids: list[Id] = Field(default=[], max_length=100)


class Basket(Schema):
    """What a customer wants, from where and to where; the tip in minor units."""

    restaurant_id: Id
    items: list[BasketItem] = Field(min_length=1, max_length=100)
    delivery_address: Address
    tip: Amount = 0


class OrderCreate(Basket):
    """A basket to be ordered; with `expected_total` it is refused when it would cost another total."""

    payment_method: PaymentMethod
    expected_total: Amount | None = None


class OrderAccept(Schema):
    """How long the kitchen needs."""

    prep_minutes: int = Field(ge=1, le=240)


class OrderReject(Schema):
    """Why the restaurant can't cook it."""

    reason: Annotated[LongText, Field(min_length=1, max_length=500)]


class OrderCancel(Schema):
    """Why the order is to end."""

    reason: Annotated[LongText, Field(min_length=1, max_length=500)]


class ChosenOption(Schema):
    """An option of a line and what it adds to the unit price."""

    id: Id
    name: str
    price: int


class Line(Schema):
    """One priced dish."""

    menu_item_id: UUID
    name: str
    quantity: int
    options: list[ChosenOption]
    unit_price: int
    total: int


class PricedBasket(Schema):
    """A basket with its price in minor units; prices are net, and `tax` is on everything but the tip."""

    lines: list[Line]
    subtotal: int
    delivery_fee: int
    service_fee: int
    tax: int
    tip: int
    total: int
    currency: Currency


class OrderPublic(PricedBasket):
    """An order as its customer, restaurant and driver see it."""

    id: UUID
    version: int
    status: OrderStatus
    kitchen: KitchenStatus
    customer_id: UUID
    restaurant_id: UUID
    restaurant_name: str
    pickup: Place
    delivery_address: Address
    created_at: Timestamp
    accepted_at: Timestamp | None = None
    ready_at: Timestamp | None = None
    delivery_id: UUID | None = None
    driver_id: UUID | None = None
    reason: str | None = None
    responsible: Responsible | None = Field(default=None, description="for an end that is not a delivery")
    cancelled_by: Party | None = None
    keep: int | None = Field(default=None, description="what a cancelled order does not give back")
    needs_attention: bool = Field(default=False, description="it is late; an operator looks after it")


class TimelineEntry(Schema):
    """One step of an order: when, why and by whom; `ms` counts from the order's creation.

    `event` is what was published of it; what was only noted has none.
    """

    sequence: int
    event: str | None
    at: Timestamp
    ms: int
    status: OrderStatus
    kitchen: KitchenStatus
    trigger: str
    actor: str
    correlation_id: str
    causation_id: str
    trace_id: str | None
    driver_id: UUID | None = None


class Timeline(Schema):
    """Everything that happened to an order, in order."""

    order_id: UUID
    entries: list[TimelineEntry]


class OrderStep(Schema):
    """What a stream sends of each step; `id` of its server-sent event is the version."""

    order_id: UUID
    version: int
    status: OrderStatus
    kitchen: KitchenStatus
    event: str | None
    actor: str
    driver_id: UUID | None
    at: Timestamp


class Position(BaseModel):
    """Where the driver is, as delivery-service publishes it."""

    model_config = ConfigDict(allow_inf_nan=False)
    lat: Latitude
    lng: Longitude
    at: AwareDatetime
