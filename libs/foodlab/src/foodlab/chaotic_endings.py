"""The endings of an order, and what people do to bring each about."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from foodctl.api import Api, Json
from foodctl.scene import Scene

Play = Callable[[Scene, Api, Json], Awaitable[None]]


@dataclass(frozen=True)
class Ending:
    """One way for an order to end: how it is brought about, and what order and payment are then."""

    title: str
    status: str
    payment: str
    play: Play
    method: str = "tok_ok"
    driven: bool = False


async def _nothing(_scene: Scene, _admin: Api, _order: Json) -> None:
    """Nobody has to do anything."""


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


async def _fail_capture(scene: Scene, _admin: Api, order: Json) -> None:
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
    await driver.call("POST", f"{path}/fail", {"reason": "Nobody opens", "responsible": "customer"})


async def _cook(scene: Scene, order: Json) -> None:
    await scene.reaches(order, "placed")
    await scene.accept(order)


async def _say_no(caller: Api, order: Json) -> None:
    await caller.call("POST", f"/orders/{order['id']}/cancel", {"reason": "Changed my mind"})


async def _refund(scene: Scene, admin: Api, order: Json, wish: Json) -> None:
    payment = await scene.payment(order)
    await admin.call("POST", f"/payments/{payment['id']}/refunds", wish)


ENDINGS = (
    Ending("brought to the door", "delivered", "captured", _deliver, driven=True),
    Ending("then half refunded", "delivered", "partially_refunded", _refund_part, driven=True),
    Ending("then all refunded", "delivered", "refunded", _refund_all, driven=True),
    Ending("nobody opened", "undeliverable", "captured", _fail, driven=True),
    Ending("card declined", "payment_failed", "declined", _nothing, "tok_declined"),
    Ending("restaurant said no", "rejected", "voided", _reject),
    Ending("cancelled unpaid", "cancelled", "voided", _cancel),
    Ending("cancelled paid", "cancelled", "refunded", _cancel_paid),
    Ending("cancelled driven", "cancelled", "refunded", _cancel_driven, driven=True),
    Ending("capture failed", "cancelled", "capture_failed", _fail_capture, "tok_capture_fails"),
)
