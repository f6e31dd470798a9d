"""What people send: baskets, orders, and what is done to an order."""

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
    """An option of a dish, and how often."""

    id: Id
    """The option."""
    quantity: int = Field(default=1, ge=1, le=20, examples=[2])
    """How often for each one of the dish, as its `max_quantity` allows."""


class BasketItem(Schema):
    """One dish, how often, and the options chosen for it."""

    menu_item_id: Id
    """The dish."""
    quantity: int = Field(ge=1, le=50, examples=[2])
    """How many of it."""
    option_ids: list[Id] = Field(default=[], max_length=100)
    """The options chosen, of the dish's option groups, once each."""
    options: list[OptionChoice] = Field(default_factory=list, max_length=100)
    """The same for options that are chosen more than once; an option is named in one of the two."""
    note: Note | None = Field(default=None, examples=["No onions, please."])
    """What the kitchen should know about this dish."""

    @property
    def quantities(self) -> list[tuple[UUID, int]]:
        """Each option chosen, and how often."""
        return [*((known, 1) for known in self.option_ids), *((one.id, one.quantity) for one in self.options)]


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
    test: OrderTestCreate | None = None
    """For a test order: who plays it. Refused with 403 where orders are real."""


class OrderAccept(Schema):
    """How long the kitchen needs."""

    prep_minutes: int = Field(ge=1, le=240, examples=[20])
    """Minutes until the food is ready."""


class OrderReject(Schema):
    """Why the restaurant can't cook it."""

    reason: Annotated[str, lines(500)] = Field(examples=["We have run out of buns."])
    """The reason, which the customer reads."""


class OrderCancel(Schema):
    """Why the order is to end."""

    reason: Annotated[str, lines(500)] = Field(examples=["I ordered twice by mistake."])
    """The reason, which the other side reads."""
