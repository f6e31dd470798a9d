import pytest
from hypothesis import given
from hypothesis import strategies as st

from foodevents import Bill

AMOUNTS = st.integers(0, 10_000_000)


def bill(subtotal: int, delivery_fee: int, service_fee: int, tax: int) -> Bill:
    """A bill of an earlier release, without the tax on the fees."""
    return Bill(subtotal=subtotal, delivery_fee=delivery_fee, service_fee=service_fee, tax=tax, tip=0)


@pytest.mark.parametrize(("subtotal", "fee", "tax", "food"), [(1, 1, 1, 2), (1, 2, 1, 1), (1, 0, 1, 2), (2, 1, 1, 3)])
def test_the_tax_share_of_the_food_is_rounded_half_up(subtotal: int, fee: int, tax: int, food: int) -> None:
    assert bill(subtotal, fee, 0, tax).food == food


def test_no_food_has_no_tax_share() -> None:
    assert (bill(0, 0, 0, 7).food, bill(0, 0, 0, 7).tax_on_fees) == (0, 7)


@given(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
def test_the_food_never_costs_more_than_the_order(subtotal: int, delivery: int, service: int, tax: int) -> None:
    old = bill(subtotal, delivery, service, tax)
    taxed = subtotal + delivery + service

    assert old.subtotal <= old.food <= old.subtotal + old.tax
    assert old.food + delivery + service + old.tax_on_fees == taxed + tax
    if taxed:
        assert abs(2 * taxed * (old.food - subtotal) - 2 * tax * subtotal) <= taxed
