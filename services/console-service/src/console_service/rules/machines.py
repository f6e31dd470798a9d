"""The machines of an order as a row of states: those on the way to the door, and the present one beside them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

# The way that everything takes when nothing goes wrong; a test compares the states with those of the services.
WAYS = {
    "order": ("pending", "placed", "paid", "assigned", "picked_up", "delivered"),
    "kitchen": ("waiting", "accepted", "ready", "handed_over"),
    "payment": ("authorizing", "authorized", "captured"),
    "delivery": ("searching", "offered", "assigned", "picked_up", "delivered"),
}
GOOD = frozenset({"delivered", "captured", "handed_over"})
BAD = frozenset({"payment_failed", "rejected", "cancelled", "undeliverable", "declined", "no_driver", "capture_failed"})
OPEN_ORDERS = ("pending", "placed", "paid", "assigned", "picked_up", "cancelling")


class State(NamedTuple):
    """One state in the drawing of a machine: `past`, `present` or `ahead`."""

    name: str
    when: str


def drawn(machine: str, present: str | None, past: Sequence[str] = ()) -> list[State]:
    """Return the states to draw, in order; one off the way stands after those that were passed."""
    way = WAYS[machine]
    if present is None:
        return [State(name, "ahead") for name in way]
    if present in way:
        here = way.index(present)
        return [State(name, _when(place, here)) for place, name in enumerate(way)]
    passed = [name for name in way if name in past] or [way[0]]
    return [*(State(name, "past") for name in passed), State(present, "present")]


def payment_past(payment: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the states that a payment has passed, as far as the payment itself shows them."""
    if payment["captured_at"] is not None:
        return ("authorizing", "authorized", "captured")
    held = payment["status"] in {"capture_failed", "voided"}
    return ("authorizing", "authorized") if held else ("authorizing",)


def delivery_past(delivery: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the states that a delivery has passed, as far as the delivery itself shows them."""
    assigned = ("offered", "assigned") if delivery["assigned_at"] is not None else ()
    return ("searching", *assigned, *(("picked_up",) if delivery["picked_up_at"] is not None else ()))


def mood(status: str) -> str:
    """Return how a state is coloured: good, bad, or busy while something is still to come."""
    return "good" if status in GOOD else "bad" if status in BAD else "busy"


def _when(place: int, here: int) -> str:
    return "past" if place < here else "present" if place == here else "ahead"
