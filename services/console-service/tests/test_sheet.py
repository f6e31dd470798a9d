import time
from typing import Any

import pytest

from console_service.rules.sheet import SheetError, read
from console_service.rules.whole_menu import whole_menu

MENU = """\
section,name,price,external_id,tax_category,allergens,group,min,max,option,option_price,max_quantity
,Water,2,w-1,soft_drink,,,,,,,
Pizza,Margherita,9.50,d-1,,gluten milk,Size,1,1,Normal,,
,,,,,,,,,Large,3,
,,,,,,Extras,,,Olives,0.80,
,,,,,,,,,Cheese,1.2,3
,Calzone,11,d-2,,gluten|milk,,,,,,
"""
LONG = "x" * 200_000
EMPTY: dict[str, Any] = {"items": [], "sections": []}


def test_a_spreadsheet_is_a_menu() -> None:
    menu = whole_menu(read(MENU, 2), EMPTY)

    [water] = menu["items"]
    assert (water["name"], water["price"], water["tax_category"]) == ("Water", 200, "soft_drink")
    [pizza] = menu["sections"]
    margherita, calzone = pizza["items"]
    assert (pizza["name"], margherita["price"], margherita["allergens"]) == ("Pizza", 950, ["gluten", "milk"])
    assert (calzone["price"], calzone["option_groups"], calzone["allergens"]) == (1100, [], ["gluten", "milk"])
    size, extras = margherita["option_groups"]
    assert (size["name"], size["min"], size["max"]) == ("Size", 1, 1)
    assert [(one["name"], one["price"]) for one in size["options"]] == [("Normal", 0), ("Large", 300)]
    assert (extras["min"], extras["max"], [one["max_quantity"] for one in extras["options"]]) == (0, 4, [1, 3])


@pytest.mark.parametrize(("units", "text", "price"), [(0, "1200", 1200), (3, "1.250", 1250), (2, "0,5", 50)])
def test_amounts_have_the_decimals_of_the_currency(units: int, text: str, price: int) -> None:
    assert read(f"name;price\nSoup;{text}\n", units).dishes[0]["price"] == price


def a_dish(name: str, external_id: str | None, known: str, **more: Any) -> dict[str, Any]:
    return {"id": known, "name": name, "external_id": external_id, "price": 1, "option_groups": [], **more}


def test_names_and_external_ids_are_matched_separately() -> None:
    """A dish has the external id of another as its name, and two dishes with the same name match one each."""
    present = {"sections": [], "items": [a_dish("7", None, "i"), a_dish("Soup", "7", "ii"), a_dish("Soup", "8", "iii")]}

    by_id = whole_menu(read("name,price,external_id\n7,1,\nBroth,1,7\nSoup,1,9\n", 2), present)["items"]
    by_name = whole_menu(read("name,price\nSoup,1\nsoup,1\nSoup,1\n7,1\n", 2), present)["items"]

    assert [one.get("id") for one in by_id] == ["i", "ii", None]
    assert [one.get("id") for one in by_name] == ["ii", "iii", None, "i"]


def test_availability_is_not_copied_from_the_shown_menu() -> None:
    """A dish may be unavailable because its options are: writing that value back would make it permanent."""
    present = {"sections": [], "items": [a_dish("Soup", None, "i", available=False)]}

    [soup] = whole_menu(read("name,price\nSoup,2\n", 2), present)["items"]

    assert "available" not in soup


def test_options_keep_fields_without_a_column() -> None:
    large = {"id": "l", "name": "Large", "price": 300, "max_quantity": 2, "external_id": "x-l"}
    size = {"id": "g", "name": "Size", "min": 1, "max": 1, "external_id": "x-g", "options": [large]}
    present = {"sections": [], "items": [a_dish("Soup", None, "i", option_groups=[size])]}

    [soup] = whole_menu(read("name,price,group,option\nSoup,2,Size,Small\n,,,Large\n", 2), present)["items"]
    [priced] = whole_menu(read("name,price,group,max,option,option_price\nSoup,2,Size,,Large,4\n", 2), present)["items"]

    assert soup["option_groups"] == [size | {"options": [{"name": "Small", "price": 0}, large]}]
    assert priced["option_groups"] == [size | {"max": 2, "options": [large | {"price": 400}]}]


