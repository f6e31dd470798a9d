"""The simulation's shell has the guarantees of the chassis: at least once, atomic, one effect per key."""

import pytest

from foodevents import OrderReady
from foodlab.simulation.history import SOUND
from foodlab.simulation.plan import ORDER, RESTAURANT, Choices, draw, order
from foodlab.simulation.shell import Fault, Message, OutboxEntry
from foodlab.simulation.world import World
from payment_service.models import Operation, PaymentStatus


@pytest.fixture
def world() -> World:
    """A world with a placed order whose first event is in transit."""
    plan = draw(Choices(1))
    plan.method, plan.auto_accept = "tok_ok", False
    world = World(plan, SOUND)
    world.shell.command(world.order, "place", order(plan), Fault.NONE)
    world.shell.relay(world.order, world.order.outbox[0], Fault.NONE)
    return world


def ask_provider(world: World, *, fault: Fault = Fault.NONE) -> str:
    """Send the pending request to the provider, and handle its response under `fault`."""
    [effect] = world.payment.effects.values()
    world.shell.ask(world.payment, effect, Fault.NONE)
    [reply] = world.shell.replies
    return world.shell.answer(reply, fault)


@pytest.fixture
def message(world: World) -> Message:
    [message] = world.shell.queue
    return message


def test_a_crash_before_the_commit_leaves_only_the_message(world: World, message: Message) -> None:
    world.shell.deliver(message, Fault.CRASH_BEFORE_COMMIT)

    assert world.shell.queue == [message]
    assert world.payment.row is None
    assert world.payment.effects == {}
    assert world.payment.timers == {}


def test_a_crash_before_the_acknowledgement_repeats_only_the_message(world: World, message: Message) -> None:
    world.shell.deliver(message, Fault.CRASH_AFTER_COMMIT)
    row = world.payment.row

    world.shell.deliver(message, Fault.NONE)

    assert world.shell.queue == []
    assert world.payment.row is row
    assert world.payment.inbox.total() == 1


def test_an_early_message_waits_for_a_change(world: World) -> None:
    early = Message(world.delivery, OutboxEntry(1, OrderReady(order_id=ORDER, restaurant_id=RESTAURANT)))

    line = world.shell.deliver(early, Fault.NONE)

    assert "not now: There is no such delivery" in line
    assert early.waits_since == world.delivery.commits
    assert world.delivery.inbox.total() == 0


def test_a_relay_that_crashes_after_publishing_publishes_again(world: World, message: Message) -> None:
    world.shell.deliver(message, Fault.NONE)
    ask_provider(world)
    [entry] = world.payment.outbox

    world.shell.relay(world.payment, entry, Fault.CRASH_AFTER_PUBLISH)
    world.shell.relay(world.payment, entry, Fault.NONE)

    assert [message.entry for message in world.shell.queue] == [entry, entry]
    assert world.payment.outbox == []


@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE_ASKING, Fault.CRASH_AFTER_EFFECT])
def test_an_effect_is_repeated_with_its_key_after_a_crash(world: World, message: Message, fault: Fault) -> None:
    world.shell.deliver(message, Fault.NONE)
    [effect] = world.payment.effects.values()

    world.shell.ask(world.payment, effect, fault)

    assert world.payment.effects == {effect.key: effect}
    assert world.shell.replies == []

    ask_provider(world)

    assert world.provider.done(Operation.AUTHORIZE) == [2_840]
    assert world.payment.row.status is PaymentStatus.AUTHORIZED
    assert world.payment.effects == {}


def test_a_crash_before_the_commit_of_a_response_repeats_the_effect(world: World, message: Message) -> None:
    world.shell.deliver(message, Fault.NONE)

    ask_provider(world, fault=Fault.CRASH_BEFORE_COMMIT)

    assert world.payment.row.status is PaymentStatus.AUTHORIZING
    assert len(world.payment.effects) == 1


def test_a_duplicate_response_is_handled_once(world: World, message: Message) -> None:
    world.shell.deliver(message, Fault.NONE)
    [effect] = world.payment.effects.values()
    world.shell.ask(world.payment, effect, Fault.NONE)
    world.shell.ask(world.payment, effect, Fault.NONE)

    lines = [world.shell.answer(reply, Fault.NONE) for reply in world.shell.replies]

    assert lines == [
        "payment gets the response provider.authorized",
        "payment gets the response provider.authorized again",
    ]
    assert [event.routing_key for _, event in world.payment.published] == ["payment.authorized"]


def test_a_handled_timer_is_deleted(world: World) -> None:
    [timer] = world.order.timers

    world.shell.ring(world.order, timer, Fault.NONE)

    assert timer.name == "payment.unanswered"
    assert world.order.row.status == "payment_failed"
    assert world.order.timers == {}
