from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from httpx2 import AsyncClient

from menu_service.schemas import MenuPublic

Body = dict[str, Any]
MakeThere = Callable[..., Awaitable[Body]]
Headers = dict[str, str]


def without_defaults(item: Body) -> Body:
    """Return a dish as stored: without the default values of its options."""
    new = {"max_quantity", "external_id"}
    groups = [{name: value for name, value in group.items() if name not in new} for group in item["option_groups"]]
    for group in groups:
        group["options"] = [{name: one[name] for name in one if name not in new} for one in group["options"]]
    return item | {"option_groups": groups}


async def test_a_menu_shows_its_dishes_in_order(
    client: AsyncClient, a_restaurant: MakeThere, an_item: MakeThere, owner: Headers
) -> None:
    restaurant = await a_restaurant()
    items = [await an_item(restaurant, name=name) for name in ("Pizza", "Gnocchi", "Tiramisù")]
    path = f"/restaurants/{restaurant['id']}"
    await an_item(await a_restaurant(), name="elsewhere")
    await client.delete(f"{path}/items/{items.pop(1)['id']}", headers=owner)

    answer = await client.get(f"{path}/menu")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == {
        "restaurant_id": restaurant["id"],
        "name": restaurant["name"],
        "currency": "EUR",
        "sections": [],
        "items": [without_defaults(item) for item in items],
    }
    assert MenuPublic.model_validate_json(answer.text).model_dump(mode="json")["items"] == items


async def test_a_new_restaurant_has_an_empty_menu(client: AsyncClient, a_restaurant: MakeThere) -> None:
    answer = await client.get(f"/restaurants/{(await a_restaurant())['id']}/menu")

    assert answer.json()["items"] == []


async def test_every_change_sets_a_new_etag_of_the_menu(
    client: AsyncClient, a_restaurant: MakeThere, an_item: MakeThere, owner: Headers
) -> None:
    restaurant = await a_restaurant()
    path = f"/restaurants/{restaurant['id']}"
    item = await an_item(restaurant)

    async def tag() -> str:
        found: str = (await client.get(f"{path}/menu")).headers["etag"]
        return found

    tags = [await tag(), await tag()]
    assert tags[0] == tags[1]
    await client.patch(f"{path}/items/{item['id']}", json={"price": 1000}, headers=owner)
    tags.append(await tag())
    await client.patch(path, json={"name": "Trattoria Due"}, headers=owner)
    tags.append(await tag())
    await an_item(restaurant, name="Gnocchi")
    tags.append(await tag())
    await client.delete(f"{path}/items/{item['id']}", headers=owner)
    tags.append(await tag())
    assert len(set(tags)) == 5


async def test_a_current_etag_gets_304(client: AsyncClient, a_restaurant: MakeThere, an_item: MakeThere) -> None:
    restaurant = await a_restaurant()
    await an_item(restaurant)
    path = f"/restaurants/{restaurant['id']}/menu"
    tag = (await client.get(path)).headers["etag"]

    for known in (tag, f'"old", W/{tag}', "*"):
        answer = await client.get(path, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    for unknown in ('"1.0"', tag.strip('"'), ""):
        answer = await client.get(path, headers={"If-None-Match": unknown})
        assert (answer.status_code, answer.headers["etag"]) == (200, tag)


@pytest.mark.parametrize("headers", [{}, {"If-None-Match": "*"}])
async def test_an_unknown_restaurant_has_no_menu(client: AsyncClient, headers: Headers) -> None:
    answer = await client.get(f"/restaurants/{uuid4()}/menu", headers=headers)

    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/restaurant-not-found")
