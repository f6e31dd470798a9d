from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from menu_service.schemas import Hours, ItemCreate, ItemUpdate, RestaurantCreate, RestaurantUpdate

Make = Callable[..., dict[str, Any]]
WEEK = [{"weekday": 0, "opens": "11:00", "closes": "22:00"}]
SHIFT = {"opens": "11:00", "closes": "22:00"}
LONGEST = [{"date": f"2026-{1 + day // 25:02}-{1 + day % 25:02}", "shifts": [SHIFT] * 3} for day in range(100)]
# The maximum size of a page, and the length above which the gateway streams a response instead of buffering it.
MOST_OF_A_PAGE, LONGEST_BUFFERED = 100, 2_097_152
SOME_ID = "01a20000-0000-7000-8000-000000000001"


def hours(**changes: Any) -> dict[str, Any]:
    return {"timezone": "Europe/Berlin", "weekly": WEEK, **changes}


def place(**changes: Any) -> dict[str, Any]:
    return {"line1": "Street 1", "city": "Town", "postal_code": "1010", "lat": 1.5, "lng": 2, **changes}


def test_a_valid_restaurant_is_accepted_unchanged(restaurant_body: Make) -> None:
    body = restaurant_body()

    assert RestaurantCreate.model_validate(body).model_dump(mode="json", exclude_unset=True) == body


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"surprise": 1}, "surprise"),
        ({"owner_id": SOME_ID}, "owner_id"),
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "a\ud800"}, "name"),
        ({"name": None}, "name"),
        ({"place": None}, "place"),
        ({"place": place(lat=90.1)}, "lat"),
        ({"place": place(lng=-180.1)}, "lng"),
        ({"place": place(lat=float("nan"))}, "lat"),
        ({"place": place(lng=float("inf"))}, "lng"),
        ({"place": place(lat="1.5")}, "lat"),
        ({"place": place(lat=True)}, "lat"),
        ({"place": place(postal_code="1\u200b0")}, "postal_code"),
        ({"currency": "eur"}, "currency"),
        ({"currency": "EURO"}, "currency"),
        ({"currency": "XXX"}, "currency"),
        ({"tax_rate_bp": -1}, "tax_rate_bp"),
        ({"tax_rate_bp": 10_001}, "tax_rate_bp"),
        ({"tax_rate_bp": 7.5}, "tax_rate_bp"),
        ({"tax_rate_bp": True}, "tax_rate_bp"),
        ({"service_fee_bp": "5"}, "service_fee_bp"),
        ({"delivery_fee": -1}, "delivery_fee"),
        ({"delivery_fee": 2**63}, "delivery_fee"),
        ({"radius_m": 99}, "radius_m"),
        ({"radius_m": 50_001}, "radius_m"),
        ({"prep_minutes": 241}, "prep_minutes"),
        ({"paused": 1}, "paused"),
        ({"hours": hours(timezone="Europe/Bärlin")}, "timezone"),
        ({"hours": hours(timezone="europe/berlin")}, "timezone"),
        ({"hours": hours(timezone="../../etc/passwd")}, "timezone"),
        ({"hours": hours(timezone="localtime")}, "timezone"),
        ({"hours": hours(timezone="")}, "timezone"),
        ({"hours": hours(weekly=[{**WEEK[0], "weekday": 7}])}, "weekday"),
        ({"hours": hours(weekly=[{**WEEK[0], "weekday": -1}])}, "weekday"),
        ({"hours": hours(weekly=[{**WEEK[0], "opens": "24:00"}])}, "opens"),
        ({"hours": hours(weekly=[{**WEEK[0], "opens": "9:00"}])}, "opens"),
        ({"hours": hours(weekly=[{**WEEK[0], "opens": "11:00:00"}])}, "opens"),
        ({"hours": hours(weekly=[{**WEEK[0], "closes": "11:60"}])}, "closes"),
        ({"hours": hours(weekly=[{**WEEK[0], "closes": "11:00\n"}])}, "closes"),
        ({"hours": hours(weekly=[{**WEEK[0], "closes": 1100}])}, "closes"),
        ({"hours": hours(weekly=WEEK * 51)}, "weekly"),
        ({"hours": hours(special_days=[{"date": "2026-02-29", "shifts": []}])}, "date"),
        ({"hours": hours(special_days=[{"date": "2026-2-9", "shifts": []}])}, "date"),
        ({"hours": hours(special_days=[{"date": 1, "shifts": []}])}, "date"),
        ({"hours": hours(special_days=[{"date": "2026-12-25"}])}, "shifts"),
        ({"hours": hours(special_days=[{"date": "2026-12-25", "shifts": []}] * 2)}, "hours"),
        ({"hours": hours(special_days=[{"date": "2026-12-25", "shifts": [SHIFT] * 4}])}, "shifts"),
        ({"hours": hours(special_days=[*LONGEST, {"date": "2030-01-01", "shifts": []}])}, "special_days"),
    ],
)
@pytest.mark.parametrize("schema", [RestaurantCreate, RestaurantUpdate])
def test_an_invalid_restaurant_is_refused(
    restaurant_body: Make, schema: type[RestaurantCreate], change: dict[str, Any], fault: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        schema.model_validate(restaurant_body(**change))

    assert [error["loc"][-1] for error in refused.value.errors()] == [fault]


def test_a_page_of_restaurants_with_the_longest_hours_can_be_buffered(restaurant_body: Make) -> None:
    """The hours are in each row of a public list."""
    weekly = [{"weekday": number % 7, **SHIFT} for number in range(50)]
    body = RestaurantCreate.model_validate(restaurant_body(hours=hours(weekly=weekly, special_days=LONGEST)))

    assert len(body.model_dump_json()) * MOST_OF_A_PAGE < LONGEST_BUFFERED


def test_stored_hours_beyond_the_current_limit_are_shown() -> None:
    stored = hours(weekly=WEEK * 60, special_days=[{"date": "2026-12-25", "shifts": [SHIFT] * 9}])

    assert Hours.model_validate(stored).model_dump() == stored


@pytest.mark.parametrize("missing", ["name", "place", "hours", "currency"])
def test_a_restaurant_needs_its_required_fields(restaurant_body: Make, missing: str) -> None:
    body = restaurant_body()
    del body[missing]

    with pytest.raises(ValidationError, match=missing):
        RestaurantCreate.model_validate(body)


def group(**changes: Any) -> dict[str, Any]:
    return {"name": "Size", "min": 0, "max": 1, "options": [{"name": "Big", "price": 5}], **changes}


def options(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "price": 0} for name in names]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"price": -1}, "price"),
        ({"price": 9.5}, "price"),
        ({"price": 10**12 + 1}, "price"),
        ({"available": "yes"}, "available"),
        ({"description": "x" * 2001}, "description"),
        ({"name": "evil\u202etxt"}, "name"),
        ({"option_groups": None}, "option_groups"),
        ({"option_groups": [group(name=f"g{i}") for i in range(21)]}, "option_groups"),
        ({"option_groups": [group(), group(name="SIZE")]}, "option_groups"),
        ({"option_groups": [group(id=SOME_ID), group(id=SOME_ID, name="Other")]}, "option_groups"),
        ({"option_groups": [group(id=SOME_ID, options=[{"id": SOME_ID, "name": "a", "price": 1}])]}, "option_groups"),
        ({"option_groups": [group(options=[])]}, "options"),
        ({"option_groups": [group(options=options(*map(str, range(51))))]}, "options"),
        ({"option_groups": [group(options=options("a", "A"))]}, 0),
        ({"option_groups": [group(min=2, max=1, options=options("a", "b"))]}, 0),
        ({"option_groups": [group(max=2)]}, 0),
        ({"option_groups": [group(min=-1)]}, "min"),
        ({"option_groups": [group(max=0)]}, "max"),
        ({"option_groups": [group(id="not-an-id")]}, "id"),
        ({"option_groups": [group(options=[{"name": "a", "price": -1}])]}, "price"),
    ],
)
@pytest.mark.parametrize("schema", [ItemCreate, ItemUpdate])
def test_an_invalid_dish_is_refused(
    item_body: Make, schema: type[ItemCreate], change: dict[str, Any], fault: str | int
) -> None:
    with pytest.raises(ValidationError) as refused:
        schema.model_validate(item_body(**change))

    assert [error["loc"][-1] for error in refused.value.errors()] == [fault]


def test_the_maximum_of_groups_and_options_is_accepted(item_body: Make) -> None:
    groups = [group(name=f"g{i}", max=50, options=options(*map(str, range(50)))) for i in range(20)]

    assert len(ItemCreate.model_validate(item_body(option_groups=groups)).option_groups) == 20


def test_an_address_may_have_no_postal_code(restaurant_body: Make) -> None:
    without = {name: value for name, value in place().items() if name != "postal_code"}

    assert RestaurantCreate.model_validate(restaurant_body(place=without)).place.postal_code == ""
