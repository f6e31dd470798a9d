"""What people may do next: the customer, the restaurant, an admin and the drivers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from delivery_service.models import DeliveryStatus
from foodctl.simulation.money import REFUNDABLE
from foodctl.simulation.node import Node
from foodctl.simulation.people import DRIVERS
from foodctl.simulation.plan import CANCELLABLE
from foodctl.simulation.work import Work
from foodctl.simulation.world import World
from order_service.models import KitchenStatus, OrderStatus


@dataclass(frozen=True, slots=True)
class Move:
    """A command somebody may give to a node; the node may refuse it."""

    says: str
    node: Node[Any]
    act: Callable[[Work[Any]], None]


def moves(world: World) -> list[Move]:
    """List what people may do now."""
    return [*_of_kitchen(world), *_of_drivers(world), *_of_canceller(world), *_of_admin(world)]


def _of_kitchen(world: World) -> Iterator[Move]:
    node, order = world.order, world.order.row
    assert order is not None
    if order.status is OrderStatus.PLACED and order.kitchen is KitchenStatus.WAITING:
        yield Move("the restaurant accepts", node, node.accept)
        if "reject" in world.plan.tricks:
            yield Move("the restaurant rejects", node, node.reject)
    if order.kitchen is KitchenStatus.ACCEPTED and order.status in {OrderStatus.PAID, OrderStatus.ASSIGNED}:
        yield Move("the food is ready", node, node.ready)


def _of_canceller(world: World) -> Iterator[Move]:
    node, order = world.order, world.order.row
    assert order is not None
    if "cancel" in world.plan.tricks and order.status in CANCELLABLE[world.plan.cancels_from :]:
        by = world.plan.canceller
        yield Move(f"the {by} cancels", node, partial(node.cancel, by=by))


def _of_drivers(world: World) -> Iterator[Move]:
    node, tricks = world.delivery, world.plan.tricks
    delivery = node.row
    assert delivery is not None
    if len(delivery.drivers) < world.plan.drivers:
        driver = DRIVERS[len(delivery.drivers)]
        yield Move(f"driver {driver.int} comes online", node, partial(node.come_online, driver=driver))
    if delivery.status is DeliveryStatus.OFFERED:
        yield Move("the driver takes the offer", node, node.take)
        if "decline" in tricks:
            yield Move("the driver declines", node, node.decline)
    elif delivery.status is DeliveryStatus.ASSIGNED:
        yield Move("the driver picks up", node, node.pick_up)
        if "unassign" in tricks:
            yield Move("the driver gives up", node, node.unassign)
    elif delivery.status is DeliveryStatus.PICKED_UP:
        yield Move("the driver delivers", node, node.hand_over)
        if "fail" in tricks:
            yield Move("the driver finds nobody", node, node.fail)


def _of_admin(world: World) -> Iterator[Move]:
    node, payment = world.payment, world.payment.row
    if "refund" in world.plan.tricks and payment and payment.status in REFUNDABLE and "admin" not in payment.causes:
        yield Move("an admin refunds half", node, partial(node.give_back, cause="admin"))
