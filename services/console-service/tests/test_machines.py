from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any, get_args

import pytest

from console_service.adapters.pages import LANGUAGES, Pages, catalogue
from console_service.rules.lateness import minutes_late
from console_service.rules.machines import BAD, GOOD, OPEN_ORDERS, WAYS, State, delivery_past, drawn, payment_past

STATES = {
    "order": ("order_service.models", "OrderStatus"),
    "kitchen": ("order_service.models", "KitchenStatus"),
    "payment": ("payment_service.models", "PaymentStatus"),
    "delivery": ("delivery_service.models", "DeliveryStatus"),
    "offer": ("delivery_service.models", "OfferStatus"),
    "refund": ("payment_service.models", "RefundStatus"),
    "party": ("order_service.models", "Party"),
    "responsible": ("order_service.models", "Responsible"),
    "why": ("delivery_service.schemas", "Reason"),
    "driver": ("delivery_service.schemas", "DriverState"),
    "vehicle": ("delivery_service.models", "Vehicle"),
    "standing": ("foodevents", "Standing"),
    "role": ("user_service.models", "UserRole"),
}
AT = "2026-11-27T11:14:00Z"


def states(name: str) -> list[str]:
    module, kind = STATES[name]
    known: Any = getattr(import_module(module), kind)
    return [str(one) for one in get_args(known) or known]


@pytest.mark.parametrize("machine", WAYS)
def test_every_state_of_a_machine_is_known_and_has_a_text(machine: str) -> None:
    known = states(machine)

    assert set(WAYS[machine]) <= set(known)
    assert [one for one in known if f"status.{one}" not in catalogue()] == []


def test_colours_belong_to_existing_states() -> None:
    known = {state for machine in WAYS for state in states(machine)}

    assert known >= GOOD | BAD
    assert set(OPEN_ORDERS) <= set(states("order"))


@pytest.mark.parametrize(
    ("section", "name"),
    [
        *(("offer", "offer"), ("refund", "refund"), ("why", "why")),
        *(("party", "party"), ("party", "responsible"), ("dispatch", "driver")),
        *(("vehicle", "vehicle"), ("standing", "standing"), ("party", "role")),
    ],
)
def test_every_other_value_of_a_page_has_a_text(section: str, name: str) -> None:
    assert [one for one in states(name) if f"{section}.{one}" not in catalogue()] == []


def test_an_unknown_value_is_shown_unchanged() -> None:
    assert Pages().text("why.out_of_town", "de") == "out of town"


def test_every_text_is_there_in_every_language() -> None:
    assert {key: text for key, text in catalogue().items() if set(text) != set(LANGUAGES)} == {}
    assert [key for key, text in catalogue().items() if not all(text.values())] == []


def test_a_machine_in_progress_has_past_present_and_future_states() -> None:
    assert drawn("kitchen", "accepted") == [
        State("waiting", "past"),
        State("accepted", "present"),
        State("ready", "ahead"),
        State("handed_over", "ahead"),
    ]


def test_a_machine_that_failed_shows_its_past_states() -> None:
    past = ["pending", "placed", "paid", "cancelling"]

    assert drawn("order", "cancelled", past) == [
        State("pending", "past"),
        State("placed", "past"),
        State("paid", "past"),
        State("cancelled", "present"),
    ]


def test_a_machine_that_has_not_begun_has_only_future_states() -> None:
    assert {one.when for one in drawn("delivery", None)} == {"ahead"}


@pytest.mark.parametrize(
    ("status", "captured_at", "past"),
    [
        ("declined", None, ["authorizing"]),
        ("voided", None, ["authorizing", "authorized"]),
        ("capture_failed", None, ["authorizing", "authorized"]),
        ("refunded", AT, ["authorizing", "authorized", "captured"]),
    ],
)
def test_a_payment_shows_only_past_states_that_occurred(status: str, captured_at: str | None, past: list[str]) -> None:
    shown = drawn("payment", status, payment_past({"status": status, "captured_at": captured_at}))

    assert [one.name for one in shown] == [*past, status]


@pytest.mark.parametrize(
    ("status", "assigned_at", "picked_up_at", "past"),
    [
        ("no_driver", None, None, ["searching"]),
        ("cancelled", AT, None, ["searching", "offered", "assigned"]),
        ("undeliverable", AT, AT, ["searching", "offered", "assigned", "picked_up"]),
    ],
)
def test_a_delivery_shows_only_past_states_that_occurred(
    status: str, assigned_at: str | None, picked_up_at: str | None, past: list[str]
) -> None:
    facts = {"assigned_at": assigned_at, "picked_up_at": picked_up_at}

    assert [one.name for one in drawn("delivery", status, delivery_past(facts))] == [*past, status]


@pytest.mark.parametrize(("status", "ready_at", "late"), [("paid", AT, 7), ("picked_up", AT, 0), ("placed", None, 0)])
def test_an_order_is_late_until_its_food_leaves_the_restaurant(status: str, ready_at: str | None, late: int) -> None:
    moment = datetime(2026, 11, 27, 11, 14, tzinfo=UTC) + timedelta(minutes=7, seconds=59)

    assert minutes_late({"status": status, "ready_at": ready_at}, moment) == late
