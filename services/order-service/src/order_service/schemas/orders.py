"""Orders and their prices in responses, and the filter of lists."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field

from foodchassis import Currency, Id, Schema, Timestamp
from foodevents import OrderTest, Place
from order_service.models import KitchenStatus, OrderStatus, Party, Responsible

# For stored JSON: fields of other releases that are unknown here are omitted from responses.
STORED = ConfigDict(extra="ignore")


@dataclass(frozen=True)
class OrderFilter:
    """The filter of the orders that a caller may see."""

    status: list[OrderStatus] | None = None
    since: datetime | None = None
    restaurant_id: UUID | None = None
    customer_id: UUID | None = None
    needs_attention: bool | None = None
    late: bool | None = None


class ChosenOption(Schema):
    """An option of a line with its price."""

    model_config = STORED

    id: Id
    """The option."""
    name: str = Field(examples=["Large"])
    """Its name when it was ordered."""
    price: int = Field(examples=[300])
    """The price of one, which is added to the unit price, in minor units."""
    quantity: int = Field(default=1, examples=[1])
    """The quantity per dish."""


def _merged(options: Iterable[Any]) -> list[ChosenOption]:
    """Return each option once with its quantity: it is stored once per quantity."""
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
    """The quantity."""
    options: Annotated[list[ChosenOption], BeforeValidator(_merged)]
    """The chosen options."""
    note: str | None = Field(default=None, examples=["No onions, please."])
    """The customer's note."""
    unit_price: int = Field(examples=[1450])
    """The price of one with its options, in minor units."""
    total: int = Field(examples=[2900])
    """The price of the line, in minor units."""
    tax_rate_ppm: int | None = Field(default=None, examples=[120_000])
    """Its tax rate in parts per million; null for an order of an earlier release."""


class Tax(Schema):
    """The tax of one rate, rounded half up to one minor unit."""

    model_config = STORED

    rate_ppm: int = Field(examples=[120_000])
    """The rate, in parts per million: 88750 is 8.875 %."""
    taxed: int = Field(examples=[3295])
    """The amount of the dishes and fees with this rate; it contains the tax if prices include it."""
    tax: int = Field(examples=[395])
    """The tax."""


class PricedBasket(Schema):
    """A basket with its price in minor units: subtotal, fees, `tax` and tip add up to the total.

    Everything but the tip is taxed. If prices include the tax, `tax` is 0 and `tax_included` is the tax.
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
    """The tax that is added; 0 if prices include it."""
    tip: int = Field(examples=[150])
    """The tip for the driver."""
    total: int = Field(examples=[3840])
    """The total that the customer pays."""
    currency: Currency
    prices_include_tax: Annotated[bool, BeforeValidator(bool)] = Field(default=False, examples=[False])
    """Whether the prices of dishes and the fees include the tax."""
    tax_included: Annotated[int, BeforeValidator(lambda stored: stored or 0)] = Field(default=0, examples=[0])
    """The tax that they include; 0 if it is added."""
    fee_tax: int | None = Field(default=None, examples=[47])
    """The part of the tax on the fees; null for an order of an earlier release."""
    taxes: Annotated[list[Tax], BeforeValidator(lambda stored: stored or [])] = Field(default=[])
    """The tax of each rate, lowest rate first; empty for an order of an earlier release."""


class Contact(Schema):
    """The contact of a party of an order."""

    name: str = Field(examples=["Amina"])
    """The first name of a person, or the name of a restaurant."""
    phone: str | None = Field(examples=["+3292667700"])
    """An international number, if there is one."""


class Contacts(Schema):
    """The known contacts of the parties of an open order."""

    customer: Contact | None = None
    """The customer."""
    kitchen: Contact | None = None
    """The restaurant."""
    courier: Contact | None = None
    """The driver, while assigned."""


class OrderPublic(PricedBasket):
    """An order."""

    id: UUID
    """The order."""
    version: int = Field(examples=[1])
    """It increases with each step; use it in If-Match."""
    status: OrderStatus
    """The status of the order."""
    kitchen: KitchenStatus
    """The kitchen status."""
    customer_id: UUID
    """The customer."""
    restaurant_id: UUID
    """The restaurant."""
    restaurant_name: str = Field(examples=["Night Owl Diner"])
    """The restaurant's name when it was ordered."""
    pickup: Place
    """The address of the pick-up."""
    delivery_address: Place | None
    """The delivery address; null for a courier whose delivery has ended."""
    note: str | None = None
    """The customer's note for the kitchen and the courier; null for a courier whose delivery has ended."""
    created_at: Timestamp
    """When it was placed."""
    accepted_at: Timestamp | None = None
    """When the restaurant accepted it."""
    ready_at: Timestamp | None = None
    """When the food is expected to be ready, or was ready."""
    delivery_id: UUID | None = None
    """Its delivery, if it has one."""
    driver_id: UUID | None = None
    """Its driver, if it has one."""
    reason: str | None = None
    """Why it ended without a delivery."""
    responsible: Responsible | None = Field(default=None, description="for an ending without a delivery")
    cancelled_by: Party | None = None
    """The party that cancelled it."""
    keep: int | None = Field(default=None, description="the amount that a cancelled order does not refund")
    test: OrderTest | None = Field(
        default=None, description="the simulated parties of a test order; null for a real one"
    )
    needs_attention: bool = Field(default=False, description="it needs the attention of an operator")
    contacts: Contacts | None = Field(
        default=None, description="the contacts of its parties, when a single open order is read; otherwise null"
    )
