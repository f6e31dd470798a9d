"""The simulated courier of a test order."""

from datetime import UTC, datetime, timedelta
from typing import Any

from delivery_service.models import DeliveryFacts, DeliveryStatus
from delivery_service.rules.dispatch import Position, distance_m
from delivery_service.rules.sandbox import AWAY_M, Move, move, start
from foodchassis import new_id

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
KITCHEN, ADDRESS = Position(52.52, 13.405), Position(52.53, 13.405)


def delivery(status: str, **changes: Any) -> DeliveryFacts:
    facts: dict[str, Any] = {
        "id": new_id(), "order_id": new_id(), "customer_id": new_id(), "restaurant_id": new_id(),
        "status": DeliveryStatus(status), "delivery_fee": 1, "tip": 0, "currency": "EUR",
        "pickup": KITCHEN._asdict(), "dropoff": ADDRESS._asdict(), "ready_at": NOON + timedelta(minutes=1),
        "created_at": NOON, "searching_since": NOON, "assigned_at": NOON, "picked_up_at": NOON,
        "test": {"courier": "auto", "kitchen": None, "pace": 10},
    }  # fmt: skip
    return DeliveryFacts(**facts | changes)


def after(seconds: float, status: str, **changes: Any) -> Move:
    return move(delivery(status, **changes), NOON + timedelta(seconds=seconds))


def test_the_courier_starts_nearby_and_rides_to_the_kitchen() -> None:
    come = after(0, "assigned")
    half = after(6, "assigned")

    assert come.here == start(delivery("assigned"))
    assert half.here is not None
    assert abs(distance_m(half.here, KITCHEN) - AWAY_M / 2) < 1
    assert half == Move(half.here, None, again=True)


def test_the_courier_waits_for_the_food() -> None:
    assert after(30, "assigned") == Move(KITCHEN, None, again=True)
    assert after(30, "assigned", food_ready_at=NOON) == Move(KITCHEN, "pickup", again=True)
    assert after(60, "assigned") == Move(KITCHEN, "pickup", again=True)


def test_the_courier_delivers_the_food() -> None:
    half = after(distance_m(KITCHEN, ADDRESS) / 100, "picked_up")

    assert half.again
    assert half.trigger is None
    assert after(60, "picked_up") == Move(ADDRESS, "deliver")


def test_the_courier_waits_for_the_assignment_and_stops_at_the_end() -> None:
    assert after(0, "searching") == Move(again=True)
    for ended in ("delivered", "cancelled", "no_driver", "undeliverable"):
        assert after(0, ended) == Move()
