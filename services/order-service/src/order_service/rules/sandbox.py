"""The simulated kitchen of a test order, which uses the same commands as a restaurant's owner.

`decide` is independent of it. A timer triggers the simulation, which reads the order and sends a command, or waits.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from foodchassis.kernel import Decision, Timer
from foodevents import OrderTestCreate, RestaurantUpdated
from order_service.models import KitchenStatus, OrderFacts, OrderStatus, Party
from order_service.rules.commands import Accept

# Not a deadline of the order: it triggers the simulation.
KITCHEN = "sandbox.kitchen"
THINKS = timedelta(seconds=30)
LOOK = timedelta(seconds=1)
S, K = OrderStatus, KitchenStatus


@dataclass(frozen=True)
class Move:
    """The trigger that the simulation sends, if any, and when it runs again, if at all."""

    trigger: str | None = None
    command: Accept | None = None
    again: timedelta | None = None


def staffed(restaurant: RestaurantUpdated, test: OrderTestCreate | None) -> RestaurantUpdated:
    """Return the restaurant of an order: one with a simulated kitchen does not accept automatically."""
    return restaurant.model_copy(update={"auto_accept": False}) if test and test.kitchen else restaurant


def begun(decision: Decision[OrderFacts]) -> Decision[OrderFacts]:
    """Return the decision to place an order with the timer of its simulated kitchen, if it has one."""
    order = decision.row
    if order.test is None or order.test["kitchen"] != "auto":
        return decision
    wakes = {Timer(KITCHEN, order.id): THINKS / order.test["pace"]}
    return replace(decision, started={**decision.started, **wakes})


def move(order: OrderFacts, now: datetime) -> Move:
    """Return the next action of the simulation for a test order."""
    assert order.test is not None, "only a test order is played"
    if order.status is S.PLACED and order.kitchen is K.WAITING:
        minutes = order.prep_minutes / order.test["pace"]
        return Move("accept", Accept(minutes, Party.SYSTEM), timedelta(minutes=minutes))
    if order.status in {S.PENDING, S.PLACED}:
        return Move(again=LOOK)
    if order.status in {S.PAID, S.ASSIGNED} and order.kitchen is K.ACCEPTED and order.ready_at is not None:
        return Move("ready") if now >= order.ready_at else Move(again=max(order.ready_at - now, LOOK))
    return Move()
