from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from order_service.models import Party, Responsible
from order_service.rules.commands import Accept, Cancel, Reject
from order_service.rules.endings import kept, why
from order_service.rules.policy import Policy

# The fixture is only read, so examples may share it.
SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
CUSTOMER = Responsible.CUSTOMER
# 3220 of the taxed 3680 are food, so 322 of the tax of 368 are for food.
FOOD = 3542


@pytest.mark.parametrize(
    ("status", "responsible", "seconds", "keep"),
    [
        ("pending", "customer", 3600, 0),
        ("placed", "customer", 3600, 0),
        ("paid", "customer", 0, 0),
        ("paid", "customer", 60, 0),
        ("paid", "customer", 61, FOOD),
        ("assigned", "customer", 60, 0),
        ("assigned", "customer", 61, FOOD),
        ("picked_up", "customer", 3600, 0),
        *((status, by, 3600, 0) for status in ("paid", "assigned") for by in ("restaurant", "courier", "platform")),
    ],
)
def test_only_a_responsible_customer_pays_for_cooked_food(
    bistro: Any, policy: Policy, status: str, responsible: str, seconds: int, keep: int
) -> None:
    order = bistro.order(status, "accepted")
    now = order.accepted_at + timedelta(seconds=seconds)

    assert kept(order, Responsible(responsible), now, policy) == keep


def test_a_policy_may_refund_everything(bistro: Any, policy: Policy) -> None:
    generous = Policy.of(type("Settings", (), {**vars(policy), "keep_food": False}))
    order = bistro.order("paid")

    assert kept(order, CUSTOMER, order.accepted_at + timedelta(hours=1), generous) == 0


def test_an_order_that_was_never_accepted_costs_nothing(bistro: Any, policy: Policy) -> None:
    order = bistro.order("paid", accepted_at=None)

    assert kept(order, CUSTOMER, order.created_at + timedelta(hours=1), policy) == 0


def test_only_the_food_is_kept_when_prices_include_tax(bistro: Any, policy: Policy) -> None:
    order = bistro.order("paid", tax=0, total=3880, prices_include_tax=True, tax_included=368, fee_tax=46)

    assert kept(order, CUSTOMER, order.created_at + timedelta(hours=1), policy) == 3220


def test_tax_on_fees_is_refunded(bistro: Any, policy: Policy) -> None:
    order = bistro.order("paid", fee_tax=60)

    assert kept(order, CUSTOMER, order.created_at + timedelta(hours=1), policy) == 3220 + 368 - 60


@pytest.mark.parametrize(
    ("trigger", "ending"),
    [
        ("payment.unanswered", ("no answer", "platform")),
        ("restaurant.silent", ("the restaurant did not answer", "restaurant")),
        ("capture.unanswered", ("the payment was not taken in time", "platform")),
        ("delivery.no_driver", ("no driver was found", "platform")),
        ("delivery.unanswered", ("no driver was found in time", "platform")),
        ("delivery.lost", ("the courier did not deliver it", "courier")),
        ("owner.erased", ("the restaurant has closed", "restaurant")),
        ("payment.declined", ("refused", "customer")),
        ("payment.capture_failed", ("refused", "platform")),
        ("delivery.undeliverable", ("lost", "customer")),
        ("payment.completed", None),
        ("delivery.unassigned", None),
    ],
)
def test_the_trigger_decides_reason_and_responsible_party(bistro: Any, trigger: str, ending: Any) -> None:
    order = bistro.order("picked_up")
    own = {"payment.unanswered", "restaurant.silent", "capture.unanswered", "delivery.unanswered", "delivery.lost"}
    event = None if trigger in own | {"owner.erased"} else bistro.event(trigger, order)

    assert why(trigger, event) == ending


@pytest.mark.parametrize(
    ("command", "responsible"),
    [
        (Reject("closing"), "restaurant"),
        (Cancel(Party.CUSTOMER, "closing"), "customer"),
        (Cancel(Party.RESTAURANT, "closing"), "restaurant"),
        (Cancel(Party.ADMIN, "closing"), "platform"),
        (Cancel(Party.SYSTEM, "closing"), "platform"),
    ],
)
def test_a_command_that_ends_an_order_has_a_reason_and_a_responsible_party(command: Any, responsible: str) -> None:
    assert why("a command", command) == ("closing", responsible)
    assert why("accept", Accept(5)) is None


@pytest.mark.parametrize("responsible", ["customer", "courier", "platform"])
def test_the_responsible_party_is_read_from_the_delivery_event(bistro: Any, responsible: str) -> None:
    event = bistro.event("delivery.undeliverable", bistro.order("picked_up"))
    known = event.model_copy(update={"responsible": responsible})

    assert why("delivery.undeliverable", known) == ("lost", responsible)
