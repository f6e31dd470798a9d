"""The circumstances of a history, and its source of randomness."""

import random
from datetime import UTC, datetime
from types import SimpleNamespace as Plan
from typing import Any
from uuid import UUID

from foodevents import Address, Place, RestaurantUpdated
from order_service.models import Party
from order_service.rules.commands import PlaceOrder
from order_service.schemas import PricedBasket

ORDER, CUSTOMER, RESTAURANT, OWNER, DELIVERY, REFUND, SETTLEMENT = (UUID(int=number) for number in range(2, 9))
DRIVERS = (UUID(int=11), UUID(int=12))
BEGINNING = datetime(2026, 1, 1, 12, tzinfo=UTC)
COUNTER = Place(line1="Main Street 1", city="Berlin", postal_code="10115", lat=52.5, lng=13.4)
DOOR = Address(line1="Main Street 99", city="Berlin", postal_code="10117", lat=52.52, lng=13.4)
# Amounts in minor units.
PRICES: dict[str, Any] = {
    "subtotal": 2_000,
    "delivery_fee": 300,
    "service_fee": 100,
    "tax": 240,
    "tip": 200,
    "total": 2_840,
}
PRICED = PricedBasket(lines=[], currency="EUR", **PRICES)
# The values of each circumstance; the first is the simplest.
CIRCUMSTANCES: dict[str, tuple[Any, ...]] = {
    "method": (*(("tok_ok",) * 6), "tok_capture_fails", "tok_refund_fails", "tok_declined"),
    "auto_accept": (False, True, False),
    "prep_minutes": (15, 15, 60),
    "drivers": (2, 2, 2, 2, 1, 0),
    "hands_free": (False, True, False),
    "canceller": (Party.CUSTOMER, Party.CUSTOMER, Party.RESTAURANT, Party.ADMIN),
    # The state from which on the order is cancelled; late cancellations have most to undo.
    "cancels_from": (0, 1, 2, 2, 3, 3),
    "faulty_steps": tuple(range(100)),
    # Events that are redelivered late, and services that receive everything late.
    "late_repeats": (False, True),
    "slow": (None, None, None, "order", "payment", "delivery", "provider"),
}
# User actions that happen, or do not happen, in one of this many histories.
TRICKS = {
    **dict.fromkeys(("cancel", "decline", "unassign", "fail", "absent", "refund", "settle", "close"), 3),
    **dict.fromkeys(("reject", "leave", "mute", "dawdle", "silence", "vanish", "retry"), 6),
}
# Circumstances that are too rare by chance: drivers who leave or fail, and late cancellations.
THEMES: tuple[dict[str, Any], ...] = (
    *({}, {}),
    {"method": "tok_ok", "drivers": 2, "tricks": ("unassign",), "slow": "order"},
    {"method": "tok_ok", "drivers": 2, "tricks": ("fail", "absent", "refund")},
    {"method": "tok_ok", "drivers": 2, "tricks": ("cancel",), "cancels_from": 2},
    {"method": "tok_ok", "drivers": 2, "tricks": ("cancel",), "cancels_from": 2, "slow": "delivery"},
    {"method": "tok_refund_fails", "drivers": 2, "tricks": ("vanish",)},
)


class Choices:
    """The reproducible choices of one seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a replay must be predictable

    def below(self, count: int) -> int:
        """Choose one of `count` numbers from zero, which is always the simplest choice."""
        # Three times as fast as randrange, with a negligible bias.
        return int(self._random.random() * count)


def draw(choices: Choices) -> Plan:
    """Choose the circumstances of a history."""
    chosen = {name: values[choices.below(len(values))] for name, values in CIRCUMSTANCES.items()}
    tricks = tuple(trick for trick, odds in TRICKS.items() if choices.below(odds) == 1)
    return Plan(**{**chosen, "tricks": tricks, **THEMES[choices.below(len(THEMES))]})


def order(plan: Plan) -> PlaceOrder:
    """Return the order of a history."""
    kitchen: dict[str, Any] = {"restaurant_id": RESTAURANT, "owner_id": OWNER, "name": "Trattoria", "place": COUNTER}
    kitchen |= {"auto_accept": plan.auto_accept, "prep_minutes": plan.prep_minutes}
    return PlaceOrder(ORDER, CUSTOMER, RestaurantUpdated.model_construct(**kitchen), PRICED, DOOR, plan.method)
