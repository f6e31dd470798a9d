"""The live map of restaurants, drivers and active deliveries, and the search for a driver."""

import asyncio
from typing import Any

from console_service.adapters.visitor import Visitor
from console_service.rules.changes import Places, View
from console_service.rules.streets import around, nearby

UNDER_WAY = ["searching", "offered", "assigned", "picked_up"]
MOST = 1000


async def city(visitor: Visitor) -> View:
    """Return the map, the positions of its drivers, and the active deliveries, longest waiting first."""
    (drivers, all_drivers), (deliveries, all_deliveries), (restaurants, all_restaurants) = await asyncio.gather(
        visitor.api.all("/drivers", most=MOST, online="true"),
        visitor.api.all("/deliveries", most=MOST, status=UNDER_WAY),
        visitor.api.all("/restaurants", most=MOST),
    )
    cut = 0 if all_drivers and all_deliveries and all_restaurants else MOST
    drivers = [one for one in drivers if one["lat"] is not None]
    deliveries = [one for one in reversed(deliveries) if one["pickup"] and one["dropoff"]]
    kitchens = nearby([{**one["place"], "name": one["name"], "id": one["id"]} for one in restaurants])
    doors = [one["dropoff"] for one in deliveries]
    frame = around(nearby([*kitchens, *doors], of=kitchens)) if kitchens else None
    places = {} if frame is None else {f"driver-{one['id']}": frame.point(one) for one in drivers}
    drawn = visitor.render(
        "dispatch/city.html", frame=frame, kitchens=kitchens, deliveries=deliveries, drivers=drivers, places=places
    )
    names = {one["id"]: one["name"] for one in drivers}
    return {
        "city": drawn,
        "places": Places({key: f"{at.x} {at.y}" for key, at in places.items()}, within="city"),
        "counts": visitor.render("dispatch/counts.html", counts=_counts(drivers, deliveries), cut=cut),
        "under-way": {
            f"delivery-{one['id']}": visitor.render("dispatch/delivery.html", delivery=one, names=names)
            for one in deliveries
        },
    }


async def search(visitor: Visitor, delivery_id: str) -> View:
    """Return the state of the search for a delivery's driver."""
    delivery, found = await asyncio.gather(
        visitor.api.get(f"/deliveries/{delivery_id}"), visitor.api.get(f"/deliveries/{delivery_id}/search")
    )
    return {
        "search-head": visitor.render("dispatch/search_head.html", delivery=delivery, search=found),
        "candidates": visitor.render("dispatch/candidates.html", search=found),
        "may": visitor.render("may.html", actions={"reassign"} & _may(delivery)),
    }


async def reassign(visitor: Visitor, delivery_id: str, form: dict[str, str]) -> None:
    """Withdraw a delivery from its driver; a new driver is searched for."""
    await visitor.api.post(f"/deliveries/{delivery_id}/reassign", {"reason": form.get("reason", "")})


def _may(delivery: dict[str, Any]) -> set[str]:
    return {"reassign"} if delivery["status"] == "assigned" else set()


def _counts(drivers: list[dict[str, Any]], deliveries: list[dict[str, Any]]) -> dict[str, int]:
    states = [one["state"] for one in drivers]
    waiting = sum(one["status"] in {"searching", "offered"} for one in deliveries)
    return {name: states.count(name) for name in ("free", "offered", "riding")} | {"waiting": waiting}
