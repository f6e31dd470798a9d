"""Bodies of requests: baskets, orders and commands."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from foodchassis import Amount, Id, Schema
from foodchassis.kernel import lines
from foodevents import Address, OrderTestCreate

PaymentMethod = Annotated[
    str,
    StringConstraints(pattern="^[A-Za-z0-9_-]{1,100}$"),
    Field(
        description="a token of the payment provider, e.g. tok_ok; the simulated one declines tok_declined",
        examples=["tok_ok"],
    ),
]

Note = Annotated[str, lines(300)]


class OptionChoice(Schema):
    """An option of a dish, with its quantity."""

    id: Id
    """The option."""
    quantity: int = Field(default=1, ge=1, le=20, examples=[2])
    """The quantity per dish, limited by its `max_quantity`."""


class BasketItem(Schema):
    """One dish, with its quantity and chosen options."""

    menu_item_id: Id
    """The dish."""
    quantity: int = Field(ge=1, le=50, examples=[2])
    """The quantity."""
    option_ids: list[Id] = Field(default=[], max_length=100)
    """The chosen options of the dish's option groups, once each."""
    options: list[OptionChoice] = Field(default_factory=list, max_length=100)
    """Options with a quantity; each option is in only one of the two fields."""
    note: Note | None = Field(default=None, examples=["No onions, please."])
    """A note for the kitchen about this dish."""

    @property
    def quantities(self) -> list[tuple[UUID, int]]:
        """The chosen options with their quantities."""
        return [*((known, 1) for known in self.option_ids), *((one.id, one.quantity) for one in self.options)]


class Basket(Schema):
    """The dishes that a customer wants, the restaurant and the address; the tip is in minor units."""

    restaurant_id: Id
    """The restaurant."""
    items: list[BasketItem] = Field(min_length=1, max_length=100)
    """The dishes."""
    delivery_address: Address
    """The delivery address."""
    tip: Amount = Field(default=0, examples=[150])
    """The tip for the driver, in minor units of the restaurant's currency."""


class OrderCreate(Basket):
    """A basket to order; with `expected_total` it is refused when its total differs."""

    payment_method: PaymentMethod
    note: Note | None = Field(default=None, examples=["The bell is broken: please knock."])
    """A note for the kitchen and the courier."""
    expected_total: Amount | None = Field(default=None, examples=[3840])
    """The total of the quote; another total is refused with 409."""
    test: OrderTestCreate | None = None
    """For a test order: its simulated parties. Refused with 403 where orders are real."""


class OrderAccept(Schema):
    """The preparation time."""

    prep_minutes: int = Field(ge=1, le=240, examples=[20])
    """Minutes until the food is ready."""


class OrderReject(Schema):
    """The reason of a rejection."""

    reason: Annotated[str, lines(500)] = Field(examples=["We have run out of buns."])
    """The reason, shown to the customer."""


class OrderCancel(Schema):
    """The reason of a cancellation."""

    reason: Annotated[str, lines(500)] = Field(examples=["I ordered twice by mistake."])
    """The reason, shown to the other parties."""
