from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from order_service.models import Party, Responsible
from order_service.rules.commands import Accept, Cancel, Reject
from order_service.rules.endings import food_of, kept, why
from order_service.rules.policy import Policy

# The fixture is only read, so examples may share it.
SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
CUSTOMER = Responsible.CUSTOMER
# 3220 of 3680 taxed with 368: 322 of the tax is the food's.
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
def test_only_a_responsible_customer_pays_for_the_food_that_is_cooked(
    bistro: Any, policy: Policy, status: str, responsible: str, seconds: int, keep: int
) -> None:
    order = bistro.order(status, "accepted")
    now = order.accepted_at + timedelta(seconds=seconds)

    assert kept(order, Responsible(responsible), now, policy) == keep


def test_a_policy_may_return_everything(bistro: Any, policy: Policy) -> None:
    generous = Policy.of(type("Settings", (), {**vars(policy), "keep_food": False}))
    order = bistro.order("paid")

    assert kept(order, CUSTOMER, order.accepted_at + timedelta(hours=1), generous) == 0


def test_an_order_that_was_never_accepted_costs_nothing(bistro: Any, policy: Policy) -> None:
    order = bistro.order("paid", accepted_at=None)

    assert kept(order, CUSTOMER, order.created_at + timedelta(hours=1), policy) == 0


def test_an_order_without_food_to_pay_costs_nothing(bistro: Any) -> None:
    assert food_of(bistro.order(subtotal=0, delivery_fee=0, service_fee=0, tax=0, total=200)) == 0


@pytest.mark.parametrize(("subtotal", "fee", "tax", "food"), [(1, 1, 1, 2), (1, 2, 1, 1), (1, 0, 1, 2), (2, 1, 1, 3)])
def test_the_foods_share_of_the_tax_is_rounded_half_up(
    bistro: Any, subtotal: int, fee: int, tax: int, food: int
) -> None:
    assert food_of(bistro.order(subtotal=subtotal, delivery_fee=fee, service_fee=0, tax=tax)) == food


@SHARED
@given(amounts=st.tuples(*[st.integers(0, 10_000_000)] * 5))
def test_the_food_never_costs_more_than_the_order(bistro: Any, amounts: tuple[int, ...]) -> None:
    names = ("subtotal", "delivery_fee", "service_fee", "tax", "tip")
    order = bistro.order(**dict(zip(names, amounts, strict=True)))
    taxed = order.subtotal + order.delivery_fee + order.service_fee

    assert order.subtotal <= food_of(order) <= order.subtotal + order.tax
    if taxed:
        exact = order.tax * order.subtotal * 2
        assert abs(2 * taxed * (food_of(order) - order.subtotal) - exact) <= taxed


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
def test_the_trigger_decides_why_and_who_is_responsible(bistro: Any, trigger: str, ending: Any) -> None:
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
def test_a_command_that_ends_an_order_has_a_reason_and_a_party(command: Any, responsible: str) -> None:
    assert why("a command", command) == ("closing", responsible)
    assert why("accept", Accept(5)) is None


@pytest.mark.parametrize("responsible", ["customer", "courier", "platform"])
def test_delivery_service_knows_who_is_responsible_for_its_end(bistro: Any, responsible: str) -> None:
    event = bistro.event("delivery.undeliverable", bistro.order("picked_up"))
    known = event.model_copy(update={"responsible": responsible})

    assert why("delivery.undeliverable", known) == ("lost", responsible)
