from importlib import import_module
from typing import Any

import pytest

from console_service.adapters.pages import LANGUAGES, catalogue
from console_service.rules.machines import BAD, GOOD, OPEN_ORDERS, WAYS, State, drawn

STATES = {
    "order": ("order_service.models", "OrderStatus"),
    "kitchen": ("order_service.models", "KitchenStatus"),
    "payment": ("payment_service.models", "PaymentStatus"),
    "delivery": ("delivery_service.models", "DeliveryStatus"),
    "offer": ("delivery_service.models", "OfferStatus"),
    "refund": ("payment_service.models", "RefundStatus"),
}


def states(name: str) -> list[str]:
    module, kind = STATES[name]
    known: Any = getattr(import_module(module), kind)
    return [str(one) for one in known]


@pytest.mark.parametrize("machine", WAYS)
def test_every_state_of_a_machine_is_known_and_has_its_words(machine: str) -> None:
    known = states(machine)

    assert set(WAYS[machine]) <= set(known)
    assert [one for one in known if f"status.{one}" not in catalogue()] == []


def test_what_is_coloured_are_states() -> None:
    known = {state for machine in WAYS for state in states(machine)}

    assert known >= GOOD | BAD
    assert set(OPEN_ORDERS) <= set(states("order"))


@pytest.mark.parametrize("name", ["offer", "refund"])
def test_every_answer_to_an_offer_or_a_refund_has_its_words(name: str) -> None:
    assert [one for one in states(name) if f"{name}.{one}" not in catalogue()] == []


def test_every_text_is_there_in_every_language() -> None:
    assert {key: text for key, text in catalogue().items() if set(text) != set(LANGUAGES)} == {}
    assert [key for key, text in catalogue().items() if not all(text.values())] == []


def test_a_machine_on_its_way_has_a_past_a_present_and_a_future() -> None:
    assert drawn("kitchen", "accepted") == [
        State("waiting", "past"),
        State("accepted", "present"),
        State("ready", "ahead"),
        State("handed_over", "ahead"),
    ]


def test_a_machine_off_its_way_shows_how_far_it_came() -> None:
    past = ["pending", "placed", "paid", "cancelling"]

    assert drawn("order", "cancelled", past) == [
        State("pending", "past"),
        State("placed", "past"),
        State("paid", "past"),
        State("cancelled", "present"),
    ]


def test_a_machine_that_has_not_begun_is_all_ahead() -> None:
    assert {one.when for one in drawn("delivery", None)} == {"ahead"}
