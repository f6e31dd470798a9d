from datetime import UTC, datetime, time
from typing import Any

import pytest

from foodchassis import new_id
from foodchassis.kernel import ServiceError
from foodevents import OpeningHours, Section, Standing, WeeklyShift
from order_service.errors import (
    AddressOutOfReachError,
    ForeignItemError,
    ItemUnavailableError,
    RestaurantClosedError,
    RestaurantNotApprovedError,
    RestaurantPausedError,
    SectionClosedError,
    UnknownItemError,
)
from order_service.rules.admission import Menu, admit, metres_between

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
CLOSED_HOURS = OpeningHours(timezone="Europe/Vienna", weekly=[])


def test_a_valid_basket_is_admitted(bistro: Any) -> None:
    admit(bistro.basket(), bistro.menu(), NOON)


@pytest.mark.parametrize(
    ("changes", "refusal", "detail"),
    [
        ({"paused": True}, RestaurantPausedError, "Da Lia has paused; try again later."),
        *(
            ({"standing": one}, RestaurantNotApprovedError, "Da Lia is not approved; order from another restaurant.")
            for one in set(Standing) - {Standing.APPROVED}
        ),
        ({"hours": CLOSED_HOURS}, RestaurantClosedError, "Da Lia is closed now."),
        ({"radius_m": 1300}, AddressOutOfReachError, "Da Lia delivers within 1300 m; the address is 1336 m away."),
        ({"restaurant_id": new_id()}, ForeignItemError, "Order from one restaurant at a time."),
    ],
)
def test_an_order_at_an_unavailable_restaurant_is_refused(
    bistro: Any, changes: dict[str, Any], refusal: type[ServiceError], detail: str
) -> None:
    with pytest.raises(refusal) as refused:
        admit(bistro.basket(), bistro.menu(**changes), NOON)
    assert refused.value.detail == detail


def test_an_order_at_a_closed_restaurant_is_refused(bistro: Any) -> None:
    menu = Menu(bistro.menu(paused=True).restaurant, bistro.menu().items, closed=True)

    with pytest.raises(RestaurantClosedError) as refused:
        admit(bistro.basket(), menu, NOON)
    assert refused.value.detail == "Da Lia is permanently closed; order from another restaurant."


def test_every_dish_of_the_basket_is_checked(bistro: Any) -> None:
    with pytest.raises(ForeignItemError) as refused:
        admit(bistro.basket(), bistro.menu(restaurant_id=new_id()), NOON)
    assert refused.value.extra == {"menu_item_id": str(bistro.pizza.item_id)}


def test_an_address_just_within_the_radius_is_accepted(bistro: Any) -> None:
    admit(bistro.basket(), bistro.menu(radius_m=1400), NOON)


def test_a_sold_out_dish_is_refused(bistro: Any) -> None:
    bistro.soup = bistro.soup.model_copy(update={"available": False})

    with pytest.raises(ItemUnavailableError) as refused:
        admit(bistro.basket(), bistro.menu(), NOON)
    assert (refused.value.detail, refused.value.extra) == (
        "Soup is sold out.",
        {"menu_item_id": str(bistro.soup.item_id)},
    )


def test_a_dish_that_is_not_on_the_menu_is_refused(bistro: Any) -> None:
    stranger = {"menu_item_id": str(new_id()), "quantity": 1}

    with pytest.raises(UnknownItemError) as refused:
        admit(bistro.basket(items=[stranger]), bistro.menu(), NOON)
    assert (refused.value.detail, refused.value.extra) == (
        "The menu has no such dish.",
        {"menu_item_id": stranger["menu_item_id"]},
    )


@pytest.mark.parametrize(
    ("start", "end", "metres"),
    [
        ((48.2, 16.37), (48.2, 16.37), 0),
        ((0, 0), (0, 1), 111_195.08),
        ((0, 0), (1, 0), 111_195.08),
        ((60, 10), (60, 11), 55_597.01),
        ((60, 10), (-30, 11), 10_007_977.39),
        ((52.5200, 13.4050), (48.8566, 2.3522), 877_464.54),
        ((0, 179.5), (0, -179.5), 111_195.08),
        ((90, 0), (90, 120), 0),
        ((0, 0), (0, 180), 20_015_114.44),
        ((-48.2, 16.37), (48.2, -163.63), 20_015_114.44),
    ],
)
def test_distances_follow_the_great_circle(start: tuple[float, float], end: tuple[float, float], metres: float) -> None:
    assert metres_between(*start, *end) == pytest.approx(metres, rel=1e-8, abs=0.01)
    assert metres_between(*end, *start) == pytest.approx(metres, rel=1e-8, abs=0.01)


def test_the_edge_of_the_radius_is_within_it(bistro: Any) -> None:
    place = bistro.restaurant.place
    address = bistro.json_basket()["delivery_address"]
    metres = metres_between(place.lat, place.lng, address["lat"], address["lng"])

    admit(bistro.basket(), bistro.menu(radius_m=metres), NOON)


def test_a_dish_is_sold_only_while_its_section_is(bistro: Any) -> None:
    """In Vienna it is one hour later than UTC, and a Monday."""
    breakfast = Section(
        id=new_id(), name="Breakfast", weekly=[WeeklyShift(weekday=0, opens=time(7), closes=time(11, 30))]
    )
    always = Section(id=new_id(), name="Soups")
    bistro.soup = bistro.soup.model_copy(update={"section_id": breakfast.id})
    menu = bistro.menu(sections=[always, breakfast])

    admit(bistro.basket(), menu, datetime(2026, 11, 23, 10, 29, tzinfo=UTC))
    with pytest.raises(SectionClosedError) as refused:
        admit(bistro.basket(), menu, datetime(2026, 11, 23, 10, 30, tzinfo=UTC))
    assert (refused.value.detail, refused.value.extra) == (
        "Soup is not sold now; the menu shows when Breakfast is.",
        {"menu_item_id": str(bistro.soup.item_id), "section_id": str(breakfast.id)},
    )


def test_a_dish_without_a_known_section_is_always_sold(bistro: Any) -> None:
    bistro.soup = bistro.soup.model_copy(update={"section_id": new_id()})

    admit(bistro.basket(), bistro.menu(sections=[Section(id=new_id(), name="Lunch")]), NOON)
