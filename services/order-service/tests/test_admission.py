from datetime import UTC, datetime
from typing import Any

import pytest

from foodchassis import ServiceError, new_id
from foodevents import OpeningHours
from order_service.admission import admit
from order_service.errors import (
    AddressOutOfReachError,
    ForeignItemError,
    ItemUnavailableError,
    RestaurantClosedError,
    RestaurantPausedError,
    UnknownItemError,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NEVER = OpeningHours(timezone="Europe/Vienna", weekly=[])


def test_a_basket_that_breaks_no_rule_passes(bistro: Any) -> None:
    admit(bistro.basket(), bistro.menu(), NOON)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"paused": True}, RestaurantPausedError),
        ({"hours": NEVER}, RestaurantClosedError),
        ({"radius_m": 1300}, AddressOutOfReachError),
        ({"restaurant_id": new_id()}, ForeignItemError),
    ],
)
def test_a_restaurant_that_cannot_serve_is_refused(
    bistro: Any, changes: dict[str, Any], refusal: type[ServiceError]
) -> None:
    with pytest.raises(refusal):
        admit(bistro.basket(), bistro.menu(**changes), NOON)


def test_the_address_may_lie_just_within_the_radius(bistro: Any) -> None:
    admit(bistro.basket(), bistro.menu(radius_m=1400), NOON)


def test_a_sold_out_dish_is_refused(bistro: Any) -> None:
    bistro.soup = bistro.soup.model_copy(update={"available": False})

    with pytest.raises(ItemUnavailableError, match="Soup"):
        admit(bistro.basket(), bistro.menu(), NOON)


def test_a_dish_that_is_not_on_the_menu_is_refused(bistro: Any) -> None:
    stranger = {"menu_item_id": str(new_id()), "quantity": 1}

    with pytest.raises(UnknownItemError):
        admit(bistro.basket(items=[stranger]), bistro.menu(), NOON)
