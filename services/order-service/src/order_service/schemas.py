"""What the API takes and returns, and what streams send."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from foodchassis import Amount, Currency, Events, Id, Latitude, Longitude, LongText, Schema, Text, Timestamp
from foodevents import Place
from order_service.models import KitchenStatus, OrderStatus, Party, Responsible

PaymentMethod = Annotated[
    str,
    StringConstraints(pattern="^[A-Za-z0-9_-]{1,100}$"),
    Field(
        description="a token of the payment provider, e.g. tok_ok; the simulated one declines tok_declined",
        examples=["tok_ok"],
    ),
]

Note = Annotated[LongText, Field(min_length=1, max_length=300)]
Detail = Annotated[Text, Field(max_length=40)]


class Address(Schema):
    """A point with an address a person can find."""

    line1: Text = Field(examples=["Coupure 1"])
    """Street and house number."""
    city: Text = Field(examples=["Ghent"])
    """The town."""
    postal_code: Annotated[Text, Field(max_length=20)] = Field(examples=["9000"])
    """The postal code, as it is written there."""
    lat: Latitude
    lng: Longitude
    floor: Detail | None = Field(default=None, examples=["3rd"])
    """The floor, or the flat."""
    door_code: Detail | None = Field(default=None, examples=["4711B"])
    """What opens the front door."""


class BasketItem(Schema):
    """One dish, how often, and the options chosen for it."""

    menu_item_id: Id
    """The dish."""
    quantity: int = Field(ge=1, le=50, examples=[2])
    """How many of it."""
    option_ids: list[Id] = Field(default=[], max_length=100)
    """The options chosen, of the dish's option groups."""
    note: Note | None = Field(default=None, examples=["No onions, please."])
    """What the kitchen should know about this dish."""


class Basket(Schema):
    """What a customer wants, from where and to where; the tip in minor units."""

    restaurant_id: Id
    """Where it is cooked."""
    items: list[BasketItem] = Field(min_length=1, max_length=100)
    """The dishes."""
    delivery_address: Address
    """Where it is brought."""
    tip: Amount = Field(default=0, examples=[150])
    """For the driver, in minor units of the restaurant's currency."""


class OrderCreate(Basket):
    """A basket to be ordered; with `expected_total` it is refused when it would cost another total."""

    payment_method: PaymentMethod
    note: Note | None = Field(default=None, examples=["The bell is broken: please knock."])
    """What the kitchen and the courier should know."""
    expected_total: Amount | None = Field(default=None, examples=[3840])
    """The total of the quote; another total is refused with 409."""


@dataclass(frozen=True)
class OrderFilter:
    """Which orders a caller asks for, of those they may see."""

    status: list[OrderStatus] | None = None
    since: datetime | None = None
    restaurant_id: UUID | None = None
    customer_id: UUID | None = None


class OrderAccept(Schema):
    """How long the kitchen needs."""

    prep_minutes: int = Field(ge=1, le=240, examples=[20])
    """Minutes until the food is ready."""


class OrderReject(Schema):
    """Why the restaurant can't cook it."""

    reason: Annotated[LongText, Field(min_length=1, max_length=500)] = Field(examples=["We have run out of buns."])
    """The reason, which the customer reads."""


class OrderCancel(Schema):
    """Why the order is to end."""

    reason: Annotated[LongText, Field(min_length=1, max_length=500)] = Field(examples=["I ordered twice by mistake."])
    """The reason, which the other side reads."""


class ChosenOption(Schema):
    """An option of a line and what it adds to the unit price."""

    id: Id
    """The option."""
    name: str = Field(examples=["Large"])
    """Its name when it was ordered."""
    price: int = Field(examples=[300])
    """What it adds to the unit price, in minor units."""


class Line(Schema):
    """One priced dish."""

    menu_item_id: UUID
    """The dish."""
    name: str = Field(examples=["Smash burger"])
    """Its name when it was ordered."""
    quantity: int = Field(examples=[2])
    """How many of it."""
    options: list[ChosenOption]
    """The options chosen."""
    note: str | None = Field(default=None, examples=["No onions, please."])
    """What the customer wrote about it."""
    unit_price: int = Field(examples=[1450])
    """The price of one with its options, in minor units."""
    total: int = Field(examples=[2900])
    """The price of all of them, in minor units."""


