from collections.abc import Awaitable, Callable
from typing import Any

from httpx2 import AsyncClient

from foodchassis.kernel import Envelope
from menu_service.republish import republish_all
from menu_service.settings import MenuSettings

Body = dict[str, Any]
MakeThere = Callable[..., Awaitable[Body]]


async def test_republishing_sends_the_newest_snapshot_of_everything(
    client: AsyncClient,
    a_restaurant: MakeThere,
    an_item: MakeThere,
    owner: dict[str, str],
    published: Callable[[], Awaitable[list[Envelope]]],
) -> None:
    restaurants = [await a_restaurant(name=name) for name in "ABCDE"]
    items = [await an_item(restaurant) for restaurant in restaurants]
    path = f"/restaurants/{restaurants[0]['id']}"
    await client.patch(path, json={"paused": True}, headers=owner)
    await client.delete(f"{path}/items/{items[0]['id']}", headers=owner)
    newest = {(envelope.subject, envelope.type): envelope for envelope in await published()}
    del newest[next(key for key, envelope in newest.items() if envelope.data.get("item_id") == items[0]["id"])]
    await republish_all(MenuSettings(), batch=2)

    again = {(envelope.subject, envelope.type): envelope for envelope in await published()}
    assert {key: (envelope.sequence, envelope.data) for key, envelope in again.items()} == {
        key: (envelope.sequence, envelope.data) for key, envelope in newest.items()
    }
    assert len(again) == 10
    assert {envelope.type for envelope in again.values()} == {
        "restaurant.updated.v1",
        "menu.item_updated.v1",
        "menu.item_removed.v1",
    }
