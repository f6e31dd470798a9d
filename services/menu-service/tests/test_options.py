from typing import Any
from uuid import uuid4

import pytest

from menu_service.errors import UnknownOptionError
from menu_service.rules.options import settle
from menu_service.schemas import OptionGroupWrite


def groups(*bodies: dict[str, Any]) -> list[OptionGroupWrite]:
    return [OptionGroupWrite.model_validate(body) for body in bodies]


SIZE = {"name": "Size", "min": 1, "max": 1, "options": [{"name": "S", "price": 0}, {"name": "L", "price": 300}]}


def ids(stored: list[dict[str, Any]]) -> list[str]:
    return [entry["id"] for group in stored for entry in (group, *group["options"])]


def test_new_groups_and_options_get_ids_of_their_own() -> None:
    stored = settle(groups(SIZE))

    assert len(set(ids(stored))) == 3
    assert stored[0]["options"][1] == {"id": ids(stored)[2], "name": "L", "price": 300, "available": True}


def test_ids_stay_when_names_prices_and_order_change() -> None:
    before = settle(groups(SIZE))
    small, large = before[0]["options"]
    change = {
        **before[0],
        "options": [{**large, "price": 350}, {"name": "XL", "price": 600}, {**small, "name": "Small"}],
    }

    after = settle(groups(change), before)

    assert after[0]["id"] == before[0]["id"]
    assert [option["id"] for option in after[0]["options"]][::2] == [large["id"], small["id"]]
    assert after[0]["options"][1]["id"] not in ids(before)
    assert [option["price"] for option in after[0]["options"]] == [350, 600, 0]


def test_an_option_stays_sold_out_unless_the_change_sets_it() -> None:
    before = settle(groups(SIZE))
    before[0]["options"][1]["available"] = False
    unnamed = [
        {name: option[name] for name in ("id", "name", "price")} for option in before[0]["options"]
    ]  # as sent by a client that does not have the field `available`

    after = settle(groups({**before[0], "options": [*unnamed, {"name": "XL", "price": 1}]}), before)
    named = settle(groups({**before[0], "options": [{**unnamed[1], "available": True}]}), before)

    assert [option["available"] for option in after[0]["options"]] == [True, False, True]
    assert named[0]["options"][0]["available"] is True


@pytest.mark.parametrize("where", ["group", "option"])
def test_an_id_of_no_option_of_the_dish_is_refused(where: str) -> None:
    unknown = str(uuid4())
    size = (
        {**SIZE, "id": unknown} if where == "group" else {**SIZE, "options": [{"id": unknown, "name": "S", "price": 0}]}
    )

    with pytest.raises(UnknownOptionError, match=unknown):
        settle(groups(size), settle(groups(SIZE)))
