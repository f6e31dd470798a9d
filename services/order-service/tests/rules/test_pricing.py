from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foodchassis import ServiceError, most_of, new_id
from order_service.errors import (
    BasketTooExpensiveError,
    OptionCountError,
    OptionUnavailableError,
    RepeatedOptionError,
    UnknownOptionError,
)
from order_service.rules.pricing import chosen, price, share, tax_on

AMOUNTS = st.integers(0, 1_000_000)
RATES = st.integers(0, 10_000)
# The fixture is only read, so examples may share it.
SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)


@pytest.mark.parametrize(
    ("amount", "basis_points", "expected"),
    [
        *[(0, 500, 0), (100, 0, 0), (1000, 500, 50), (10, 500, 1), (9, 500, 0), (30, 500, 2), (1, 10_000, 1)],
        *[(29, 500, 1), (4999, 1, 0), (5000, 1, 1)],
    ],
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
    gold = bistro.item("Gold", most_of("EUR"), [])
    menu.items[gold.item_id] = gold
    wanted = [{"menu_item_id": str(gold.item_id), "quantity": 1}]

    assert price(bistro.basket(items=wanted, tip=0), menu).total == most_of("EUR")
    with pytest.raises(
        BasketTooExpensiveError, match=r"^One order in EUR may cost 100000000 at most, in minor units\.$"
    ):
        price(bistro.basket(items=wanted, tip=1), menu)


def test_a_basket_with_broken_options_has_no_price(bistro: Any) -> None:
    wanted = [{"menu_item_id": str(bistro.pizza.item_id), "quantity": 1}]

    with pytest.raises(OptionCountError):
        price(bistro.basket(items=wanted), bistro.menu())


@pytest.mark.parametrize(
    ("names", "price"),
    [(["small"], 0), (["large"], 300), (["large", "cheese"], 420), (["olives", "cheese", "small"], 200)],
)
def test_options_come_in_the_menus_order_with_their_price(bistro: Any, names: list[str], price: int) -> None:
    options = chosen(bistro.pizza, [getattr(bistro, name).id for name in names])

    order_on_menu = ["Small", "Large", "Cheese", "Olives"]
    assert [option.name for option in options] == sorted((n.title() for n in names), key=order_on_menu.index)
    assert sum(option.price for option in options) == price


@pytest.mark.parametrize(
    ("names", "refusal"),
    [
        ([], OptionCountError),
        (["small", "large"], OptionCountError),
        (["cheese"], OptionCountError),
        (["large", "large"], RepeatedOptionError),
        (["large", "truffle"], OptionUnavailableError),
        (["large", "stranger"], UnknownOptionError),
    ],
)
def test_broken_rules_are_refused(bistro: Any, names: list[str], refusal: type[ServiceError]) -> None:
    ids = [new_id() if name == "stranger" else getattr(bistro, name).id for name in names]

    with pytest.raises(refusal) as refused:
        chosen(bistro.pizza, ids)
    item = {"menu_item_id": str(bistro.pizza.item_id)}
    size = ("Choose 1 to 1 of Size for Pizza.", item | {"option_group_id": str(bistro.size.id)})
    assert (refused.value.detail, refused.value.extra) == {
        RepeatedOptionError: ("Choose each option of Pizza once.", item),
        OptionUnavailableError: ("Truffle is sold out.", {"option_id": str(bistro.truffle.id)}),
        UnknownOptionError: ("Pizza has no such option.", item | {"option_ids": sorted(map(str, ids[1:]))}),
    }.get(refusal, size)


def test_more_options_than_the_group_allows_are_refused(bistro: Any) -> None:
    only_one = bistro.extras.model_copy(update={"max": 1})
    pizza = bistro.item("Pizza", 950, [only_one])

    with pytest.raises(OptionCountError, match="0 to 1 of Extras"):
        chosen(pizza, [bistro.cheese.id, bistro.olives.id])


def test_as_many_options_as_the_group_allows_are_accepted(bistro: Any) -> None:
    options = chosen(bistro.pizza, [bistro.small.id, bistro.cheese.id, bistro.olives.id])

    assert [(one.id, one.name, one.price) for one in options] == [
        (one.id, one.name, one.price) for one in (bistro.small, bistro.cheese, bistro.olives)
    ]


def test_an_option_of_another_dish_is_unknown(bistro: Any) -> None:
    with pytest.raises(UnknownOptionError):
        chosen(bistro.soup, [bistro.cheese.id])


@pytest.mark.parametrize(
    ("ppm", "amount", "tax"),
    [
        *[(88_750, 10_000, 888), (88_750, 1_000, 89), (99_750, 10_000, 998), (99_750, 2_000, 200), (0, 10_000, 0)],
        *[(200_000, 333, 67), (100_000, 5, 1), (100_000, 4, 0), (1_000_000, 7, 7)],
    ],
)
def test_a_tax_is_as_fine_as_it_is_somewhere(bistro: Any, ppm: int, amount: int, tax: int) -> None:
    """New York has 8.875 %, Quebec 9.975 %; what is left of a minor unit is rounded half up."""
    assert tax_on(amount, bistro.restaurant.model_copy(update={"tax_rate_ppm": ppm})) == tax


def test_a_snapshot_of_before_is_taxed_by_its_basis_points(bistro: Any) -> None:
    assert bistro.restaurant.tax_rate_ppm is None
    assert tax_on(1_000, bistro.restaurant) == 100


@pytest.mark.parametrize(
    ("currency", "price_of_one", "quantity"),
    [
        *[("IDR", 350_000_00, 3), ("LBP", 1_800_000_00, 1), ("IRR", 12_000_000_00, 1), ("LAK", 1_200_000_00, 1)],
        *[("JPY", 1_200, 3), ("KWD", 4_500, 2), ("EUR", 11_50, 2)],
    ],
)
def test_a_dinner_costs_what_it_costs_there(bistro: Any, currency: str, price_of_one: int, quantity: int) -> None:
    dish = bistro.item("Dinner", price_of_one, [])
    menu = bistro.menu(currency=currency, delivery_fee=0, service_fee_bp=0, tax_rate_bp=0)
    menu.items[dish.item_id] = dish

    priced = price(bistro.basket(items=[{"menu_item_id": str(dish.item_id), "quantity": quantity}], tip=0), menu)

    assert (priced.total, priced.currency) == (price_of_one * quantity, currency)


@pytest.mark.parametrize("currency", ["EUR", "IDR", "VND"])
def test_an_order_is_bounded_by_its_currency(bistro: Any, currency: str) -> None:
    dish = bistro.item("Gold", most_of(currency), [])
    menu = bistro.menu(currency=currency, delivery_fee=1, service_fee_bp=0, tax_rate_bp=0)
    menu.items[dish.item_id] = dish

    with pytest.raises(BasketTooExpensiveError, match=f"{currency} may cost {most_of(currency)} at most"):
        price(bistro.basket(items=[{"menu_item_id": str(dish.item_id), "quantity": 1}], tip=0), menu)
