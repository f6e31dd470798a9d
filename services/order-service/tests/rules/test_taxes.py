from collections.abc import Sequence
from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foodevents import Bill
from order_service.rules.pricing import price
from order_service.rules.taxes import tax_on, taxes

AMOUNTS = st.integers(0, 100_000_000)
PPM = st.integers(0, 1_000_000)
DISHES = st.lists(st.tuples(st.integers(0, 1_000_000), st.sampled_from(["food", "alcohol", "cold_food"])), min_size=1)
HALF = Fraction(1, 2)
# The fixture is only read, so examples may share it.
SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)


def of_rates(found: Any) -> list[tuple[int, int, int]]:
    return [(one.rate_ppm, one.taxed, one.tax) for one in found]


def ordered(bistro: Any, dishes: Sequence[tuple[int, str]], *, tip: int = 0, **terms: Any) -> Any:
    """Price one of each dish, given by price and tax category."""
    menu = bistro.menu(**terms)
    items = [bistro.item(f"Dish {place}", amount, []) for place, (amount, _) in enumerate(dishes)]
    for item, (_, category) in zip(items, dishes, strict=True):
        menu.items[item.item_id] = item.model_copy(update={"tax_category": category})
    return price(
        bistro.basket(items=[{"menu_item_id": str(one.item_id), "quantity": 1} for one in items], tip=tip), menu
    )


def test_a_bill_in_paris(bistro: Any) -> None:
    """Prices include 10 % on food for immediate consumption, 20 % on wine and on fees."""
    bill = ordered(
        bistro, [(18_50, "food"), (24_00, "alcohol")], tip=300, prices_include_tax=True, tax_rate_ppm=100_000,
        tax_rates={"alcohol": 200_000, "fees": 200_000}, delivery_fee=299, service_fee_bp=500,
    )  # fmt: skip

    assert (bill.subtotal, bill.service_fee, bill.tax, bill.total) == (4250, 213, 0, 4250 + 299 + 213 + 300)
    # 18.50 / 1.1 = 16.818 and 1.682 of tax; (24.00 + 2.99 + 2.13) / 1.2 = 24.267 and 4.853 of tax.
    assert of_rates(bill.taxes) == [(100_000, 1850, 168), (200_000, 2912, 485)]
    assert (bill.prices_include_tax, bill.tax_included, bill.fee_tax) == (True, 653, 85)
    assert [line.tax_rate_ppm for line in bill.lines] == [100_000, 200_000]


def test_a_bill_in_london(bistro: Any) -> None:
    """Prices include 20 % on hot food, and nothing on cold take-away."""
    bill = ordered(
        bistro, [(12_00, "food"), (4_50, "cold_food")], prices_include_tax=True, tax_rate_ppm=200_000,
        tax_rates={"cold_food": 0}, delivery_fee=199, service_fee_bp=0,
    )  # fmt: skip

    # Food and fee together: 13.99 / 1.2 = 11.658, so 2.33 of tax, and 12.00 of 13.99 of it, 2.00, are for the food.
    assert of_rates(bill.taxes) == [(0, 450, 0), (200_000, 1399, 233)]
    assert (bill.tax, bill.tax_included, bill.fee_tax, bill.total) == (0, 233, 33, 1849)


def test_a_bill_in_new_york(bistro: Any) -> None:
    bill = ordered(bistro, [(25_00, "food")], tax_rate_ppm=88_750, delivery_fee=399, service_fee_bp=1000)

    # 25.00 + 3.99 + 2.50 = 31.49, and 8.875 % of it is 2.7947.
    assert of_rates(bill.taxes) == [(88_750, 3149, 279)]
    assert (bill.tax, bill.tax_included, bill.prices_include_tax, bill.total) == (279, 0, False, 3428)


