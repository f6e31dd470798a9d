"""Couriers: they follow the streets, report positions, and handle offers and deliveries."""

import asyncio
from collections.abc import Callable

from foodctl.api import Json
from foodlab.citylife.choices import Ride, Shift, chance, ride, shift
from foodlab.citylife.clock import MINUTE
from foodlab.citylife.grid import Point
from foodlab.citylife.people import Person
from foodlab.citylife.world import World

_HANDS_OVER = 90.0
_WAITS_FOR_FOOD = 25 * MINUTE
_REPAIR = 20 * MINUTE
_RESTS_AT_A_CORNER = 90.0
_PAUSE = 0.5


class Courier:
    """One courier with the current offer or delivery."""

    def __init__(self, world: World, person: Person) -> None:
        """Begin at a random place."""
        self._world = world
        self._person = person
        grid = world.population.grid
        self._chance = chance(world.plan.seed, "ways", person.number)
        self._here = grid.point(grid.crossing(self._chance))
        self._offer: Json | None = None
        self._delivery: Json | None = None
        self._chosen: Ride | None = None
        self._offers = 0
        self._shift = Shift(0, 0, 1)
        self._news = asyncio.Event()

    async def listen(self) -> None:
        """Follow the stream of the courier's offers and deliveries."""
        async for message in self._person.follow("/drivers/me/stream"):
            if message.event == "offer":
                self._offer = message.data if message.data["status"] == "open" else None
            elif message.event == "delivery":
                self._know(message.data)
            self._news.set()

    async def work(self) -> None:
        """Alternate between work and rest until cancelled."""
        await self._person.call("PUT", "/drivers/me", {"name": self._name, "vehicle": "bicycle"})
        number = 0
        while True:
            self._shift = shift(self._world.plan.seed, self._person.number, number)
            ends = self._world.clock.now + self._shift.works
            await self._go(online=True)
            while self._delivery or self._world.clock.now < ends or self._world.clock.hurried:
                await self._next()
            await self.rest()
            await self._world.clock.sleep(self._shift.rests)
            number += 1

    async def rest(self) -> None:
        """Go offline; an open offer goes to another courier."""
        await self._go(online=False)

    @property
    def _name(self) -> str:
        return f"Courier {self._person.number + 1}"

    async def _next(self) -> None:
        """Do the next action: continue a delivery, answer an offer, or roam."""
        self._news.clear()
        if self._delivery is not None:
            await self._carry(self._delivery)
        elif self._offer is not None:
            await self._answer(self._offer)
        else:
            await self._roam()

    async def _roam(self) -> None:
        def free() -> bool:
            return self._offer is None and self._delivery is None

        if self._world.clock.hurried or await self._ride(self._anywhere(), free):
            await self._told(_RESTS_AT_A_CORNER)

    def _anywhere(self) -> Point:
        grid = self._world.population.grid
        return grid.point(grid.crossing(self._chance))

    async def _told(self, seconds: float) -> None:
        """Wait for news, for at most `seconds` of city time, and report the position regularly."""
        await self._report()
        try:
            async with asyncio.timeout(min(seconds / self._world.clock.speed, 30)):
                await self._news.wait()
        except TimeoutError:
            return

    async def _answer(self, offer: Json) -> None:
        chosen = self._choose()
        await self._world.clock.sleep(chosen.thinks)
        if self._offer is offer:
            self._offer = None
        answer = "decline" if chosen.declines else "accept"
        taken = await self._person.attempt("POST", f"/offers/{offer['id']}/{answer}")
        if taken is not None and not chosen.declines:
            self._know(taken)
            self._chosen = chosen

    async def _carry(self, delivery: Json) -> None:
        """Do the next step of a delivery, unless it is withdrawn."""
        chosen = self._chosen = self._chosen or self._choose()
        if delivery["status"] == "assigned":
            await self._fetch(delivery, chosen)
            return
        if not await self._ride(self._place(delivery["dropoff"]), self._still(delivery)):
            return
        await self._world.clock.sleep(_HANDS_OVER)
        if chosen.fails:
            self._world.stories.of(delivery["order_id"]).deeds.add("failed")
            reason = {
                "reason": "The door stayed shut." if chosen.door == "customer" else "The bag fell into the river."
            }
            await self._step(delivery, "fail", {**reason, "responsible": chosen.door})
        else:
            await self._step(delivery, "deliver")

    async def _fetch(self, delivery: Json, chosen: Ride) -> None:
        kitchen, still = self._place(delivery["pickup"]), self._still(delivery)
        if chosen.gets_lost or chosen.breaks_down:
            await self._ride(self._anywhere(), still)
        if chosen.breaks_down:
            await self._step(delivery, "unassign", {"reason": "My bicycle has a flat tyre."})
            await self._go(online=False)
            await self._world.clock.sleep(_REPAIR)
            await self._go(online=True)
            return
        if not await self._ride(kitchen, still):
            return
        until = self._world.clock.now + _WAITS_FOR_FOOD
        while still() and not self._cooked and self._world.clock.now < until and not self._world.clock.hurried:
            self._news.clear()
            await self._told(until - self._world.clock.now)
        if still():
            await self._step(delivery, "pickup")

    @property
    def _cooked(self) -> bool:
        return self._delivery is not None and self._delivery["food_ready_at"] is not None

    def _still(self, delivery: Json) -> Callable[[], bool]:
        """Return a function that returns whether the courier still has the delivery in the same state."""
        known = (delivery["id"], delivery["status"])
        return lambda: self._delivery is not None and (self._delivery["id"], self._delivery["status"]) == known

    async def _ride(self, end: Point, go_on: Callable[[], bool]) -> bool:
        """Follow the streets and report positions; return whether the courier has arrived."""
        clock, every = self._world.clock, self._world.plan.report_every
        route = self._world.population.grid.route(self._here, end, self._chance)
        began = clock.now
        while go_on():
            metres = route.length if clock.hurried else (clock.now - began) * self._shift.speed
            self._here = route.at(metres)
            await self._report()
            if metres >= route.length:
                return True
            await clock.sleep(min(every * clock.speed, (route.length - metres) / self._shift.speed + 1))
        return False

    def _choose(self) -> Ride:
        """Decide about the next offer."""
        self._offers += 1
        return ride(self._world.plan.seed, self._person.number, self._offers)

    def _place(self, place: Json) -> Point:
        return self._world.population.grid.found(place["lat"], place["lng"])

    def _know(self, delivery: Json) -> None:
        """Store the state of a delivery, unless a newer one is known."""
        rides = delivery["status"] in {"assigned", "picked_up"} and delivery["driver_id"] == self._person.api.user_id
        known = self._delivery
        if known is None or known["id"] != delivery["id"]:
            self._delivery = delivery if rides else known
        elif delivery["version"] >= known["version"]:
            self._delivery = delivery if rides else None
        if self._delivery is None:
            self._chosen = None

    async def _step(self, delivery: Json, word: str, body: Json | None = None) -> None:
        """Report a step of a delivery, or read its state when it has changed in the meantime."""
        path = f"/deliveries/{delivery['id']}"
        known = await self._person.attempt("POST", f"{path}/{word}", body)
        if known is None:
            await asyncio.sleep(_PAUSE)
            known = await self._person.attempt("GET", path)
        # A delivery that is not found was assigned to another courier.
        self._know({**delivery, "version": delivery["version"] + 1, "driver_id": None} if known is None else known)

    async def _report(self) -> None:
        await self._person.call("PUT", "/drivers/me/location", self._world.population.grid.place(self._here))

    async def _go(self, *, online: bool) -> None:
        if online:
            await self._report()
        await self._person.call("PUT", "/drivers/me/availability", {"online": online})
        (self._world.on_the_road.add if online else self._world.on_the_road.discard)(self._person.number)
