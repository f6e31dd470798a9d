from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from order_service.errors import BasketTooExpensiveError, OptionCountError
from order_service.rules.pricing import LARGEST_TOTAL, price, share

AMOUNTS = st.integers(0, 1_000_000)
RATES = st.integers(0, 10_000)
# The fixture is only read, so examples may share it.
SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)


@pytest.mark.parametrize(
    ("amount", "basis_points", "expected"),
    [(0, 500, 0), (100, 0, 0), (1000, 500, 50), (10, 500, 1), (9, 500, 0), (30, 500, 2), (1, 10_000, 1), (29, 500, 1)],
)
def test_a_share_is_rounded_half_up(amount: int, basis_points: int, expected: int) -> None:
    assert share(amount, basis_points) == expected


@given(AMOUNTS, RATES)
def test_a_share_is_the_exact_one_rounded(amount: int, basis_points: int) -> None:
    assert share(amount, basis_points) == floor(Fraction(amount * basis_points, 10_000) + Fraction(1, 2))


def test_a_basket_is_priced_line_by_line(bistro: Any) -> None:
    priced = price(bistro.basket(), bistro.menu())

    pizza, soup = priced.lines
    assert (pizza.name, pizza.quantity, pizza.unit_price, pizza.total) == ("Pizza", 2, 1370, 2740)
    assert [(option.name, option.price) for option in pizza.options] == [("Large", 300), ("Cheese", 120)]
    assert (soup.unit_price, soup.total, soup.options) == (480, 480, [])
    assert [line.menu_item_id for line in priced.lines] == [bistro.pizza.item_id, bistro.soup.item_id]
    assert (priced.subtotal, priced.delivery_fee, priced.service_fee) == (3220, 299, 161)
    assert (priced.tax, priced.tip, priced.total, priced.currency) == (368, 200, 4248, "EUR")


@SHARED
@given(
    prices=st.lists(AMOUNTS, min_size=1, max_size=5),
    quantity=st.integers(1, 4),
    fee=AMOUNTS,
    service=RATES,
    tax=RATES,
    tip=AMOUNTS,
)
def test_the_parts_always_make_the_total(
    bistro: Any, prices: list[int], quantity: int, fee: int, service: int, tax: int, tip: int
) -> None:
    items = [bistro.item(f"Dish {number}", amount, []) for number, amount in enumerate(prices)]
    menu = bistro.menu(delivery_fee=fee, service_fee_bp=service, tax_rate_bp=tax)
    menu.items.update({item.item_id: item for item in items})
    wanted = [{"menu_item_id": str(item.item_id), "quantity": quantity} for item in items]

    priced = price(bistro.basket(items=wanted, tip=tip), menu)

    assert priced.subtotal == sum(line.total for line in priced.lines) == sum(prices) * quantity
    assert priced.service_fee == share(priced.subtotal, service)
    assert priced.tax == share(priced.subtotal + fee + priced.service_fee, tax)
    assert priced.total == priced.subtotal + fee + priced.service_fee + priced.tax + tip


def test_a_dearer_tip_raises_the_total_by_itself_alone(bistro: Any) -> None:
    without, with_tip = (price(bistro.basket(tip=tip), bistro.menu()) for tip in (0, 999))

    assert with_tip.total - without.total == 999
    assert with_tip.tax == without.tax


def test_the_dearest_order_is_bounded(bistro: Any) -> None:
    menu = bistro.menu(service_fee_bp=0, tax_rate_bp=0, delivery_fee=0)
    gold = bistro.item("Gold", LARGEST_TOTAL, [])
    menu.items[gold.item_id] = gold
    wanted = [{"menu_item_id": str(gold.item_id), "quantity": 1}]

    assert price(bistro.basket(items=wanted, tip=0), menu).total == LARGEST_TOTAL
    with pytest.raises(BasketTooExpensiveError, match=r"^One order may cost 100000000 at most, in minor units\.$"):
        price(bistro.basket(items=wanted, tip=1), menu)


def test_a_basket_with_broken_options_has_no_price(bistro: Any) -> None:
    wanted = [{"menu_item_id": str(bistro.pizza.item_id), "quantity": 1}]

    with pytest.raises(OptionCountError):
        price(bistro.basket(items=wanted), bistro.menu())
