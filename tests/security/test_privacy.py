"""The parts of an order that each role may see in each state, compared with the table in docs/security.md."""

import re
from collections.abc import Callable
from typing import Any

from e2e.running import ROOT
from e2e.scene import Scene, until

from foodctl.api import Api, Json, RefusedError

STAGES = ("placed", "paid", "assigned", "picked_up", "delivered")
HEAD = "| what | customer | restaurant | driver | admin | strangers |"
# Where each row of the table is found: a path, and a member of the response if only that is meant.
PLACES = {
    "the order and its dishes": ("/orders/{order}", None),
    "the customer's address, in the order": ("/orders/{order}", "delivery_address"),
    "names and phones of the parties": ("/orders/{order}", "contacts"),
    "the delivery": ("/deliveries/{delivery}", None),
    "the customer's address, in the delivery": ("/deliveries/{delivery}", "dropoff"),
    "the payment": ("/payments/{payment}", None),
}


def table() -> dict[tuple[str, str], set[str]]:
    """Return the documented stages per row and role."""
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    rows = re.search(rf"{re.escape(HEAD)}\n\| ---.*\n((?:\|.*\n)+)", text)
    assert rows is not None
    roles = [one.strip() for one in HEAD.strip("|").split("|")][1:]
    cells = [[one.strip() for one in row.strip("|").split("|")] for row in rows[1].splitlines()]
    return {(what, role): stages(cell) for what, *of_roles in cells for role, cell in zip(roles, of_roles, strict=True)}


def stages(cell: str) -> set[str]:
    """Return the stages of a cell such as `assigned to picked_up`."""
    first, last = STAGES[0], STAGES[-1]
    if cell == "never":
        return set()
    if found := re.fullmatch(r"from (\w+)", cell):
        first = found[1]
    elif found := re.fullmatch(r"until (\w+)", cell):
        last = found[1]
    elif found := re.fullmatch(r"(\w+) to (\w+)", cell):
        first, last = found.groups()
    else:
        assert cell == "always", cell
    return set(STAGES[STAGES.index(first) : STAGES.index(last) + 1])


async def seen(caller: Api, path: str, member: str | None) -> bool:
    """Return whether a caller can read the path and member."""
    try:
        answer = await caller.call("GET", path)
    except RefusedError as error:
        if error.status not in {403, 404}:
            raise
        return False
    return member is None or answer.get(member) is not None


async def test_each_role_sees_the_documented_parts_of_an_order(scene: Callable[..., Scene], admin: Api) -> None:
    play = await scene(auto_accept=False, auto_drive=False).set()
    people = {
        "customer": [play.customer],
        "restaurant": [play.owner],
        "driver": [play.driver],
        "admin": [admin],
        "strangers": [await play.newcomer(role) for role in ("customer", "restaurant", "driver")],
    }
    order = await play.reaches(await play.order(), "placed")
    payment = await play.payment(order)
    shown: dict[tuple[str, str], set[str]] = {}

    async def look(stage: str, delivery: str) -> None:
        ids = {"order": order["id"], "payment": payment["id"], "delivery": delivery}
        for what, (path, member) in PLACES.items():
            for role, callers in people.items():
                found = [await seen(one, path.format_map(ids), member) for one in callers]
                shown.setdefault((what, role), set()).update({stage} if any(found) else set())

    # Names and owners are replicated by events.
    await until(lambda: _known(play, order, payment))
    await look("placed", order["id"])
    await play.accept(order)
    driver, offer = await play.offered(order)
    await look("paid", offer["delivery_id"])
    await driver.call("POST", f"/offers/{offer['id']}/accept")
    await play.reaches(order, "assigned")
    await look("assigned", offer["delivery_id"])
    for word, stage in (("pickup", "picked_up"), ("deliver", "delivered")):
        await driver.call("POST", f"/deliveries/{offer['delivery_id']}/{word}")
        await play.reaches(order, stage)
        await look(stage, offer["delivery_id"])

    assert _lacking(offer, "dropoff", "delivery_address", "customer_id")
    assert shown == table()


async def _known(play: Scene, order: Json, payment: Json) -> bool:
    contacts: dict[str, Any] = (await play.seen(order)).get("contacts") or {}
    owned = await seen(play.owner, f"/payments/{payment['id']}", None)
    return owned and contacts.get("customer") is not None


def _lacking(offer: Json, *members: str) -> bool:
    return not offer.keys() & set(members)
