"""The city's users and restaurants: created by the first run of a seed, and reused by later ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx2

from foodctl.api import Api, Json
from foodlab.city import PASSWORD, RESTAURANTS
from foodlab.citylife.choices import chance
from foodlab.citylife.grid import Grid
from foodlab.citylife.people import NAMES, Person
from foodlab.citylife.plan import Plan
from foodlab.seed import few_at_once, until_sold

# Far from the demo city, so that these couriers do not get its orders; each seed has its own town.
_LAT, _LNG, _APART, _TOWNS = 51.2194, 4.4025, 0.3, 40
_KINDS = ("Trattoria", "Noodle Bar", "Grill", "Curry House", "Bakery", "Taqueria", "Deli", "Sushi Bar")
# The search radius of customers in metres; restaurants deliver further, so that rounding does not matter.
REACH_M = 2_000


@dataclass
class Kitchen:
    """A restaurant: its owner, place and menu."""

    owner: Person
    restaurant: Json
    dishes: Sequence[Json]


@dataclass
class Population:
    """The users of one city, and its map."""

    grid: Grid
    kitchens: list[Kitchen] = field(default_factory=list)
    couriers: list[Person] = field(default_factory=list)
    customers: list[Person] = field(default_factory=list)


def town(seed: int) -> Grid:
    """Return the grid of a seed's town."""
    return Grid.of(_LAT - seed % _TOWNS * _APART, _LNG, chance(seed, "grid"))


def address(grid: Grid, source: Any) -> Json:
    """Return a random address in the town."""
    crossing = grid.crossing(source)
    street = f"{source.choice(('Avenue', 'Street'))} {crossing.avenue * crossing.street % 97 + 1}"
    place = grid.place(grid.point(crossing))
    return {"line1": f"{street}, no. {source.randint(1, 120)}", "city": "Antwerp", "postal_code": "2000", **place}


class Opening:
    """Creates the users and restaurants of a plan."""

    def __init__(self, plan: Plan, anonymous: Api, streams: httpx2.AsyncClient) -> None:
        """Use these connections."""
        self._plan = plan
        self._anybody = anonymous
        self._streams = streams
        self._population = Population(town(plan.seed))

    async def all(self, say: Callable[[str], None]) -> Population:
        """Return the city once its restaurants are open and its menus are replicated."""
        plan, city = self._plan, self._population
        say(f"{plan.owners + plan.drivers + plan.customers} users in the town of seed {plan.seed}")
        owners = await self._people("restaurant", plan.owners)
        city.couriers = await self._people("driver", plan.drivers)
        city.customers = await self._people("customer", plan.customers)
        say(f"{plan.restaurants} restaurants open")
        await few_at_once(*(partial(self._open_of, owner, owners) for owner in owners))
        city.kitchens.sort(key=lambda one: str(one.restaurant["name"]))
        for kitchen in city.kitchens:
            await until_sold(
                city.customers[0].api, kitchen.restaurant, kitchen.dishes, {"address": self._door(kitchen)}
            )
        return city

    async def _people(self, role: str, count: int) -> list[Person]:
        found = dict[int, Person]()

        async def come(number: int) -> None:
            email = f"city-{self._plan.seed}-{role}-{number}@example.com"
            name = NAMES[number % len(NAMES)]
            found[number] = Person(await self._anybody.sign_up(email, PASSWORD, name, role), self._streams, number)

        await few_at_once(*(partial(come, number) for number in range(count)))
        return [found[number] for number in range(count)]

    async def _open_of(self, owner: Person, owners: Sequence[Person]) -> None:
        """Open every n-th restaurant of the city for one of n owners."""
        mine = (await owner.call("GET", "/restaurants/mine", params={"limit": 100}))["items"]
        known = {one["name"]: one for one in mine}
        for number in range(owner.number, self._plan.restaurants, len(owners)):
            profile = self._profile(number)
            found = known.get(profile["name"]) or await owner.call("POST", "/restaurants", profile)
            if found.get("paused"):
                await owner.call("PATCH", f"/restaurants/{found['id']}", {"paused": False})
            self._population.kitchens.append(Kitchen(owner, found, await self._menu(owner, found["id"], number)))

    async def _menu(self, owner: Person, restaurant_id: str, number: int) -> Sequence[Json]:
        """Store one of the demo city's menus for a restaurant."""
        path = f"/restaurants/{restaurant_id}"
        dishes: list[Json] = (await owner.call("GET", f"{path}/menu"))["items"]
        known = {one["name"] for one in dishes}
        wanted = RESTAURANTS[number % len(RESTAURANTS)]["dishes"]
        return dishes + [await owner.call("POST", f"{path}/items", one) for one in wanted if one["name"] not in known]

    def _profile(self, number: int) -> Json:
        source = chance(self._plan.seed, "restaurant profile", number)
        model = RESTAURANTS[0]["profile"]
        own = {"name": f"{NAMES[number % len(NAMES)]}'s {source.choice(_KINDS)} {number + 1}", "auto_accept": False}
        return {**model, **own, "radius_m": REACH_M + 500, "place": address(self._population.grid, source)}

    @staticmethod
    def _door(kitchen: Kitchen) -> Json:
        place = kitchen.restaurant["place"]
        return {name: place[name] for name in ("line1", "city", "postal_code", "lat", "lng")}
