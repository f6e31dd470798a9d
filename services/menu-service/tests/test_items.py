import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from httpx2 import AsyncClient

from foodchassis.kernel import Envelope
from foodchassis.testing import Issuer
from foodevents import MenuItemRemoved, MenuItemUpdated

Body = dict[str, Any]
Make = Callable[..., Body]
MakeThere = Callable[..., Awaitable[Body]]
Published = Callable[[], Awaitable[list[Envelope]]]
Headers = dict[str, str]


async def test_an_added_dish_is_shown_and_published(
    client: AsyncClient, a_restaurant: MakeThere, an_item: MakeThere, published: Published
) -> None:
    restaurant = await a_restaurant()
    item = await an_item(restaurant)

    shown = await client.get(f"/restaurants/{restaurant['id']}/items/{item['id']}")

    assert (shown.status_code, shown.json()) == (200, item)
    assert (item["version"], item["restaurant_id"], item["available"]) == (1, restaurant["id"], True)
    _, envelope = await published()
    assert (envelope.type, envelope.sequence, str(envelope.subject)) == ("menu.item_updated.v1", 1, item["id"])
    event = MenuItemUpdated.model_validate(envelope.data).model_dump(mode="json")
    assert event.pop("item_id") == item["id"]
    assert event == {name: item[name] for name in event if name != "option_groups"} | {
        "option_groups": [
            {name: value for name, value in group.items() if name != "external_id"}
            | {"options": [{key: one[key] for key in one if key != "external_id"} for one in group["options"]]}
            for group in item["option_groups"]
        ]
    }


async def test_a_dish_is_marked_as_sold_out_and_keeps_its_options(
    client: AsyncClient, a_restaurant: MakeThere, an_item: MakeThere, owner: Headers, published: Published
) -> None:
    item = await an_item(await a_restaurant())
    path = f"/restaurants/{item['restaurant_id']}/items/{item['id']}"

    changed = await client.patch(path, json={"available": False}, headers=owner)
    same = await client.patch(path, json={"available": False, "option_groups": item["option_groups"]}, headers=owner)

    assert changed.json() == {**item, "available": False, "version": 2}
    assert same.json() == changed.json()
    assert [envelope.sequence for envelope in (await published())[1:]] == [1, 2]


async def test_options_sent_with_their_ids_keep_them(
    client: AsyncClient, a_restaurant: MakeThere, an_item: MakeThere, owner: Headers
) -> None:
    item = await an_item(await a_restaurant())
    path = f"/restaurants/{item['restaurant_id']}/items/{item['id']}"
    size = item["option_groups"][0]
    size["options"][1]["price"] = 350

    kept = await client.patch(path, json={"option_groups": [size]}, headers=owner)
    unknown = await client.patch(path, json={"option_groups": item["option_groups"]}, headers=owner)

    assert kept.json() == {**item, "option_groups": [size], "version": 2}
    assert (unknown.status_code, unknown.json()["type"]) == (422, "/problems/unknown-option")


async def test_a_new_dish_with_option_ids_is_refused(
    client: AsyncClient, a_restaurant: MakeThere, an_item: MakeThere, item_body: Make, owner: Headers
) -> None:
    item = await an_item(await a_restaurant())

    answer = await client.post(
        f"/restaurants/{item['restaurant_id']}/items",
        json=item_body(option_groups=item["option_groups"]),
        headers=owner,
    )

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/unknown-option")


async def test_a_removed_dish_is_gone_and_its_version_increases(
    client: AsyncClient, a_restaurant: MakeThere, an_item: MakeThere, owner: Headers, published: Published
) -> None:
    item = await an_item(await a_restaurant())
    path = f"/restaurants/{item['restaurant_id']}/items/{item['id']}"
    await client.patch(path, json={"price": 950}, headers=owner)
    await published()

    removed = await client.delete(path, headers=owner)

    assert (removed.status_code, removed.content) == (204, b"")
    [envelope] = await published()
    event = MenuItemRemoved.model_validate(envelope.data)
    assert (envelope.type, envelope.sequence, event.version, str(event.item_id)) == (
        "menu.item_removed.v1",
        3,
        3,
        item["id"],
    )
    again = [
        await client.get(path),
        await client.patch(path, json={"price": 1}, headers=owner),
        await client.delete(path, headers=owner),
    ]
    assert [answer.status_code for answer in again] == [404, 404, 404]
    assert await published() == []


