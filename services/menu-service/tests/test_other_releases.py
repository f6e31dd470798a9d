"""Rows that another release stored, and rows that it must be able to read."""

import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from foodchassis import Database
from foodchassis.storage import Statement

Body = dict[str, Any]
Put = Callable[[Body], Awaitable[Body]]
DEPLOY = Path(__file__).parents[3] / "docs/04-prod-deploy.md"


@pytest.fixture
async def put(client: AsyncClient, a_restaurant: Callable[..., Awaitable[Body]], owner: dict[str, str]) -> Put:
    path = f"/restaurants/{(await a_restaurant())['id']}/menu"

    async def send(menu: Body) -> Body:
        answer = await client.put(path, json=menu, headers=owner)
        assert answer.status_code == 200, answer.text
        diff: Body = answer.json()
        return diff

    return send


async def test_the_rollback_removes_option_fields_unknown_to_the_previous_release(app: FastAPI, put: Put) -> None:
    cheese = {"name": "Cheese", "price": 120, "max_quantity": 3, "external_id": "x-cheese"}
    toppings = {
        "name": "Toppings",
        "min": 0,
        "max": 4,
        "external_id": "x",
        "options": [cheese, {"name": "Olives", "price": 80}],
    }
    await put({"items": [{"name": "Margherita", "price": 900, "option_groups": [toppings]}]})
    [rollback] = re.findall(r"^```sql\n(.*?)^```", DEPLOY.read_text(), re.MULTILINE | re.DOTALL)

    async with app.state.resources.get(Database).begin() as transaction:
        await transaction.put(Statement(rollback))
        (rows,) = await transaction.send(Statement("SELECT option_groups FROM menu_items WHERE name = 'Margherita'"))

    [[group]] = rows[0]
    assert group.keys() == {"id", "name", "min", "max", "options"}
    assert [option.pop("id") and option for option in group["options"]] == [
        {"name": "Cheese", "price": 120, "available": True},
        {"name": "Olives", "price": 80, "available": True},
    ]


LATER_HOURS = """
    UPDATE restaurants SET hours = jsonb_set(jsonb_set(hours, '{weekly,0,kind}', '1'), '{kind}', '1')
"""
LATER_STAFF = """
    UPDATE restaurants SET staff =
        jsonb_build_array(jsonb_build_object('user_id', %(id)s::text, 'role', 'kitchen', 'name', 'Ben', 'kind', 1))
"""


async def test_unknown_fields_of_a_later_release_are_ignored(
    app: FastAPI, put: Put, client: AsyncClient, owner: dict[str, str]
) -> None:
    olives = {"name": "Toppings", "min": 0, "max": 1, "options": [{"name": "Olives", "price": 80}]}
    picture = {"url": "https://img.example.com/a.jpg", "alt": "A pizza"}
    diff = await put({"items": [{"name": "Margherita", "price": 900, "option_groups": [olives], "images": [picture]}]})
    async with app.state.resources.get(Database).begin() as transaction:
        (rows,) = await transaction.send(Statement("SELECT restaurant_id, option_groups FROM menu_items"))
        [[restaurant, [group]]] = rows
        later = {"kind": "x", **group, "options": [{"kind": "x", **option} for option in group["options"]]}
        groups = {"groups": json.dumps([later])}
        await transaction.put(Statement("UPDATE menu_items SET option_groups = %(groups)s::jsonb", groups))
        await transaction.put(Statement("UPDATE menu_items SET images = jsonb_set(images, '{0,kind}', '1')"))
        await transaction.put(Statement("""UPDATE restaurants SET tax_rates = '{"meals": 1, "alcohol": 2}'"""))
        await transaction.put(Statement(LATER_HOURS))
        await transaction.put(Statement(LATER_STAFF, {"id": str(uuid4())}))

    dish = (await client.get(f"/restaurants/{restaurant}/items/{diff['added'][0]['id']}")).json()
    shown = (await client.get(f"/restaurants/{restaurant}")).json()
    staff = (await client.get(f"/restaurants/{restaurant}/staff", headers=owner)).json()["members"]

    rates = shown["tax_rates"]
    assert dish["option_groups"] == [{"external_id": None, **group, "options": dish["option_groups"][0]["options"]}]
    assert [option["name"] for option in dish["option_groups"][0]["options"]] == ["Olives"]
    assert (rates["alcohol"], "meals" in rates) == (2, False)
    assert dish["images"] == [picture]
    assert shown["hours"].keys() == {"timezone", "weekly", "special_days"}
    assert shown["hours"]["weekly"][0].keys() == {"weekday", "opens", "closes"}
    assert [member.keys() for member in staff] == [{"user_id", "role", "name"}]


async def test_a_section_stored_by_another_release_is_compared(app: FastAPI, put: Put) -> None:
    """A stored section may lack a field of this release."""
    await put({"sections": [{"name": "Breakfast", "description": "Until eleven"}]})
    async with app.state.resources.get(Database).begin() as transaction:
        (rows,) = await transaction.send(Statement("SELECT sections FROM restaurants"))
        sections = [{k: v for k, v in one.items() if k not in {"external_id", "description"}} for one in rows[0][0]]
        await transaction.put(Statement("UPDATE restaurants SET sections = %(s)s::jsonb", {"s": json.dumps(sections)}))

    diff = await put({"sections": [{"name": "Breakfast"}]})

    assert [(one["name"], one["fields"]) for one in diff["changed"]] == [("Breakfast", ["description"])]
