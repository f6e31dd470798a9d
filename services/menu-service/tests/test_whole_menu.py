"""Menus that are replaced as a whole."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient, Response

from foodchassis.kernel import Envelope

Body = dict[str, Any]
Make = Callable[..., Body]
MakeThere = Callable[..., Awaitable[Body]]
Published = Callable[[], Awaitable[list[Envelope]]]
Headers = dict[str, str]
Put = Callable[..., Awaitable[Response]]
MORNING = [{"weekday": day, "opens": "07:00", "closes": "11:30"} for day in range(7)]


def a_menu() -> Body:
    """Return two sections, one only for the morning, and water without a section."""
    cheese = {"name": "Cheese", "price": 120, "max_quantity": 3, "external_id": "x-cheese"}
    toppings = {"name": "Toppings", "min": 0, "max": 4, "options": [cheese, {"name": "Olives", "price": 80}]}
    return {
        "sections": [
            {"name": "Breakfast", "weekly": MORNING, "items": [{"name": "Pancakes", "price": 850}]},
            {
                "name": "Pizza",
                "external_id": "s-2",
                "items": [
                    {"name": "Margherita", "price": 900, "external_id": "d-1", "option_groups": [toppings]},
                    {
                        "name": "Merlot", "price": 600, "external_id": "d-2", "tax_category": "alcohol",
                        "allergens": ["sulphites"],
                        "images": [{"url": "https://img.example.com/merlot.jpg", "alt": "A glass of red wine"}],
                    },
                ],
            },
        ],
        "items": [{"name": "Water", "price": 200}],
    }  # fmt: skip


@pytest.fixture
async def place(a_restaurant: MakeThere) -> Body:
    return await a_restaurant()


@pytest.fixture
def put(client: AsyncClient, place: Body, owner: Headers) -> Put:
    async def send(menu: Body, **params: Any) -> Response:
        return await client.put(f"/restaurants/{place['id']}/menu", json=menu, params=params, headers=owner)

    return send


def named(changes: list[Body]) -> list[tuple[str, str]]:
    return [(one["kind"], one["name"]) for one in changes]


async def test_a_menu_is_shown_as_it_was_sent(client: AsyncClient, place: Body, put: Put) -> None:
    diff = (await put(a_menu())).json()

    menu = (await client.get(f"/restaurants/{place['id']}/menu")).json()
    breakfast, pizza = menu["sections"]
    assert (breakfast["name"], breakfast["weekly"], pizza["external_id"]) == ("Breakfast", MORNING, "s-2")
    shown = [(item["name"], item["section_id"], item["external_id"]) for item in menu["items"]]
    assert shown == [
        *[("Water", None, None), ("Pancakes", breakfast["id"], None)],
        *[("Margherita", pizza["id"], "d-1"), ("Merlot", pizza["id"], "d-2")],
    ]
    wine = menu["items"][3]
    assert (wine["tax_category"], wine["allergens"], wine["images"][0]["alt"]) == (
        "alcohol", ["sulphites"], "A glass of red wine",
    )  # fmt: skip
    assert menu["items"][2]["option_groups"][0]["options"][0]["max_quantity"] == 3
    assert named(diff["added"]) == [
        *[("section", "Breakfast"), ("section", "Pizza"), ("dish", "Water"), ("dish", "Pancakes")],
        *[("dish", "Margherita"), ("dish", "Merlot")],
    ]
    assert {one["id"] for one in diff["added"]} == {one["id"] for one in (*menu["sections"], *menu["items"])}


async def test_the_same_menu_twice_changes_nothing(
    client: AsyncClient, place: Body, put: Put, published: Published
) -> None:
    await put(a_menu())
    before = await client.get(f"/restaurants/{place['id']}/menu")
    await published()

    again = (await put(a_menu())).json()

    after = await client.get(f"/restaurants/{place['id']}/menu")
    assert again == {"dry_run": False, "added": [], "changed": [], "removed": [], "unchanged": 4}
    assert (after.headers["etag"], after.json()) == (before.headers["etag"], before.json())
    assert await published() == []


async def test_a_dry_run_returns_the_changes_and_stores_nothing(
    client: AsyncClient, place: Body, put: Put, published: Published
) -> None:
    await put(a_menu())
    before = (await client.get(f"/restaurants/{place['id']}/menu")).json()
    await published()
    menu = a_menu()
    menu["items"] = [{"name": "Lemonade", "price": 320}]
    menu["sections"][1]["items"][0]["price"] = 950
    menu["sections"][0] |= {"name": "Brunch", "id": before["sections"][0]["id"]}

    diff = (await put(menu, dry_run="true")).json()

    assert (diff["dry_run"], diff["unchanged"]) == (True, 2)
    assert [(one["name"], one["id"]) for one in diff["added"]] == [("Lemonade", None)]
    assert [(one["name"], one["fields"]) for one in diff["changed"]] == [
        ("Brunch", ["name"]),
        ("Margherita", ["price"]),
    ]
    assert named(diff["removed"]) == [("dish", "Water")]
    assert (await client.get(f"/restaurants/{place['id']}/menu")).json() == before
    assert await published() == []


async def test_a_matched_dish_keeps_its_id(client: AsyncClient, place: Body, put: Put) -> None:
    """One dish matches by external id, another by name. Options match alike."""
    await put(a_menu())
    before = {one["name"]: one for one in (await client.get(f"/restaurants/{place['id']}/menu")).json()["items"]}
    menu = a_menu()
    pizza, _ = menu["sections"][1]["items"]
    pizza["name"] = "Pizza Margherita"
    pizza["option_groups"][0]["options"][0]["name"] = "Mozzarella"
    menu["items"][0]["external_id"] = "d-9"

    diff = (await put(menu)).json()

    after = {one["name"]: one for one in (await client.get(f"/restaurants/{place['id']}/menu")).json()["items"]}
    assert (diff["added"], diff["removed"]) == ([], [])
    assert after["Pizza Margherita"]["id"] == before["Margherita"]["id"]
    assert (after["Water"]["id"], after["Water"]["external_id"]) == (before["Water"]["id"], "d-9")
    [was], [now] = before["Margherita"]["option_groups"], after["Pizza Margherita"]["option_groups"]
    assert [now["id"], *(one["id"] for one in now["options"])] == [was["id"], *(one["id"] for one in was["options"])]


async def test_dishes_may_swap_their_external_ids(client: AsyncClient, place: Body, put: Put) -> None:
    await put({"items": [{"name": "A", "price": 1, "external_id": "1"}, {"name": "B", "price": 2, "external_id": "2"}]})
    a, b = (await client.get(f"/restaurants/{place['id']}/menu")).json()["items"]
    swapped = [
        {"id": a["id"], "name": "A", "price": 1, "external_id": "2"},
        {"name": "C", "price": 2, "external_id": "1"},
    ]

    diff = (await put({"items": swapped})).json()

    menu = (await client.get(f"/restaurants/{place['id']}/menu")).json()["items"]
    assert [(one["name"], one["external_id"]) for one in menu] == [("A", "2"), ("C", "1")]
    assert [(one["name"], one["id"]) for one in diff["removed"]] == [("B", b["id"])]


async def test_only_changes_are_published(put: Put, published: Published) -> None:
    await put(a_menu())
    menu = a_menu()
    menu["sections"][1]["items"][0]["price"] = 950
    await published()

    await put(menu)

    [event] = await published()
    assert (event.type, event.sequence, event.data["price"]) == ("menu.item_updated.v1", 2, 950)
    menu["sections"][0]["weekly"] = []
    await put(menu)
    [event] = await published()
    assert (event.type, event.data["sections"][0]["weekly"]) == ("restaurant.updated.v1", [])


async def test_a_dish_stays_sold_out_until_the_menu_sets_it(client: AsyncClient, place: Body, put: Put) -> None:
    soup = {"name": "Soup", "price": 100}
    await put({"items": [soup | {"available": False}]})

    repeated = (await put({"items": [soup]})).json()
    again = (await put({"items": [soup | {"available": True}]})).json()

    assert (repeated["unchanged"], again["changed"][0]["fields"]) == (1, ["available"])


async def test_an_added_dish_moves_few_others(put: Put) -> None:
    dishes = [{"name": f"Dish {number}", "price": 100} for number in range(20)]
    await put({"items": dishes})

    diff = (await put({"items": [*dishes[:7], {"name": "New", "price": 1}, *dishes[7:]]})).json()
    first = (await put({"items": [dishes[19], *dishes[:19]]})).json()

    assert (named(diff["added"]), diff["changed"]) == ([("dish", "New")], [])
    assert [(one["name"], one["fields"]) for one in first["changed"]] == [("Dish 19", ["position"])]
    assert named(first["removed"]) == [("dish", "New")]
    again = (await put({"items": [dishes[19], *dishes[:19]]})).json()
    assert again["unchanged"] == 20


@pytest.mark.parametrize(
    ("menu", "status", "kind"),
    [
        ({"items": [{"id": str(uuid4()), "name": "A", "price": 1}]}, 422, "unknown-item"),
        ({"sections": [{"id": str(uuid4()), "name": "A"}]}, 422, "unknown-section"),
        ({"items": [{"name": "A", "price": 1}, {"name": "a", "price": 2}]}, 422, "invalid-request"),
        ({"items": [{"name": n, "price": 1, "external_id": "1"} for n in "AB"]}, 422, "invalid-request"),
        ({"items": [{"name": "A", "price": 10**8 + 1}]}, 422, "amount-too-large"),
        (
            {"items": [{"name": "A", "price": 1, "images": [{"url": "http://x.example", "alt": "a"}]}]},
            422,
            "invalid-request",
        ),
        ({"items": [{"name": "A", "price": 1, "allergens": ["milk", "milk"]}]}, 422, "invalid-request"),
        ({"items": [{"name": "A", "price": 1, "tax_category": "wine"}]}, 422, "invalid-request"),
    ],
)
async def test_an_invalid_menu_is_refused_completely(
    client: AsyncClient, place: Body, put: Put, menu: Body, status: int, kind: str
) -> None:
    answer = await put(menu)

    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")
    assert (await client.get(f"/restaurants/{place['id']}/menu")).json()["items"] == []


async def test_a_menu_is_bounded_in_dishes_and_in_bytes(
    app: FastAPI, client: AsyncClient, place: Body, put: Put, owner: Headers, item_body: Make
) -> None:
    settings = app.state.resources.settings
    settings.max_items, settings.max_menu_bytes = 2, 400
    items = f"/restaurants/{place['id']}/items"
    many = await put({"items": [{"name": name, "price": 1} for name in "ABC"]})
    large = await put({"items": [{"name": "A", "description": "x" * 500, "price": 1}]})
    headings = await put({"sections": [{"name": "A", "description": "x" * 500}]})
    first = await client.post(items, json={"name": "A", "description": "x" * 300, "price": 1}, headers=owner)
    second = await client.post(items, json={"name": "B", "description": "x" * 300, "price": 1}, headers=owner)

    assert (many.status_code, many.json()["type"]) == (409, "/problems/menu-full")
    for too_large in (large, headings):
        assert (too_large.status_code, too_large.json()["type"]) == (409, "/problems/menu-too-large")
    assert (first.status_code, second.status_code, second.json()["type"]) == (201, 409, "/problems/menu-too-large")


async def test_a_menu_beyond_its_limits_may_change_but_not_grow(
    app: FastAPI, client: AsyncClient, place: Body, an_item: MakeThere, owner: Headers
) -> None:
    path = f"/restaurants/{place['id']}/items/{(await an_item(place))['id']}"
    app.state.resources.settings.max_items = 0

    sold_out = await client.patch(path, json={"available": False}, headers=owner)
    longer = await client.patch(path, json={"description": "x" * 500}, headers=owner)

    assert (sold_out.status_code, longer.status_code, longer.json()["type"]) == (200, 409, "/problems/menu-full")


async def test_a_menu_is_replaced_only_if_it_is_the_version_that_was_read(
    client: AsyncClient, place: Body, put: Put, owner: Headers
) -> None:
    path = f"/restaurants/{place['id']}/menu"
    read = {**owner, "If-Match": (await client.get(path)).headers["ETag"]}

    first = await client.put(path, json={"items": [{"name": "Soup", "price": 1}]}, headers=read)
    stale = await client.put(path, json={"items": []}, headers=read)
    shown = (await client.get(path)).headers["ETag"]
    either = f"{read['If-Match']}, {shown}"
    again = await client.put(path, json={"items": []}, headers={**owner, "If-Match": either})
    of_any = await client.put(path, json={"items": []}, headers={**owner, "If-Match": "*"})

    assert [one.status_code for one in (first, stale, again, of_any)] == [200, 412, 200, 200]
    assert (stale.json()["type"], first.headers["ETag"]) == ("/problems/stale-version", shown)


async def test_another_owners_menu_cannot_be_replaced(client: AsyncClient, place: Body, stranger: Headers) -> None:
    answer = await client.put(f"/restaurants/{place['id']}/menu", json=a_menu(), headers=stranger)

    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/restaurant-not-found")


async def test_a_single_dish_gets_a_section_and_an_external_id(
    client: AsyncClient, place: Body, put: Put, owner: Headers
) -> None:
    await put(a_menu())
    menu = (await client.get(f"/restaurants/{place['id']}/menu")).json()
    items = f"/restaurants/{place['id']}/items"
    new = {"name": "Calzone", "price": 1100, "section_id": menu["sections"][1]["id"]}

    made = await client.post(items, json=new, headers=owner)
    taken = await client.patch(f"{items}/{made.json()['id']}", json={"external_id": "d-1"}, headers=owner)
    free = await client.patch(f"{items}/{made.json()['id']}", json={"external_id": "d-7"}, headers=owner)
    unknown = await client.post(items, json=new | {"section_id": str(uuid4())}, headers=owner)

    assert (made.status_code, made.json()["section_id"]) == (201, menu["sections"][1]["id"])
    assert made.json()["position"] > menu["items"][-1]["position"]
    assert (taken.status_code, taken.json()["type"]) == (409, "/problems/external-id-taken")
    assert (free.status_code, free.json()["external_id"]) == (200, "d-7")
    assert (unknown.status_code, unknown.json()["type"]) == (422, "/problems/unknown-section")
