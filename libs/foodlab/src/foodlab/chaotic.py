"""`foodctl demo --chaotic`: one order for each ending."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.live import Live
from rich.table import Table

from foodctl.api import Api, Json, gateway
from foodctl.errors import FoodctlError
from foodctl.scene import Scene
from foodctl.system import System
from foodlab.city import ADMIN, PASSWORD

Play = Callable[[Scene, Api, Json], Awaitable[None]]


@dataclass(frozen=True)
class Ending:
    """One ending of an order: how to cause it, and the final states of order and payment.

    `trigger` is its name on the command line, and `test` the part that the sandbox plays.
    """

    title: str
    status: str
    payment: str
    play: Play
    method: str = "tok_ok"
    driven: bool = False
    trigger: str = ""
    test: Json | None = None


async def nothing(_scene: Scene, _admin: Api, _order: Json) -> None:
    """Do nothing: services act automatically."""


async def _deliver(scene: Scene, _admin: Api, order: Json) -> None:
    await _cook(scene, order)
    await scene.deliver(order)


async def _reject(scene: Scene, _admin: Api, order: Json) -> None:
    await scene.reaches(order, "placed")
    await scene.owner.call("POST", f"/orders/{order['id']}/reject", {"reason": "Out of soup"})


async def _cancel(scene: Scene, _admin: Api, order: Json) -> None:
    await scene.reaches(order, "placed")
    await _say_no(scene.customer, order)


async def _cancel_paid(scene: Scene, _admin: Api, order: Json) -> None:
    await _cook(scene, order)
    await _say_no(scene.customer, order)


async def _cancel_driven(scene: Scene, _admin: Api, order: Json) -> None:
    await _cook(scene, order)
    await scene.take(order)
    await _say_no(scene.owner, order)


async def accept(scene: Scene, _admin: Api, order: Json) -> None:
    """Accept the order as the restaurant, without further actions."""
    await _cook(scene, order)


async def _refund_part(scene: Scene, admin: Api, order: Json) -> None:
    await _deliver(scene, admin, order)
    await _refund(scene, admin, order, {"amount": order["subtotal"] // 2, "reason": "One soup was cold"})


async def _refund_all(scene: Scene, admin: Api, order: Json) -> None:
    await _deliver(scene, admin, order)
    await _refund(scene, admin, order, {"reason": "It was not soup"})


async def _fail(scene: Scene, _admin: Api, order: Json) -> None:
    await _cook(scene, order)
    driver, path = await scene.pick_up(order)
    await driver.call("POST", f"{path}/fail", {"reason": "No answer at the door", "responsible": "customer"})


async def _cook(scene: Scene, order: Json) -> None:
    await scene.reaches(order, "placed")
    await scene.accept(order)


async def _say_no(caller: Api, order: Json) -> None:
    await caller.call("POST", f"/orders/{order['id']}/cancel", {"reason": "Changed my mind"})


async def _refund(scene: Scene, admin: Api, order: Json, wish: Json) -> None:
    payment = await scene.payment(order)
    await admin.call("POST", f"/payments/{payment['id']}/refunds", wish)


ENDINGS = (
    Ending("delivered by its driver", "delivered", "captured", _deliver, driven=True, trigger="order.delivered"),
    Ending(
        "then half refunded",
        "delivered",
        "partially_refunded",
        _refund_part,
        driven=True,
        trigger="payment.refunded.part",
    ),
    Ending("then all refunded", "delivered", "refunded", _refund_all, driven=True, trigger="payment.refunded"),
    Ending("no answer at door", "undeliverable", "captured", _fail, driven=True, trigger="order.undeliverable"),
    Ending("card declined", "payment_failed", "declined", nothing, "tok_declined", trigger="payment.declined"),
    Ending("restaurant said no", "rejected", "voided", _reject, trigger="order.rejected"),
    Ending("cancelled unpaid", "cancelled", "voided", _cancel, trigger="order.cancelled"),
    Ending("cancelled paid", "cancelled", "refunded", _cancel_paid, trigger="order.cancelled.paid"),
    Ending("cancelled driven", "cancelled", "refunded", _cancel_driven, driven=True, trigger="order.cancelled.driven"),
    Ending(
        "capture failed", "cancelled", "capture_failed", accept, "tok_capture_fails", trigger="payment.capture_failed"
    ),
)


_SECONDS = 90
_COLOURS = {
    "delivered": "green",
    "cancelled": "yellow",
    "rejected": "magenta",
    "undeliverable": "red",
    "payment_failed": "red",
}
_TAKEN = frozenset({"captured", "partially_refunded", "refunded"})
_HELD = _TAKEN | {"authorized", "voided", "capture_failed"}


@dataclass
class Story:
    """One order and its expected ending."""

    ending: Ending
    order: Json = field(default_factory=dict)
    payment: Json = field(default_factory=dict)
    ended: bool = False

    @property
    def as_expected(self) -> bool:
        """Return whether the order and its payment ended as expected."""
        found = (self.order.get("status"), self.payment.get("status"))
        return self.ended and found == (self.ending.status, self.ending.payment)

    def money(self) -> tuple[str, str, str, str]:
        """Return the amounts authorised, captured, refunded and kept, as text."""
        status, amount = self.payment.get("status"), self.payment.get("amount", 0)
        captured = amount if status in _TAKEN else 0
        refunded = self.payment.get("refunded", 0)
        return _euros(amount if status in _HELD else 0), _euros(captured), _euros(refunded), _euros(captured - refunded)


def chaotic(system: System, console: Console) -> None:
    """Place one order for each ending and show them live. Raises FoodctlError when one ends differently."""
    stories = [Story(ending) for ending in ENDINGS]
    with Live(console=console, refresh_per_second=10) as live:
        asyncio.run(_run(system.gateway_url, stories, lambda: live.update(_table(stories))))
    if not console.is_terminal:
        console.line()
    wrong = [story.ending.title for story in stories if not story.as_expected]
    console.print(f"{len(stories) - len(wrong)} of {len(stories)} orders ended as expected", highlight=False)
    if wrong:
        raise FoodctlError(f"these ended differently: {', '.join(wrong)}; see `just logs`")


async def _run(url: str, stories: list[Story], show: Callable[[], None]) -> None:
    async with gateway(url) as anonymous, asyncio.timeout(_SECONDS):
        admin = await anonymous.log_in(ADMIN["email"], PASSWORD)
        # A driver has one delivery at a time, and some orders keep theirs to the end.
        scene = Scene(anonymous, drivers=sum(story.ending.driven for story in stories))
        await scene.open()
        try:
            playing = asyncio.gather(*(play(scene, admin, story) for story in stories))
            watching = asyncio.create_task(_watch(scene, stories, show))
            await playing
            watching.cancel()
            await _look(scene, stories)
            show()
        finally:
            await scene.close()


async def play(scene: Scene, admin: Api, story: Story) -> None:
    """Place an order and cause its ending. Raises TimeoutError when it ends differently."""
    story.order = await scene.order(payment_method=story.ending.method, test=story.ending.test)
    await story.ending.play(scene, admin, story.order)
    await scene.reaches(story.order, story.ending.status)
    await scene.pays(story.order, story.ending.payment)
    story.ended = True


async def _watch(scene: Scene, stories: list[Story], show: Callable[[], None]) -> None:
    while True:
        await _look(scene, stories)
        show()
        await asyncio.sleep(0.1)


async def _look(scene: Scene, stories: list[Story]) -> None:
    async def look(story: Story) -> None:
        story.order = await scene.seen(story.order)
        story.payment = await scene.payment(story.order) or story.payment

    await asyncio.gather(*(look(story) for story in stories if story.order))


def _table(stories: list[Story]) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=0, title="All endings of an order")
    for name in ("ending", "status", "payment"):
        table.add_column(name, no_wrap=name != "payment")
    for name in ("authorised", "captured", "refunded", "kept"):
        table.add_column(name, justify="right", no_wrap=True)
    for story in stories:
        status = story.order.get("status", "")
        colour = _COLOURS.get(status, "cyan")
        table.add_row(
            story.ending.title,
            f"[{colour}]{_words(status)}[/]",
            _words(story.payment.get("status", "")),
            *story.money(),
        )
    return table


def _words(status: str) -> str:
    return status.replace("_", " ")


def _euros(amount: int) -> str:
    return f"{amount / 100:.2f}" if amount else "[dim]–[/]"  # noqa: RUF001 - a dash for nothing
