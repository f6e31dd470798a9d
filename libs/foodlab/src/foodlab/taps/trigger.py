"""`foodctl trigger`: brings one order to a chosen ending, and prints its events."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

from aio_pika.abc import AbstractQueue
from rich.console import Console

from devservers.errors import UsageError
from foodctl.api import Json, gateway
from foodctl.errors import FoodctlError
from foodctl.scene import Scene
from foodctl.system import System
from foodlab.chaotic import ENDINGS, Ending, Story, accept, nothing, play
from foodlab.city import ADMIN, PASSWORD
from foodlab.taps.exchange import tapped

_SECONDS = 120
# By deadlines, which are shorter in the sandbox.
_SOON = {"pace": 60}
SANDBOX = (
    Ending("restaurant silent", "rejected", "voided", nothing, trigger="restaurant.silent",
           test={"kitchen": "silent", **_SOON}),
    Ending("no driver found", "cancelled", "refunded", accept, trigger="delivery.no_driver",
           test={"courier": "none", **_SOON}),
)  # fmt: skip
TRIGGERS = {ending.trigger: ending for ending in (*ENDINGS, *SANDBOX)}
# The event that announces each state of a payment.
PAYMENTS = {
    "captured": "payment.completed", "partially_refunded": "payment.refunded", "refunded": "payment.refunded",
    "voided": "payment.voided", "declined": "payment.declined", "capture_failed": "payment.capture_failed",
}  # fmt: skip


def named(name: str) -> Ending:
    """Return the ending of a name. Raises UsageError with the names."""
    if name not in TRIGGERS:
        raise UsageError(f"there is no trigger {name}; there are {', '.join(TRIGGERS)}")
    return TRIGGERS[name]


def listed() -> Iterator[tuple[str, str, str, str]]:
    """Yield each trigger with its description and the final states of order and payment."""
    yield from ((name, one.title, one.status, one.payment) for name, one in TRIGGERS.items())


def trigger(system: System, console: Console, ending: Ending) -> Json:
    """Bring an order to an ending, print its events, and return it. Raises FoodctlError when it ends differently."""
    try:
        return asyncio.run(_trigger(system, console, ending))
    except TimeoutError:
        raise FoodctlError(f"{ending.trigger}: the order did not end as {ending.status}; see `just logs`") from None


async def _trigger(system: System, console: Console, ending: Ending) -> Json:
    story = Story(ending)
    async with (
        asyncio.timeout(_SECONDS),
        gateway(system.gateway_url) as anonymous,
        tapped(system.endpoints.rabbitmq_url) as queue,
    ):
        admin = await anonymous.log_in(ADMIN["email"], PASSWORD)
        scene = Scene(anonymous, drivers=int(ending.driven))
        await scene.open()
        printing = asyncio.create_task(_print(queue, story, console))
        try:
            await play(scene, admin, story)
            await printing
        finally:
            printing.cancel()
            await scene.close()
    console.print(f"order {story.order['id']}: {ending.status}, payment {ending.payment}", highlight=False)
    return story.order


async def _print(queue: AbstractQueue, story: Story, console: Console) -> None:
    """Print the events of the order until those of its ending and of its payment have arrived."""
    awaited = {f"order.{story.ending.status}", PAYMENTS[story.ending.payment]}
    early = list[tuple[str, Json]]()
    async with queue.iterator(no_ack=True) as messages:
        async for message in messages:
            early.append((message.routing_key or "", json.loads(message.body)))
            # Events before the response to the order may belong to it.
            while story.order and early:
                key, envelope = early.pop(0)
                if _is_of(envelope, story.order):
                    console.print(line(key, envelope), highlight=False, markup=False, soft_wrap=True)
                    awaited.discard(key)
            if not awaited:
                return


def _is_of(envelope: Json, order: Json) -> bool:
    return bool(envelope["data"].get("order_id") == order["id"])


def line(key: str, envelope: dict[str, Any]) -> str:
    """Return an event in one line: its time, its name, and its data."""
    return f"{envelope['time'][11:23]}  {key.ljust(22)}  {json.dumps(envelope['data'], separators=(',', ':'))}"
