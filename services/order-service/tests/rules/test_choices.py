from typing import Any

import pytest

from foodchassis import ServiceError, new_id
from order_service.errors import OptionCountError, OptionUnavailableError, RepeatedOptionError, UnknownOptionError
from order_service.rules.choices import chosen


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
