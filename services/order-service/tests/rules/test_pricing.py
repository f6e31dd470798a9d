from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foodchassis import new_id
from foodchassis.kernel import ServiceError, most_of, share
from order_service.errors import (
    BasketTooExpensiveError,
    OptionCountError,
    OptionUnavailableError,
    RepeatedOptionError,
    UnknownOptionError,
)
from order_service.rules.pricing import chosen, price

AMOUNTS = st.integers(0, 1_000_000)
RATES = st.integers(0, 10_000)
# The fixture is only read, so examples may share it.
SHARED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)


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
def test_parts_always_sum_to_the_total(
    bistro: Any, prices: list[int], quantity: int, fee: int, service: int, tax: int, tip: int
) -> None:
    items = [bistro.item(f"Dish {number}", amount, []) for number, amount in enumerate(prices)]
    menu = bistro.menu(delivery_fee=fee, service_fee_bp=service, tax_rate_bp=tax)
    menu.items.update({item.item_id: item for item in items})
    wanted = [{"menu_item_id": str(item.item_id), "quantity": quantity} for item in items]

    priced = price(bistro.basket(items=wanted, tip=tip), menu)

    assert priced.subtotal == sum(line.total for line in priced.lines) == sum(prices) * quantity
    assert priced.service_fee == share(priced.subtotal, service, 10_000)
    assert priced.tax == share(priced.subtotal + fee + priced.service_fee, tax, 10_000)
    assert priced.total == priced.subtotal + fee + priced.service_fee + priced.tax + tip


def test_a_tip_is_added_to_the_total_untaxed(bistro: Any) -> None:
    without, with_tip = (price(bistro.basket(tip=tip), bistro.menu()) for tip in (0, 999))

    assert with_tip.total - without.total == 999
    assert with_tip.tax == without.tax


def test_the_order_total_is_bounded(bistro: Any) -> None:
    menu = bistro.menu(service_fee_bp=0, tax_rate_bp=0, delivery_fee=0)
    gold = bistro.item("Gold", most_of("EUR"), [])
    menu.items[gold.item_id] = gold
    wanted = [{"menu_item_id": str(gold.item_id), "quantity": 1}]

    assert price(bistro.basket(items=wanted, tip=0), menu).total == most_of("EUR")
    with pytest.raises(
        BasketTooExpensiveError, match=r"^One order in EUR may cost 100000000 at most, in minor units\.$"
    ):
        price(bistro.basket(items=wanted, tip=1), menu)


def test_a_basket_with_invalid_options_is_not_priced(bistro: Any) -> None:
    wanted = [{"menu_item_id": str(bistro.pizza.item_id), "quantity": 1}]

    with pytest.raises(OptionCountError):
        price(bistro.basket(items=wanted), bistro.menu())


@pytest.mark.parametrize(
    ("names", "price"),
    [(["small"], 0), (["large"], 300), (["large", "cheese"], 420), (["olives", "cheese", "small"], 200)],
)
def test_options_are_listed_in_menu_order_with_their_price(bistro: Any, names: list[str], price: int) -> None:
    options = chosen(bistro.pizza, [(getattr(bistro, name).id, 1) for name in names])

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
def test_violations_of_option_rules_are_refused(bistro: Any, names: list[str], refusal: type[ServiceError]) -> None:
    ids = [new_id() if name == "stranger" else getattr(bistro, name).id for name in names]

    with pytest.raises(refusal) as refused:
        chosen(bistro.pizza, [(one, 1) for one in ids])
    item = {"menu_item_id": str(bistro.pizza.item_id)}
    size = ("Choose 1 to 1 of Size for Pizza.", item | {"option_group_id": str(bistro.size.id)})
    assert (refused.value.detail, refused.value.extra) == {
        RepeatedOptionError: ("Name each option of Pizza once, with its quantity.", item),
        OptionUnavailableError: ("Truffle is sold out.", {"option_id": str(bistro.truffle.id)}),
        UnknownOptionError: ("Pizza has no such option.", item | {"option_ids": sorted(map(str, ids[1:]))}),
    }.get(refusal, size)


