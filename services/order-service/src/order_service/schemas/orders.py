"""An order as it is priced and shown, and which orders are asked for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field

from foodchassis import Currency, Id, Schema, Timestamp
from foodevents import OrderTest, Place
from order_service.models import KitchenStatus, OrderStatus, Party, Responsible

# Of what is stored as JSON: what another release stored and this one does not know is left out of an answer.
STORED = ConfigDict(extra="ignore")


@dataclass(frozen=True)
class OrderFilter:
    """Which orders a caller asks for, of those they may see."""

    status: list[OrderStatus] | None = None
    since: datetime | None = None
    restaurant_id: UUID | None = None
    customer_id: UUID | None = None
    needs_attention: bool | None = None
    late: bool | None = None


class ChosenOption(Schema):
    """An option of a line and what it adds to the unit price."""

    model_config = STORED

    id: Id
    """The option."""
    name: str = Field(examples=["Large"])
    """Its name when it was ordered."""
    price: int = Field(examples=[300])
    """What each adds to the unit price, in minor units."""
    quantity: int = Field(default=1, examples=[1])
    """How often it was chosen for one dish."""


def _merged(options: Iterable[Any]) -> list[ChosenOption]:
    """Return each option once: one that was chosen more than once is stored as often."""
    found: dict[UUID, ChosenOption] = {}
    for option in map(ChosenOption.model_validate, options):
        before = found.get(option.id)
        quantity = option.quantity + (before.quantity if before else 0)
        found[option.id] = option.model_copy(update={"quantity": quantity})
    return list(found.values())


class Line(Schema):
    """One priced dish."""

    menu_item_id: UUID
    """The dish."""
    name: str = Field(examples=["Smash burger"])
    """Its name when it was ordered."""
    quantity: int = Field(examples=[2])
    """How many of it."""
    options: Annotated[list[ChosenOption], BeforeValidator(_merged)]
    """The options chosen."""
    note: str | None = Field(default=None, examples=["No onions, please."])
    """What the customer wrote about it."""
    unit_price: int = Field(examples=[1450])
    """The price of one with its options, in minor units."""
    total: int = Field(examples=[2900])
    """The price of all of them, in minor units."""
    tax_rate_ppm: int | None = Field(default=None, examples=[120_000])
    """The rate by which it is taxed, in parts per million; null for an order of an earlier release."""


class Tax(Schema):
    """What one rate of tax comes to, rounded half up to one minor unit."""

    model_config = STORED

    rate_ppm: int = Field(examples=[120_000])
    """The rate, in parts per million: 88750 is 8.875 %."""
    taxed: int = Field(examples=[3295])
    """What is taxed by it: dishes, and fees where it is theirs. It contains the tax where prices include it."""
    tax: int = Field(examples=[395])
    """The tax."""


class PricedBasket(Schema):
    """A basket with its price in minor units: subtotal, fees, `tax` and tip add up to the total.

    The tax is on everything but the tip. Where prices include it, `tax` is 0 and `tax_included` says how much it is.
    """

    lines: list[Line]
    """The dishes, priced."""
    subtotal: int = Field(examples=[2900])
    """The sum of the lines."""
    delivery_fee: int = Field(examples=[250])
    """The restaurant's delivery fee."""
    service_fee: int = Field(examples=[145])
    """The platform's fee."""
    tax: int = Field(examples=[395])
    """The tax that is added; 0 where prices include it."""
    tip: int = Field(examples=[150])
    """For the driver."""
    total: int = Field(examples=[3840])
    """What the customer pays."""
    currency: Currency
    prices_include_tax: Annotated[bool, BeforeValidator(bool)] = Field(default=False, examples=[False])
    """Whether the prices of dishes and the fees include the tax."""
    tax_included: Annotated[int, BeforeValidator(lambda stored: stored or 0)] = Field(default=0, examples=[0])
    """The tax that they include; 0 where it is added."""
    fee_tax: int | None = Field(default=None, examples=[47])
    """How much of the tax is on the fees; null for an order of an earlier release."""
    taxes: Annotated[list[Tax], BeforeValidator(lambda stored: stored or [])] = Field(default=[])
    """The tax of each rate, lowest rate first; none for an order of an earlier release."""


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
    delivery_address: Place | None
    """Where it is brought; null to a courier whose ride has ended."""
    note: str | None = None
    """What the customer wants the kitchen and the courier to know; null to a courier whose ride has ended."""
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
    test: OrderTest | None = Field(default=None, description="how a test order is played; null for a real one")
    needs_attention: bool = Field(default=False, description="it is late; an operator looks after it")
    contacts: Contacts | None = Field(
        default=None, description="how its parties reach each other: when one open order is read, otherwise null"
    )
