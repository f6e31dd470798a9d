"""The state machines of an order, drawn as a row of states."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

# The states of the successful path; a test compares them with those of the services.
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
    """One state in a drawing: `past`, `present` or `ahead`."""

    name: str
    when: str


def drawn(machine: str, present: str | None, past: Sequence[str] = ()) -> list[State]:
    """Return the states to draw, in order; a state outside the successful path comes after the past ones."""
    way = WAYS[machine]
    if present is None:
        return [State(name, "ahead") for name in way]
    if present in way:
        here = way.index(present)
        return [State(name, _when(place, here)) for place, name in enumerate(way)]
    passed = [name for name in way if name in past] or [way[0]]
    return [*(State(name, "past") for name in passed), State(present, "present")]


def payment_past(payment: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the past states of a payment, as far as its fields show them."""
    if payment["captured_at"] is not None:
        return ("authorizing", "authorized", "captured")
    held = payment["status"] in {"capture_failed", "voided"}
    return ("authorizing", "authorized") if held else ("authorizing",)


def delivery_past(delivery: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the past states of a delivery, as far as its fields show them."""
    assigned = ("offered", "assigned") if delivery["assigned_at"] is not None else ()
    return ("searching", *assigned, *(("picked_up",) if delivery["picked_up_at"] is not None else ()))


def mood(status: str) -> str:
    """Return the colour class of a state: good, bad, or busy for one that is not final."""
    return "good" if status in GOOD else "bad" if status in BAD else "busy"


def _when(place: int, here: int) -> str:
    return "past" if place < here else "present" if place == here else "ahead"
