"""Kitchens: they accept or reject the orders of their stream, and cook them."""

from foodlab.citylife.choices import Cooking, cooking
from foodlab.citylife.clock import MINUTE
from foodlab.citylife.opening import Kitchen
from foodlab.citylife.world import World


class Cook:
    """The kitchen of one restaurant."""

    def __init__(self, world: World, kitchen: Kitchen) -> None:
        """Work in this kitchen."""
        self._world = world
        self._kitchen = kitchen
        self._answering = set[str]()
        self._cooking = set[str]()

    async def work(self) -> None:
        """Follow the stream of the restaurant's orders, and do the next action of each."""
        async for message in self._kitchen.owner.follow(f"/restaurants/{self._kitchen.restaurant['id']}/stream"):
            step = message.data
            self._world.stories.note(step)
            order_id, status, kitchen = step["order_id"], step["status"], step["kitchen"]
            if status == "placed" and kitchen == "waiting" and order_id not in self._answering:
                self._answering.add(order_id)
                self._world.spawn(self._answer(order_id))
            elif status in {"paid", "assigned"} and kitchen == "accepted" and order_id not in self._cooking:
                self._cooking.add(order_id)
                self._world.spawn(self._cook(order_id))

    async def close(self) -> None:
        """Pause the restaurant until the next run."""
        await self._kitchen.owner.call("PATCH", f"/restaurants/{self._kitchen.restaurant['id']}", {"paused": True})

    async def _answer(self, order_id: str) -> None:
        chosen = await self._chosen(order_id)
        await self._world.clock.sleep(chosen.answers_after)
        if chosen.refuses:
            self._world.stories.of(order_id).deeds.add("refused")
            await self._kitchen.owner.attempt("POST", f"/orders/{order_id}/reject", {"reason": chosen.refuses})
        else:
            minutes = max(1, round(chosen.takes / MINUTE / self._world.clock.speed))
            await self._kitchen.owner.attempt("POST", f"/orders/{order_id}/accept", {"prep_minutes": minutes})
        self._answering.discard(order_id)

    async def _cook(self, order_id: str) -> None:
        chosen = await self._chosen(order_id)
        await self._world.clock.sleep(chosen.takes)
        await self._kitchen.owner.attempt("POST", f"/orders/{order_id}/ready")
        self._cooking.discard(order_id)

    async def _chosen(self, order_id: str) -> Cooking:
        number = await self._world.stories.number(order_id)
        return cooking(self._world.plan.seed, order_id if number is None else number)
