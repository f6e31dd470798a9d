"""The outcome of each order in its restaurant's stream, compared with the city's actions on it."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from foodlab.demo import ENDED

_REMEMBERED = 20_000
_EXAMPLES = 20
# A stream may be this many seconds ahead of the response to the order itself.
_ANSWER = 5.0
# The endings that each action explains; without actions an order is delivered.
LEADS_TO = {
    "declined": frozenset({"payment_failed"}),
    "uncapturable": frozenset({"cancelled"}),
    "refused": frozenset({"rejected"}),
    "cancelled": frozenset({"cancelled"}),
    "failed": frozenset({"undeliverable"}),
}


@dataclass
class Story:
    """One open order: its number, the actions on it, and its steps with time and actor."""

    number: int | None = None
    deeds: set[str] = field(default_factory=set)
    steps: dict[str, datetime] = field(default_factory=dict)
    actors: dict[str, str] = field(default_factory=dict)
    status: str = "pending"

    @property
    def riding(self) -> bool:
        """Return whether a courier is on the way."""
        return self.status in {"assigned", "picked_up"}

    @property
    def end(self) -> str:
        """Return the reported ending; a paid order that the system cancels found no courier."""
        alone = self.actors.get("cancel_requested") == "system" and "uncapturable" not in self.deeds
        return "no courier" if self.status == "cancelled" and "paid" in self.steps and alone else self.status

    @property
    def wrong(self) -> bool:
        """Return whether no action explains its ending."""
        explained = {"delivered", "no courier"}.union(*(LEADS_TO[deed] for deed in self.deeds))
        return self.number is not None and self.end not in explained


class Stories:
    """All orders of a run: the open ones in full, and the reported figures of ended ones."""

    def __init__(self) -> None:
        """Begin without orders."""
        self.open = dict[str, Story]()
        self.ends = Counter[str]()
        self.turned_away = Counter[str]()
        self.wrong = deque[str](maxlen=_EXAMPLES)
        self.waits = {name: deque[float](maxlen=_REMEMBERED) for name in ("accepted", "assigned", "delivered")}
        self._known = asyncio.Condition()
        self._ended = dict[str, None]()

    def of(self, order_id: str) -> Story:
        """Return the story of an order; additions to an ended one are lost."""
        return Story() if order_id in self._ended else self.open.setdefault(order_id, Story())

    async def begin(self, order_id: str, number: int, deeds: Iterable[str]) -> None:
        """Record a new order and the effect of its card."""
        async with self._known:
            story = self.of(order_id)
            story.number = number
            story.deeds |= set(deeds)
            self._known.notify_all()

    async def number(self, order_id: str) -> int | None:
        """Return the number of an order, which its stream may announce before the customer has the response.

        Returns None for an order of another run.
        """
        try:
            async with asyncio.timeout(_ANSWER), self._known:
                await self._known.wait_for(lambda: self.of(order_id).number is not None)
        except TimeoutError:
            return None
        return self.of(order_id).number

    def note(self, step: dict[str, Any]) -> None:
        """Record a step of an order from its restaurant's stream."""
        order_id = step["order_id"]
        if order_id in self._ended:
            return
        story = self.of(order_id)
        story.status = step["status"]
        if step["event"]:
            event = step["event"].removeprefix("order.")
            story.steps.setdefault(event, datetime.fromisoformat(step["at"]))
            story.actors.setdefault(event, step["actor"])
        if story.status in ENDED:
            self._end(order_id, story)

    def _end(self, order_id: str, story: Story) -> None:
        del self.open[order_id]
        self._ended[order_id] = None
        if len(self._ended) > _REMEMBERED:
            del self._ended[next(iter(self._ended))]
        self.ends[story.end] += 1
        if story.wrong:
            done = ", ".join(sorted(story.deeds)) or "no action"
            self.wrong.append(f"order {order_id} ended as {story.end}: {done}")
        began = story.steps.get("created")
        for name, waits in self.waits.items():
            if began is not None and (at := story.steps.get(name)) is not None:
                waits.append((at - began).total_seconds())
