"""The simulation's shell gives what the chassis gives: at least once, all or nothing, one effect per key."""

import pytest

from foodevents import OrderReady
from foodlab.simulation.history import SOUND
from foodlab.simulation.plan import ORDER, RESTAURANT, Choices, draw, order
from foodlab.simulation.shell import Fault, Letter, Message
from foodlab.simulation.world import World
from payment_service.models import Operation, PaymentStatus


@pytest.fixture
def world() -> World:
    """A world in which the order is placed and its first event is on its way."""
    plan = draw(Choices(1))
    plan.method, plan.auto_accept = "tok_ok", False
    world = World(plan, SOUND)
    world.shell.command(world.order, "place", order(plan), Fault.NONE)
    world.shell.relay(world.order, world.order.outbox[0], Fault.NONE)
    return world


def conversation(world: World, *, fault: Fault = Fault.NONE) -> str:
    """Ask the provider the one thing that is to be asked, and take its answer under `fault`."""
    [effect] = world.payment.effects.values()
    world.shell.ask(world.payment, effect, Fault.NONE)
    [reply] = world.shell.replies
    return world.shell.answer(reply, fault)


@pytest.fixture
def message(world: World) -> Message:
    [message] = world.shell.queue
    return message


def test_a_crash_before_the_commit_leaves_the_message_and_nothing_else(world: World, message: Message) -> None:
    world.shell.deliver(message, Fault.CRASH_BEFORE_COMMIT)

    assert world.shell.queue == [message]
    assert world.payment.row is None
    assert world.payment.effects == {}
    assert world.payment.timers == {}


def test_a_crash_before_the_acknowledgement_repeats_the_message_and_not_its_decision(
    world: World, message: Message
) -> None:
    world.shell.deliver(message, Fault.CRASH_AFTER_COMMIT)
    row = world.payment.row

    world.shell.deliver(message, Fault.NONE)

    assert world.shell.queue == []
    assert world.payment.row is row
    assert world.payment.inbox.total() == 1


def test_what_comes_too_early_waits_for_a_change(world: World) -> None:
    early = Message(world.delivery, Letter(1, OrderReady(order_id=ORDER, restaurant_id=RESTAURANT)))

    said = world.shell.deliver(early, Fault.NONE)

    assert "not now: There is no such delivery" in said
    assert early.waits_since == world.delivery.commits
    assert world.delivery.inbox.total() == 0


def test_a_relay_that_dies_after_publishing_publishes_again(world: World, message: Message) -> None:
    world.shell.deliver(message, Fault.NONE)
    conversation(world)
    [letter] = world.payment.outbox

    world.shell.relay(world.payment, letter, Fault.CRASH_AFTER_PUBLISH)
    world.shell.relay(world.payment, letter, Fault.NONE)

    assert [message.letter for message in world.shell.queue] == [letter, letter]
    assert world.payment.outbox == []


@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE_ASKING, Fault.CRASH_AFTER_EFFECT])
def test_a_crash_around_the_effect_leaves_it_to_be_asked_again_by_its_key(
    world: World, message: Message, fault: Fault
) -> None:
    world.shell.deliver(message, Fault.NONE)
    [effect] = world.payment.effects.values()

    world.shell.ask(world.payment, effect, fault)

    assert world.payment.effects == {effect.key: effect}
    assert world.shell.replies == []

    conversation(world)

    assert world.provider.done(Operation.AUTHORIZE) == [2_840]
    assert world.payment.row.status is PaymentStatus.AUTHORIZED
    assert world.payment.effects == {}


def test_a_crash_before_the_answer_is_committed_loses_the_answer_and_not_the_effect(
    world: World, message: Message
) -> None:
    world.shell.deliver(message, Fault.NONE)

    conversation(world, fault=Fault.CRASH_BEFORE_COMMIT)

    assert world.payment.row.status is PaymentStatus.AUTHORIZING
    assert len(world.payment.effects) == 1


def test_an_answer_that_comes_twice_is_taken_once(world: World, message: Message) -> None:
    world.shell.deliver(message, Fault.NONE)
    [effect] = world.payment.effects.values()
    world.shell.ask(world.payment, effect, Fault.NONE)
    world.shell.ask(world.payment, effect, Fault.NONE)

    said = [world.shell.answer(reply, Fault.NONE) for reply in world.shell.replies]

    assert said == ["payment hears provider.authorized", "payment hears provider.authorized again"]
    assert [event.routing_key for _, event in world.payment.published] == ["payment.authorized"]


def test_a_timer_is_gone_once_it_was_handled(world: World) -> None:
    [timer] = world.order.timers

    world.shell.ring(world.order, timer, Fault.NONE)

    assert timer.name == "payment.unanswered"
    assert world.order.row.status == "payment_failed"
    assert world.order.timers == {}
