"""Customers: they order at restaurants nearby, and some cancel."""

from collections.abc import Iterator
from http import HTTPStatus
from math import dist

from foodctl.api import RefusedError
from foodlab.citylife.choices import Order, arrivals, chance, order, restaurant
from foodlab.citylife.opening import REACH_M, Kitchen, address
from foodlab.citylife.people import Person
from foodlab.citylife.world import World
from foodlab.seed import basket_of

DEEDS = {"tok_declined": ("declined",), "tok_capture_fails": ("uncapturable",)}


class Customers:
    """The customers of one city."""

    def __init__(self, world: World) -> None:
        """Use this world."""
        self._world = world
        population, seed = world.population, world.plan.seed
        self._homes = [address(population.grid, chance(seed, "home", one.number)) for one in population.customers]

    async def come(self) -> None:
        """Place orders, each at its time, until cancelled."""
        for number, at in enumerate(self._times(), 1):
            await self._world.clock.sleep(at - self._world.clock.now)
            if self._world.clock.hurried:
                return
            if len(self._world.stories.open) >= self._world.plan.most_open:
                self._world.stories.turned_away["the city is full"] += 1
            else:
                self._world.spawn(self._order(number))

    def _times(self) -> Iterator[float]:
        plan = self._world.plan
        return arrivals(plan.seed, self._world.clock.now, plan.orders_per_minute / plan.speed)

    async def _order(self, number: int) -> None:
        """Place an order, and cancel it later if its customer does so."""
        seed, population = self._world.plan.seed, self._world.population
        chosen, source = order(seed, number), chance(seed, "basket", number)
        customer = source.choice(population.customers)
        door = self._homes[customer.number] if chosen.at_home else address(population.grid, source)
        kitchen = self._kitchen(number, door)
        if kitchen is None:
            self._world.stories.turned_away["no restaurant delivers there"] += 1
            return
        dishes = source.sample(kitchen.dishes, k=min(chosen.dishes, len(kitchen.dishes)))
        basket = basket_of(kitchen.restaurant, dishes, {"address": door})
        try:
            placed = await customer.call(
                "POST", "/orders", {**basket, "tip": chosen.tip, "payment_method": chosen.card}
            )
        except RefusedError as error:
            if error.status != HTTPStatus.CONFLICT:
                raise
            self._world.stories.turned_away[str(error.problem.get("title"))] += 1
            return
        await self._world.stories.begin(placed["id"], number, DEEDS.get(chosen.card, ()))
        await self._wait(customer, placed["id"], chosen)

    async def _wait(self, customer: Person, order_id: str, chosen: Order) -> None:
        if chosen.cancels_after is None:
            return
        await self._world.clock.sleep(chosen.cancels_after)
        self._world.stories.of(order_id).deeds.add("cancelled")
        await customer.attempt("POST", f"/orders/{order_id}/cancel", {"reason": "I changed my mind."})

    def _kitchen(self, number: int, door: dict[str, float]) -> Kitchen | None:
        grid, kitchens = self._world.population.grid, self._world.population.kitchens
        here = grid.found(door["lat"], door["lng"])
        places = [one.restaurant["place"] for one in kitchens]
        away = [dist(here, grid.found(place["lat"], place["lng"])) for place in places]
        chosen = restaurant(self._world.plan.seed, number, away, REACH_M)
        return None if chosen is None else kitchens[chosen]
