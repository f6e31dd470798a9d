"""What the API takes and returns, and what streams send."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from foodchassis import Amount, Currency, Id, Latitude, Longitude, LongText, Schema, Text, Timestamp
from foodevents import Place
from order_service.models import KitchenStatus, OrderStatus, Party, Responsible

PaymentMethod = Annotated[
    str,
    StringConstraints(pattern="^[A-Za-z0-9_-]{1,100}$"),
    Field(description="a token of the payment provider, e.g. tok_ok; the simulated one declines tok_declined"),
]


class Address(Schema):
    """A point with an address a person can find."""

    line1: Text
    """Street and house number."""
    city: Text
    """The town."""
    postal_code: Annotated[Text, Field(max_length=20)]
    """The postal code, as it is written there."""
    lat: Latitude
    lng: Longitude


class BasketItem(Schema):
    """One dish, how often, and the options chosen for it."""

    menu_item_id: Id
    """The dish."""
    quantity: int = Field(ge=1, le=50)
    """How many of it."""
    option_ids: list[Id] = Field(default=[], max_length=100)
    """The options chosen, of the dish's option groups."""


class Basket(Schema):
    """What a customer wants, from where and to where; the tip in minor units."""

    restaurant_id: Id
    """Where it is cooked."""
    items: list[BasketItem] = Field(min_length=1, max_length=100)
    """The dishes."""
    delivery_address: Address
    """Where it is brought."""
    tip: Amount = 0
    """For the driver, in minor units of the restaurant's currency."""


class OrderCreate(Basket):
    """A basket to be ordered; with `expected_total` it is refused when it would cost another total."""

    payment_method: PaymentMethod
    expected_total: Amount | None = None
    """The total of the quote; another total is refused with 409."""


class OrderAccept(Schema):
    """How long the kitchen needs."""

    prep_minutes: int = Field(ge=1, le=240)
    """Minutes until the food is ready."""


class OrderReject(Schema):
    """Why the restaurant can't cook it."""

    reason: Annotated[LongText, Field(min_length=1, max_length=500)]
    """The reason, which the customer reads."""


class OrderCancel(Schema):
    """Why the order is to end."""

    reason: Annotated[LongText, Field(min_length=1, max_length=500)]
    """The reason, which the other side reads."""


class ChosenOption(Schema):
    """An option of a line and what it adds to the unit price."""

    id: Id
    """The option."""
    name: str
    """Its name when it was ordered."""
    price: int
    """What it adds to the unit price, in minor units."""


class Line(Schema):
    """One priced dish."""

    menu_item_id: UUID
    """The dish."""
    name: str
    """Its name when it was ordered."""
    quantity: int
    """How many of it."""
    options: list[ChosenOption]
    """The options chosen."""
    unit_price: int
    """The price of one with its options, in minor units."""
    total: int
    """The price of all of them, in minor units."""


class PricedBasket(Schema):
    """A basket with its price in minor units; prices are net, and `tax` is on everything but the tip."""

    lines: list[Line]
    """The dishes, priced."""
    subtotal: int
    """The sum of the lines."""
    delivery_fee: int
    """The restaurant's delivery fee."""
    service_fee: int
    """The platform's fee."""
    tax: int
    """The tax on everything but the tip."""
    tip: int
    """For the driver."""
    total: int
    """What the customer pays."""
    currency: Currency


class OrderPublic(PricedBasket):
    """An order as its customer, restaurant and driver see it."""

    id: UUID
    """The order."""
    version: int
    """It grows with each step; name it in If-Match."""
    status: OrderStatus
    """Where the order is between basket and door."""
    kitchen: KitchenStatus
    """What the kitchen has done."""
    customer_id: UUID
    """Who ordered."""
    restaurant_id: UUID
    """Who cooks."""
    restaurant_name: str
    """The restaurant's name when it was ordered."""
    pickup: Place
    """Where the driver collects it."""
    delivery_address: Address
    """Where it is brought."""
    created_at: Timestamp
    """When it was placed."""
    accepted_at: Timestamp | None = None
    """When the restaurant accepted it."""
    ready_at: Timestamp | None = None
    """When the restaurant expects the food to be ready, or had it ready."""
    delivery_id: UUID | None = None
    """Its delivery, once there is one."""
    driver_id: UUID | None = None
    """Its driver, once there is one."""
    reason: str | None = None
    """Why it ended without a delivery."""
    responsible: Responsible | None = Field(default=None, description="for an end that is not a delivery")
    cancelled_by: Party | None = None
    """Who cancelled it."""
    keep: int | None = Field(default=None, description="what a cancelled order does not give back")
    needs_attention: bool = Field(default=False, description="it is late; an operator looks after it")


class TimelineEntry(Schema):
    """One step of an order: when, why and by whom; `ms` counts from the order's creation.

    `event` is what was published of it; what was only noted has none.
    """

    sequence: int
    """The version after this step."""
    event: str | None
    """The event that was published, if any."""
    at: Timestamp
    """When it happened."""
    ms: int
    """Milliseconds since the order was placed."""
    status: OrderStatus
    """The status after this step."""
    kitchen: KitchenStatus
    """What the kitchen had done after this step."""
    trigger: str
    """What caused this step."""
    actor: str
    """Who caused it."""
    correlation_id: str
    """The request that all this began with."""
    causation_id: str
    """The request or event that caused this step."""
    trace_id: str | None
    """The trace of this step."""
    driver_id: UUID | None = None
    """The driver after this step."""


class Timeline(Schema):
    """Everything that happened to an order, in order."""

    order_id: UUID
    """The order."""
    entries: list[TimelineEntry]
    """Its steps, oldest first."""


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
