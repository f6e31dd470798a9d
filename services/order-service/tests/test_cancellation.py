from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foodchassis import now
from order_service.cancellation import Terms, cancellation, food_of, kept
from order_service.states import OrderStatus, Party

ACCEPTED = now()
TERMS = Terms(free_for=timedelta(seconds=60), keep_food=True)
LATE = ACCEPTED + timedelta(seconds=61)


def an_order(status: str = "paid", **facts: Any) -> Any:
    # Food 3220 of 3680 taxed with 368: 322 of the tax is the food's.
    usual = {"subtotal": 3220, "delivery_fee": 299, "service_fee": 161, "tax": 368, "tip": 200, "total": 4248}
    flags = {"accepted_at": ACCEPTED, "paid": True, "delivery_closed": False}
    return SimpleNamespace(status=OrderStatus(status), **{**usual, **flags, **facts})


@pytest.mark.parametrize(
    ("status", "by", "seconds", "keep"),
    [
        ("pending", "customer", 3600, 0),
        ("placed", "customer", 3600, 0),
        ("paid", "customer", 60, 0),
        ("paid", "customer", 61, 3542),
        ("assigned", "customer", 59, 0),
        ("assigned", "customer", 61, 3542),
        *((status, by, 3600, 0) for status in ("paid", "assigned") for by in ("restaurant", "admin", "system")),
    ],
)
def test_the_money_table(status: str, by: str, seconds: int, keep: int) -> None:
    assert kept(an_order(status), Party(by), ACCEPTED + timedelta(seconds=seconds), TERMS) == keep


def test_a_house_may_give_everything_back() -> None:
    assert kept(an_order(), Party.CUSTOMER, LATE, Terms(timedelta(), keep_food=False)) == 0


def test_an_order_without_food_to_pay_costs_nothing() -> None:
    free = an_order(subtotal=0, delivery_fee=0, service_fee=0, tax=0, total=200)

    assert kept(free, Party.CUSTOMER, LATE, TERMS) == 0


@given(amounts=st.tuples(*[st.integers(0, 10_000_000)] * 5))
def test_the_food_never_costs_more_than_the_order(amounts: tuple[int, ...]) -> None:
    names = ("subtotal", "delivery_fee", "service_fee", "tax", "tip")
    priced: dict[str, Any] = dict(zip(names, amounts, strict=True))
    order = an_order(**priced)
    taxed = order.subtotal + order.delivery_fee + order.service_fee

    assert order.subtotal <= food_of(order) <= order.subtotal + order.tax
    if taxed:
        exact = order.tax * order.subtotal * 2
        assert abs(2 * taxed * (food_of(order) - order.subtotal) - exact) <= taxed


@pytest.mark.parametrize(("paid", "ended", "closed"), [(False, False, True), (True, False, False), (True, True, True)])
def test_without_a_delivery_there_is_none_to_wait_for(paid: bool, ended: bool, closed: bool) -> None:
    became = cancellation(an_order(paid=paid, delivery_closed=ended), Party.ADMIN, "fraud", 5)

    assert became == {"cancelled_by": "admin", "reason": "fraud", "keep": 5, "delivery_closed": closed}