def test_more_options_than_the_group_allows_are_refused(bistro: Any) -> None:
    only_one = bistro.extras.model_copy(update={"max": 1})
    pizza = bistro.item("Pizza", 950, [only_one])

    with pytest.raises(OptionCountError, match="0 to 1 of Extras"):
        chosen(pizza, [(bistro.cheese.id, 1), (bistro.olives.id, 1)])


def test_as_many_options_as_the_group_allows_are_accepted(bistro: Any) -> None:
    options = chosen(bistro.pizza, [(one.id, 1) for one in (bistro.small, bistro.cheese, bistro.olives)])

    assert [(one.id, one.name, one.price) for one in options] == [
        (one.id, one.name, one.price) for one in (bistro.small, bistro.cheese, bistro.olives)
    ]


def test_an_option_of_another_dish_is_unknown(bistro: Any) -> None:
    with pytest.raises(UnknownOptionError):
        chosen(bistro.soup, [(bistro.cheese.id, 1)])


@pytest.mark.parametrize(
    ("currency", "price_of_one", "quantity"),
    [
        *[("IDR", 350_000_00, 3), ("LBP", 1_800_000_00, 1), ("IRR", 12_000_000_00, 1), ("LAK", 1_200_000_00, 1)],
        *[("JPY", 1_200, 3), ("KWD", 4_500, 2), ("EUR", 11_50, 2)],
    ],
)
def test_a_dinner_can_be_ordered_at_usual_prices_in_each_currency(
    bistro: Any, currency: str, price_of_one: int, quantity: int
) -> None:
    dish = bistro.item("Dinner", price_of_one, [])
    menu = bistro.menu(currency=currency, delivery_fee=0, service_fee_bp=0, tax_rate_bp=0)
    menu.items[dish.item_id] = dish

    priced = price(bistro.basket(items=[{"menu_item_id": str(dish.item_id), "quantity": quantity}], tip=0), menu)

    assert (priced.total, priced.currency) == (price_of_one * quantity, currency)


@pytest.mark.parametrize("currency", ["EUR", "IDR", "VND"])
def test_the_order_total_is_bounded_by_its_currency(bistro: Any, currency: str) -> None:
    dish = bistro.item("Gold", most_of(currency), [])
    menu = bistro.menu(currency=currency, delivery_fee=1, service_fee_bp=0, tax_rate_bp=0)
    menu.items[dish.item_id] = dish

    with pytest.raises(BasketTooExpensiveError, match=f"{currency} may cost {most_of(currency)} at most"):
        price(bistro.basket(items=[{"menu_item_id": str(dish.item_id), "quantity": 1}], tip=0), menu)


def test_an_option_can_be_chosen_up_to_its_maximum(bistro: Any) -> None:
    cheese = bistro.cheese.model_copy(update={"max_quantity": 3})
    extras = bistro.extras.model_copy(update={"max": 4, "options": [cheese, bistro.olives]})
    menu = bistro.menu(service_fee_bp=0, tax_rate_bp=0, delivery_fee=0)
    menu.items[bistro.soup.item_id] = bistro.item("Soup", 480, [extras])

    def of(cheeses: int, *more: Any) -> Any:
        options = [{"id": str(cheese.id), "quantity": cheeses}]
        item = {"menu_item_id": str(bistro.soup.item_id), "quantity": 2, "options": options, "option_ids": [*more]}
        return price(bistro.basket(items=[item], tip=0), menu)

    line = of(3, str(bistro.olives.id)).lines[0]
    assert (line.unit_price, line.total) == (480 + 3 * 120 + 80, 2 * 920)
    assert [(one.name, one.quantity, one.price) for one in line.options] == [("Cheese", 3, 120), ("Olives", 1, 80)]
    with pytest.raises(OptionCountError, match=r"^Choose Cheese for Soup 3 times at most\.$"):
        of(4)
    few = bistro.item("Soup", 480, [extras.model_copy(update={"max": 3})])
    menu.items[bistro.soup.item_id] = few
    with pytest.raises(OptionCountError, match="Choose 0 to 3 of Extras"):
        of(3, str(bistro.olives.id))
    with pytest.raises(RepeatedOptionError):
        of(1, str(cheese.id))