def test_fields_without_a_column_stay_unchanged() -> None:
    groups = [{"id": "g", "name": "Size", "options": []}]
    soup = {"id": "1", "name": "Soup", "price": 100, "description": "Hot", "external_id": "s", "option_groups": groups}
    breakfast = {"id": "b", "name": "Breakfast", "weekly": [{"weekday": 0, "opens": "07:00", "closes": "11:00"}]}
    present = {"items": [soup], "sections": [breakfast]}

    [section] = whole_menu(read("section,name,price,description\nBreakfast,soup,1.50,Warm\n", 2), present)["sections"]

    assert (section["id"], section["weekly"]) == ("b", breakfast["weekly"])
    assert section["items"] == [
        {"id": "1", "name": "soup", "price": 150, "description": "Warm", "external_id": "s", "option_groups": groups}
    ]


def test_a_file_of_many_groups_is_read_in_seconds() -> None:
    """While a file is read, the console serves no other request."""
    text = "name,price,group,option\nSoup,1,Size,Small\n" + "".join(f",,{group},Large\n" for group in range(40_000))

    began = time.monotonic()
    assert len(read(text, 2).dishes[0]["option_groups"]) == 40_001
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("name\nSoup\n", "the columns price are unknown, missing or repeated"),
        ("name,price,colour\nSoup,1,red\n", "the columns colour are unknown"),
        ("name,price,option,option\nSoup,1,Small,Large\n", "the columns option are unknown, missing or repeated"),
        ("", "the columns name, price are unknown, missing or repeated"),
        ("name,price\nSoup,\n", "line 2: Soup has no price"),
        ("name,price\nSoup,1.505\n", "line 2: price is 1.505 and may have 2 decimals"),
        ("name;price\nSoup;1,150\n", "line 2: price is 1,150 and may have 2 decimals"),
        ("name,price\nSoup,-1\n", "line 2: price is '-1' and should be an amount"),
        ("name,price\nSoup,sNaN\n", "line 2: price is 'sNaN' and should be an amount"),
        ("name,price\nSoup,1e999999999\n", "line 2: price is '1e999999999' and should be an amount"),
        ("name,price\nSoup,12345678901234\n", "line 2: price is '12345678901234' and should be an amount"),
        ("name,price\nSoup,1,50\n", "line 2: has more cells than columns"),
        ("name,price\n", "there is no dish"),
        ("name,price\nSoup,1\nBroth,one\n", "line 3: price is 'one' and should be an amount"),
        ("name,price,available\nSoup,1,maybe\n", "line 2: available is 'maybe' and should be yes or no"),
        ("name,price,option\n,,Large\n", "line 2: an option must be in the row of its dish or below it"),
        ("name,price,option\nSoup,1,Large\n", "line 2: the option Large has no group"),
        ("name,price,group,min,option\nSoup,1,Size,few,Large\n", "line 2: min is 'few' and should be a whole number"),
        ("name,price,description\nSoup,1,\n,,Hot\n", "line 3: there is neither a name nor an option"),
        ("name,price\nSoup,1\nBroth\rStew,1\n", "line 3: new-line character seen in unquoted field"),
        pytest.param(f"name,price\nSoup,1\n{LONG},1\n", "line 3: field larger than field limit", id="a long cell"),
        pytest.param(f"{LONG}\n", "line 1: field larger than field limit", id="a long head"),
    ],
)
def test_an_invalid_file_names_its_line(text: str, fault: str) -> None:
    with pytest.raises(SheetError) as refused:
        read(text, 2)
    assert str(refused.value).startswith(fault)