class PricedBasket(Schema):
    """A basket with its price in minor units; prices are net, and `tax` is on everything but the tip."""

    lines: list[Line]
    """The dishes, priced."""
    subtotal: int = Field(examples=[2900])
    """The sum of the lines."""
    delivery_fee: int = Field(examples=[250])
    """The restaurant's delivery fee."""
    service_fee: int = Field(examples=[145])
    """The platform's fee."""
    tax: int = Field(examples=[395])
    """The tax on everything but the tip."""
    tip: int = Field(examples=[150])
    """For the driver."""
    total: int = Field(examples=[3840])
    """What the customer pays."""
    currency: Currency


class Contact(Schema):
    """How to reach a party of an order."""

    name: str = Field(examples=["Amina"])
    """The first name of a person, or the name of a restaurant."""
    phone: str | None = Field(examples=["+3292667700"])
    """An international number, if there is one."""


class Contacts(Schema):
    """How the parties of an open order reach each other, as far as it is known."""

    customer: Contact | None = None
    """Who ordered."""
    kitchen: Contact | None = None
    """Who cooks."""
    courier: Contact | None = None
    """Who brings it, while assigned."""


class OrderPublic(PricedBasket):
    """An order as its customer, restaurant and driver see it."""

    id: UUID
    """The order."""
    version: int = Field(examples=[1])
    """It grows with each step; name it in If-Match."""
    status: OrderStatus
    """Where the order is between basket and door."""
    kitchen: KitchenStatus
    """What the kitchen has done."""
    customer_id: UUID
    """Who ordered."""
    restaurant_id: UUID
    """Who cooks."""
    restaurant_name: str = Field(examples=["Night Owl Diner"])
    """The restaurant's name when it was ordered."""
    pickup: Place
    """Where the driver collects it."""
    delivery_address: Address | None
    """Where it is brought; null to a courier whose ride has ended."""
    note: str | None = None
    """What the customer wants the kitchen and the courier to know."""
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
    contacts: Contacts | None = Field(
        default=None, description="how its parties reach each other: when one open order is read, otherwise null"
    )


class TimelineEntry(Schema):
    """One step of an order: when, why and by whom; `ms` counts from the order's creation.

    `event` is what was published of it; what was only noted has none.
    """

    sequence: int = Field(examples=[1])
    """The version after this step."""
    event: str | None = Field(examples=["order.created"])
    """The event that was published, if any."""
    at: Timestamp
    """When it happened."""
    ms: int = Field(examples=[0])
    """Milliseconds since the order was placed."""
    status: OrderStatus
    """The status after this step."""
    kitchen: KitchenStatus
    """What the kitchen had done after this step."""
    trigger: str = Field(examples=["customer.order"])
    """What caused this step."""
    actor: str = Field(examples=["customer"])
    """Who caused it."""
    correlation_id: str = Field(examples=["019e08da-8840-7000-8000-00000000c0de"])
    """The request that all this began with."""
    causation_id: str = Field(examples=["019e08da-8840-7000-8000-00000000c0de"])
    """The request or event that caused this step."""
    trace_id: str | None = Field(examples=["4bf92f3577b34da6a3ce929d0e0e4736"])
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
    """What a stream sends of each step."""

    order_id: UUID
    """The order."""
    version: int = Field(examples=[1])
    """The version after this step."""
    status: OrderStatus
    """The status after this step."""
    kitchen: KitchenStatus
    """What the kitchen had done after this step."""
    event: str | None = Field(examples=["order.created"])
    """The event that was published, if any."""
    actor: str = Field(examples=["customer"])
    """Who caused it."""
    driver_id: UUID | None
    """The driver after this step."""
    at: Timestamp
    """When it happened."""


class Position(BaseModel):
    """Where the driver is, as delivery-service publishes it."""

    model_config = ConfigDict(allow_inf_nan=False, use_attribute_docstrings=True)
    lat: Latitude
    lng: Longitude
    at: AwareDatetime
    """When the driver was there."""


class OrderEvent(Schema):
    """A step of an order as a server-sent event: connect again with its `id` as Last-Event-ID to get what followed."""

    id: str = Field(examples=["1"])
    """The version after the step."""
    event: Literal["order"]
    """The kind of event."""
    data: OrderStep
    """The step, as JSON."""


class PositionEvent(Schema):
    """The driver's position as a server-sent event; it has no `id`: only the newest one counts."""

    event: Literal["position"]
    """The kind of event."""
    data: Position
    """The position, as JSON."""


class RestaurantEvents(Events[OrderEvent]):
    """The steps of all orders at a restaurant."""


class OrderEvents(Events[OrderEvent | PositionEvent]):
    """The events of one order, until it ends."""