@pytest.mark.parametrize(
    ("currency", "dish", "tax", "included"),
    [
        # Currencies without decimals, with two and with three: half of a minor unit is rounded up.
        *[("JPY", 1_205, 121, 110), ("JPY", 1_204, 120, 109), ("EUR", 10_05, 101, 91), ("KWD", 4_505, 451, 410)],
        *[("KWD", 4_504, 450, 409), ("JPY", 0, 0, 0)],
    ],
)
def test_tax_is_rounded_half_up_to_the_minor_unit(
    bistro: Any, currency: str, dish: int, tax: int, included: int
) -> None:
    terms: dict[str, Any] = {"currency": currency, "tax_rate_ppm": 100_000, "delivery_fee": 0, "service_fee_bp": 0}
    added = ordered(bistro, [(dish, "food")], **terms)
    contained = ordered(bistro, [(dish, "food")], prices_include_tax=True, **terms)

    assert (added.tax, added.total) == (tax, dish + tax)
    assert (contained.tax_included, contained.total) == (included, dish)


@pytest.mark.parametrize(
    ("ppm", "amount", "tax"),
    [
        *[(88_750, 10_000, 888), (88_750, 1_000, 89), (99_750, 10_000, 998), (99_750, 2_000, 200), (0, 10_000, 0)],
        *[(200_000, 333, 67), (100_000, 5, 1), (100_000, 4, 0), (1_000_000, 7, 7)],
    ],
)
def test_tax_rates_in_parts_per_million_are_exact(ppm: int, amount: int, tax: int) -> None:
    """New York has 8.875 %, Quebec 9.975 %."""
    assert tax_on(amount, ppm, included=False) == tax


@given(AMOUNTS, PPM)
def test_tax_equals_the_exact_tax_rounded(amount: int, ppm: int) -> None:
    assert tax_on(amount, ppm, included=False) == floor(Fraction(amount * ppm, 1_000_000) + HALF)
    assert tax_on(amount, ppm, included=True) == floor(Fraction(amount * ppm, 1_000_000 + ppm) + HALF)


def test_a_snapshot_of_an_earlier_release_is_taxed_by_its_basis_points(bistro: Any) -> None:
    assert bistro.restaurant.tax_rate_ppm is None
    assert bistro.restaurant.tax_ppm_of("food") == bistro.restaurant.tax_ppm_of("alcohol") == 100_000


def test_items_with_the_same_rate_are_taxed_together() -> None:
    """Two dishes of 5 at 10 % are taxed with 1: rounded dish by dish it would be 2."""
    assert of_rates(taxes([(5, 100_000), (5, 100_000)], (0, 0), included=False).of_rates) == [(100_000, 10, 1)]


@SHARED
@given(
    dishes=DISHES, fee=st.integers(0, 1_000_000), service=st.integers(0, 10_000), tip=st.integers(0, 10_000),
    usual=PPM, rates=st.fixed_dictionaries({}, optional=dict.fromkeys(["alcohol", "cold_food", "fees"], PPM)),
    included=st.booleans(),
)  # fmt: skip
def test_the_parts_of_every_bill_add_up(
    bistro: Any, dishes: Any, fee: int, service: int, tip: int, usual: int, rates: dict[str, int], *, included: bool
) -> None:
    bill = ordered(
        bistro, dishes, tip=tip, delivery_fee=fee, service_fee_bp=service, tax_rate_ppm=usual, tax_rates=rates,
        prices_include_tax=included,
    )  # fmt: skip
    shared = Bill.model_validate(bill, from_attributes=True)

    assert bill.subtotal == sum(line.total for line in bill.lines)
    assert bill.total == bill.subtotal + fee + bill.service_fee + bill.tax + tip
    assert bill.tax + bill.tax_included == sum(one.tax for one in bill.taxes)
    assert sum(one.taxed for one in bill.taxes) == bill.subtotal + fee + bill.service_fee
    assert (bill.tax == 0) if included else (bill.tax_included == 0)
    # The food with its tax, the net fees and their tax sum to the total without the tip.
    assert shared.food + sum(shared.net_fees) + shared.tax_on_fees == bill.total - tip
    assert min(shared.food - bill.subtotal, *shared.net_fees, shared.tax_on_fees) >= 0
