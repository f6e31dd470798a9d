"""The simulated courier of a test order, who uses the same triggers as a driver.

`decide` is independent of it. A timer triggers the simulation, which reads the delivery, reports, or waits.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from delivery_service.models import DeliveryFacts, DeliveryStatus
from delivery_service.rules.dispatch import Position, distance_m

# Not a timer of the delivery: it triggers the simulation.
COURIER = "sandbox.courier"
LOOK = timedelta(seconds=1)
# Like a driver near the restaurant; metres and metres per second.
AWAY_M = 600.0
SPEED = 5.0
_METRES_A_DEGREE = 111_195.0


@dataclass(frozen=True)
class Move:
    """The position of the courier, the reported step, if any, and whether the simulation runs again."""

    here: Position | None = None
    trigger: str | None = None
    again: bool = False


def start(delivery: DeliveryFacts) -> Position:
    """Return the start position of a test order's courier."""
    assert delivery.pickup is not None, "a delivery that is searched for knows its restaurant"
    return Position(delivery.pickup["lat"] - AWAY_M / _METRES_A_DEGREE, delivery.pickup["lng"])


def move(delivery: DeliveryFacts, now: datetime) -> Move:
    """Return the current position of the courier, and the step to report."""
    if delivery.status in {DeliveryStatus.SEARCHING, DeliveryStatus.OFFERED}:
        return Move(again=True)
    if delivery.pickup is None or delivery.dropoff is None or delivery.test is None:
        return Move()
    kitchen = Position(delivery.pickup["lat"], delivery.pickup["lng"])
    if delivery.status is DeliveryStatus.ASSIGNED and delivery.assigned_at is not None:
        here = _ridden(start(delivery), kitchen, now - delivery.assigned_at, delivery.test["pace"])
        cooked = delivery.food_ready_at is not None or (delivery.ready_at is not None and now >= delivery.ready_at)
        return Move(here, "pickup" if here == kitchen and cooked else None, again=True)
    if delivery.status is DeliveryStatus.PICKED_UP and delivery.picked_up_at is not None:
        door = Position(delivery.dropoff["lat"], delivery.dropoff["lng"])
        here = _ridden(kitchen, door, now - delivery.picked_up_at, delivery.test["pace"])
        return Move(here, "deliver", again=False) if here == door else Move(here, again=True)
    return Move()


def _ridden(begin: Position, end: Position, since: timedelta, pace: int) -> Position:
    """Return the position between two points after a time."""
    metres = distance_m(begin, end)
    ridden = since.total_seconds() * SPEED * pace
    if ridden >= metres:
        return end
    share = ridden / metres
    return Position(begin.lat + share * (end.lat - begin.lat), begin.lng + share * (end.lng - begin.lng))
