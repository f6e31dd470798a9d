"""The nodes of the simulation hear what the services hear, and their plumbing keeps its word."""

import pytest

from delivery_service.handlers import events as of_delivery
from foodchassis import Event, EventRouter
from foodctl.simulation.choices import Seeded
from foodctl.simulation.delivery import DeliveryNode
from foodctl.simulation.faults import Fault
from foodctl.simulation.history import History
from foodctl.simulation.node import Node
from foodctl.simulation.order import OrderNode
from foodctl.simulation.payment import PaymentNode
from foodctl.simulation.world import World
from foodevents import (
    DeliveryPickedUp,
    MenuItemRemoved,
    MenuItemUpdated,
    OrderCancelled,
    OrderDelivered,
    OrderUndeliverable,
    RestaurantUpdated,
    UserErased,
)
from order_service.handlers import events as of_order
from payment_service.handlers import events as of_payment

# What has to do with menus, people and settlement, and not with the life of an order.
ELSEWHERE: frozenset[type[Event]] = frozenset({RestaurantUpdated, MenuItemUpdated, MenuItemRemoved, UserErased})
SETTLING: frozenset[type[Event]] = frozenset({DeliveryPickedUp, OrderDelivered, OrderUndeliverable, OrderCancelled})


@pytest.mark.parametrize(
    ("node", "router", "besides"),
    [(OrderNode, of_order, ELSEWHERE), (PaymentNode, of_payment, SETTLING), (DeliveryNode, of_delivery, ELSEWHERE)],
)
def test_a_node_hears_what_its_service_hears(
    node: type[Node[object]], router: EventRouter, besides: frozenset[type[Event]]
) -> None:
    assert node.listens == set(router.handlers) - besides


@pytest.fixture
def world() -> World:
    """A world in which the order is placed and its first letter is on its way."""
    history = History(Seeded(1))
    world = history.world
    world.order.place(work := world.order.begin(world.now), auto_accept=False)
    world.order.commit(work)
    world.transport.relay(world.order, world.order.outbox[0], Fault.NONE)
    return world


def test_a_crash_before_the_commit_leaves_the_message_and_no_event(world: World) -> None:
    [message] = world.transport.queue

    world.transport.deliver(message, world.now, Fault.CRASH_BEFORE_COMMIT)

    assert world.transport.queue == [message]
    assert world.payment.outbox == []


def test_a_crash_before_the_acknowledgement_repeats_the_message_and_not_its_effect(world: World) -> None:
    [message] = world.transport.queue
    world.transport.deliver(message, world.now, Fault.CRASH_AFTER_COMMIT)
    told = list(world.payment.outbox)

    assert world.transport.deliver(message, world.now, Fault.NONE) == "repeated"
    assert world.transport.queue == []
    assert world.payment.outbox == told


def test_a_relay_that_dies_after_publishing_publishes_again(world: World) -> None:
    [message] = world.transport.queue
    world.transport.deliver(message, world.now, Fault.NONE)
    [letter] = world.payment.outbox

    world.transport.relay(world.payment, letter, Fault.CRASH_AFTER_PUBLISH)
    world.transport.relay(world.payment, letter, Fault.NONE)

    assert [message.letter.id for message in world.transport.queue] == [letter.id, letter.id]
    assert world.payment.outbox == []