async def test_a_change_or_removal_with_a_stale_version_is_refused(
    client: AsyncClient, a_restaurant: MakeThere, an_item: MakeThere, owner: Headers
) -> None:
    item = await an_item(await a_restaurant())
    path = f"/restaurants/{item['restaurant_id']}/items/{item['id']}"
    await client.patch(path, json={"price": 950}, headers={**owner, "If-Match": '"1"'})

    changed = await client.patch(path, json={"price": 1}, headers={**owner, "If-Match": '"1"'})
    removed = await client.delete(path, headers={**owner, "If-Match": '"1"'})

    assert [changed.status_code, removed.status_code] == [412, 412]
    assert ((await client.get(path)).json()["price"], changed.json()["version"]) == (950, 2)
    assert (await client.delete(path, headers={**owner, "If-Match": '"2"'})).status_code == 204


async def test_a_concurrent_change_and_removal_are_published_in_one_order(
    client: AsyncClient, a_restaurant: MakeThere, an_item: MakeThere, owner: Headers, published: Published
) -> None:
    restaurant = await a_restaurant()
    for _ in range(5):
        item = await an_item(restaurant)
        path = f"/restaurants/{restaurant['id']}/items/{item['id']}"
        await published()

        changed, removed = await asyncio.gather(
            client.patch(path, json={"price": 1}, headers=owner), client.delete(path, headers=owner)
        )

        envelopes = [(envelope.type, envelope.sequence) for envelope in await published()]
        assert removed.status_code == 204
        assert envelopes == (
            [("menu.item_updated.v1", 2), ("menu.item_removed.v1", 3)]
            if changed.status_code == 200
            else [("menu.item_removed.v1", 2)]
        )


async def test_a_full_menu_accepts_no_more_dishes(
    client: AsyncClient, a_restaurant: MakeThere, an_item: MakeThere, owner: Headers, app: Any
) -> None:
    app.state.resources.settings.max_items = 2
    restaurant = await a_restaurant()
    first = await an_item(restaurant)
    await an_item(restaurant)
    path = f"/restaurants/{restaurant['id']}/items"

    full = await client.post(path, json={"name": "Soup", "price": 500}, headers=owner)
    await client.delete(f"{path}/{first['id']}", headers=owner)
    room = await client.post(path, json={"name": "Soup", "price": 500}, headers=owner)

    assert (full.status_code, full.json()["type"], room.status_code) == (409, "/problems/menu-full", 201)


async def test_a_dish_belongs_to_one_menu(
    client: AsyncClient, a_restaurant: MakeThere, an_item: MakeThere, owner: Headers
) -> None:
    item = await an_item(await a_restaurant())
    path = f"/restaurants/{(await a_restaurant())['id']}/items/{item['id']}"

    answers = [
        await client.get(path),
        await client.patch(path, json={"price": 1}, headers=owner),
        await client.delete(path, headers=owner),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


async def test_only_the_owner_changes_the_menu(
    client: AsyncClient, a_restaurant: MakeThere, an_item: MakeThere, stranger: Headers, issuer: Issuer
) -> None:
    item = await an_item(await a_restaurant())
    menu = f"/restaurants/{item['restaurant_id']}/items"

    async def tried(menu: str, headers: Headers) -> list[int]:
        path = f"{menu}/{item['id']}"
        return [
            (await client.post(menu, json={"name": "Soup", "price": 500}, headers=headers)).status_code,
            (await client.patch(path, json={"price": 1}, headers=headers)).status_code,
            (await client.delete(path, headers=headers)).status_code,
        ]

    assert await tried(menu, {}) == [401] * 3
    assert await tried(menu, issuer.bearer("customer")) == [403] * 3
    assert await tried(menu, stranger) == [404] * 3
    assert await tried(f"/restaurants/{uuid4()}/items", stranger) == [404] * 3
    assert (await client.get(f"{menu}/{item['id']}")).json() == item


async def test_invalid_changes_are_refused(
    client: AsyncClient, a_restaurant: MakeThere, an_item: MakeThere, owner: Headers
) -> None:
    item = await an_item(await a_restaurant())
    path = f"/restaurants/{item['restaurant_id']}/items/{item['id']}"

    for field, wrong in {"price": True, "name": "", "id": str(uuid4()), "version": 9}.items():
        answer = await client.patch(path, json={field: wrong}, headers=owner)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, f"body.{field}")
