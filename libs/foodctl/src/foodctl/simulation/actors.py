"""What people may do next: the customer, the restaurant, an admin and the drivers."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from delivery_service.states import DeliveryStatus
from foodctl.simulation.node import Node
from foodctl.simulation.people import PRICED, REFUND, SETTLEMENT
from foodctl.simulation.plan import CANCELLABLE
from foodctl.simulation.world import World
from order_service.models import KitchenStatus, OrderStatus, Party
from order_service.rules.commands import Accept, Cancel, Reject
from payment_service.machine import TAKEN
from payment_service.rules.commands import RefundWanted, Settle


class Move(NamedTuple):
    """A command that a person may give to a node; the node may refuse it."""

    says: str
    node: Node[Any]
    trigger: str
    event: Any = None


def moves(world: World) -> list[Move]:
    """List what people may do now."""
    found = [*_of_restaurant(world), *_of_drivers(world), *_of_leavers(world), *_of_admin(world)]
    # What was refused may be granted only once the node has changed.
    refused = world.shell.refused
    return [move for move in found if refused.get((move.node.name, move.trigger)) != move.node.commits]


def _of_restaurant(world: World) -> Iterator[Move]:
    node, order, tricks = world.order, world.order.row, world.plan.tricks
    assert order is not None
    if order.status is OrderStatus.PLACED and order.kitchen is KitchenStatus.WAITING and "mute" not in tricks:
        yield Move("the restaurant accepts", node, "accept", Accept(order.prep_minutes))
        if "reject" in tricks:
            yield Move("the restaurant rejects", node, "reject", Reject("sold out"))
    if order.kitchen is KitchenStatus.ACCEPTED and order.status in {OrderStatus.PAID, OrderStatus.ASSIGNED}:
        yield Move("the food is ready", node, "ready")


def _of_leavers(world: World) -> Iterator[Move]:
    order, delivery, tricks = world.order.row, world.delivery.row, world.plan.tricks
    assert order is not None
    if order.status in CANCELLABLE[world.plan.cancels_from :]:
        if "cancel" in tricks:
            by = Party(world.plan.canceller)
            yield Move(f"the {by} cancels", world.order, "cancel", Cancel(by, "changed my mind"))
        if "close" in tricks and not world.order.triggers["owner.erased"]:
            yield Move("the restaurant's owner is erased", world.order, "owner.erased")
    if "leave" in tricks and delivery and not delivery.customer_erased:
        yield Move("the customer is erased", world.delivery, "customer.erased")


def _of_drivers(world: World) -> Iterator[Move]:
    node, tricks = world.delivery, world.plan.tricks
    if len(node.came) < world.plan.drivers:
        yield Move("a driver comes online", node, "driver.found")
    status = node.row.status if node.row else None
    if status is DeliveryStatus.OFFERED:
        yield Move("the driver takes the offer", node, "offer.accepted")
        if "decline" in tricks:
            yield Move("the driver declines", node, "offer.declined")
    elif status is DeliveryStatus.ASSIGNED:
        if not tricks & {"dawdle", "silence"}:
            yield Move("the driver picks up", node, "pickup")
        if "unassign" in tricks:
            yield Move("the driver gives up", node, "unassign")
    elif status is DeliveryStatus.PICKED_UP:
        if "vanish" not in tricks:
            yield Move("the driver delivers", node, "deliver")
        if "fail" in tricks:
            yield Move("the driver loses the food", node, "fail")
        if "absent" in tricks:
            yield Move("the driver finds nobody", node, "customer.absent")


def _of_admin(world: World) -> Iterator[Move]:
    node, payment, tricks = world.payment, world.payment.row, world.plan.tricks
    if payment is None or payment.status not in TAKEN:
        return
    if "refund" in tricks and not any(one.id == REFUND for one in payment.refunds):
        yield Move("an admin refunds half", node, "refund", RefundWanted(REFUND, PRICED.total // 2, "cold"))
    if "settle" in tricks and payment.ending and payment.closing is None and payment.settled_at is None:
        yield Move("an admin settles", node, "settle", Settle(SETTLEMENT, 1_500))
