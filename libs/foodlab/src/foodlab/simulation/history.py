"""One history: steps until nothing is left to do, then the check of the invariants."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from itertools import pairwise
from typing import NamedTuple

from delivery_service.machine import DELIVERY
from delivery_service.models import ENGAGING
from foodlab.simulation.plan import Choices, draw, order
from foodlab.simulation.shell import Fault
from foodlab.simulation.world import Parts, World, moves
from order_service.machine import BEFORE_PICKUP, KITCHEN, ORDER
from order_service.models import OrderStatus, Party, Responsible
from payment_service.machine import PAYMENT, TAKEN
from payment_service.models import Operation, PaymentStatus, RefundFacts, RefundStatus
from payment_service.rules.ledger import Account, Movement

ORDER_ENDS, PAYMENT_ENDS, DELIVERY_ENDS = ORDER.terminal, PAYMENT.terminal, DELIVERY.terminal
REACHED = (OrderStatus.DELIVERED, OrderStatus.UNDELIVERABLE)
# Every step of the order's machine, and those that only change its kitchen.
STEPS = {(source, step.trigger, step.target) for step in ORDER.steps for source in step.sources} | {
    (status, trigger, status) for status in OrderStatus for trigger in KITCHEN.triggers
}


def breaches(world: World) -> Iterator[str]:
    """Yield violations of invariants that hold at all times."""
    order, payment, delivery = world.order.row, world.payment.row, world.delivery.row
    running = delivery is not None and delivery.status not in DELIVERY_ENDS
    if delivery and sum(one.status in ENGAGING for one in delivery.offers) > 1:
        yield "two drivers are engaged"
    if running and world.delivery.triggers["order.cancel_requested"]:
        yield "the delivery continues after receiving the cancellation"
    if running and order.status is OrderStatus.CANCELLED:
        yield "cancelled while its delivery continues"
    if order.status in BEFORE_PICKUP and "owner.erased" in world.order.triggers:
        yield "the order is open although its restaurant was erased"
    if any(entry.key not in world.payment.wanted for entry in world.provider.log):
        yield "the provider has an operation that no payment has stored"
    back = payment and any(one.cause == "cancel" and one.status is RefundStatus.DONE for one in payment.refunds)
    if payment and order.status is OrderStatus.CANCELLED and payment.status not in PAYMENT_ENDS and not back:
        yield f"cancelled while its payment is {payment.status}"
    coming = world.order.outbox or any(message.node is world.payment for message in world.shell.queue)
    held = payment and payment.status is PaymentStatus.AUTHORIZED and not payment.asking
    if held and order.status in ORDER_ENDS and not coming:
        yield "its money is still held, and nothing will release it"


def violations(world: World) -> list[str]:
    """Return every violation at the end of a history."""
    return [*_endings(world), *_path(world), *_money(world), *_driver(world), *_leftovers(world)]


def _endings(world: World) -> Iterator[str]:
    order, payment, delivery = world.order.row, world.payment.row, world.delivery.row
    if order.status not in ORDER_ENDS:
        yield f"the order did not end: {order.status}"
    elif (order.status is OrderStatus.DELIVERED) == (order.responsible is not None):
        yield f"the order is {order.status}, and {order.responsible} is responsible"
    theirs = order.cancelled_by is Party.CUSTOMER or "payment.declined" in world.order.triggers
    if order.responsible is Responsible.CUSTOMER and not theirs and "customer.absent" not in world.delivery.triggers:
        yield "the customer is responsible for a fault of others"
    if payment is None or payment.status not in {*PAYMENT_ENDS, *TAKEN} or payment.asking or payment.closing:
        yield f"the payment did not end: {payment and (payment.status, payment.asking, payment.closing)}"
    if delivery and delivery.status not in DELIVERY_ENDS:
        yield f"the delivery did not end: {delivery.status}"


def _path(world: World) -> Iterator[str]:
    """Yield versions that no step of the machines explains, and missing ones."""
    history, came_from = world.order.history, None
    if [row.version for row in history] != [*range(1, world.order.row.version + 1)]:
        yield f"version {world.order.row.version} after versions {[row.version for row in history]}"
    for row in history:
        left = came_from in ORDER_ENDS and row.to_status != came_from
        if row.from_status != came_from or (came_from, row.trigger, row.to_status) not in STEPS or left:
            yield f"version {row.version} took {came_from} to {row.to_status} by {row.trigger}"
        came_from = row.to_status
    for node in world.nodes.values():
        if any(before >= after for (before, _), (after, _) in pairwise(node.published)):
            yield f"the events of {node.name} are numbered {[number for number, _ in node.published]}"


def _money(world: World) -> Iterator[str]:
    order, done = world.order.row, world.provider.done
    captured, refunded, owed = sum(done(Operation.CAPTURE)), sum(done(Operation.REFUND)), _owed(world)
    if captured - refunded != owed:
        yield f"{captured} captured, {refunded} refunded, {owed} owed: it is {order.status} by {order.responsible}"
    if max(len(done(Operation.AUTHORIZE)), len(done(Operation.CAPTURE))) > 1:
        yield "held or captured twice"
    if done(Operation.AUTHORIZE) and not captured and not done(Operation.VOID):
        yield f"the money is still held: the order is {order.status}"
    movements = [one.entries for one in world.payment.history if isinstance(one, Movement)]
    balance = -sum(entries.get(Account.CUSTOMER, 0) for entries in movements)
    if balance != captured - refunded or any(sum(entries.values()) for entries in movements):
        yield f"the ledger has {balance}, the provider {captured} - {refunded}"


def _owed(world: World) -> int:
    """Return the amount that the customer has to pay: if it was delivered, or if the customer is responsible."""
    order, due = world.order.row, 0
    if order.status is OrderStatus.DELIVERED or order.responsible is Responsible.CUSTOMER:
        due = order.total if order.status in REACHED else order.keep or 0
    left = order.total
    for one in world.payment.history:
        if isinstance(one, RefundFacts) and one.status is RefundStatus.DONE:
            # An admin may refund a part of the amount due.
            left = min(left, due) if one.cause in {"cancel", "undeliverable"} else left - one.amount
    return int(min(left, due))


def _driver(world: World) -> Iterator[str]:
    order, delivery = world.order.row, world.delivery.row
    if delivery and delivery.engaging:
        yield f"a driver is still engaged: {delivery.engaging.status}"
    if order.status in REACHED and order.driver_id != delivery.driver_id:
        yield "the order names another driver than its delivery"
    if delivery and delivery.customer_erased and delivery.dropoff and delivery.dropoff["line1"] != "erased":
        yield "the delivery still has the address of the erased customer"


def _leftovers(world: World) -> Iterator[str]:
    for message in world.shell.queue:
        yield f"parked: {message.entry.event.routing_key} at {message.node.name}{message.why}"
    for node in world.nodes.values():
        for name, rows in {"outbox": node.outbox, "effects": node.effects, "timers": node.timers}.items():
            if rows:
                yield f"{len(rows)} {name} left at {node.name}"
        sent = [entry for name, entry in world.shell.sent if name == node.name]
        if Counter(sent) != node.inbox:
            yield f"{len(sent)} events sent to {node.name}, and {node.inbox.total()} handled"


STEP, MOST_STEPS = timedelta(seconds=5), 1_000
# The die: the last number triggers a timer, those from MOVE on a user action, the others the machinery.
ROLLS, MOVE, TIMER = 60, 48, 59
IN_WORK = (Fault.CRASH_BEFORE_COMMIT, Fault.CRASH_AFTER_COMMIT)
IN_RELAY = (Fault.CRASH_BEFORE_PUBLISH, Fault.CRASH_AFTER_PUBLISH)
IN_ASKING = (Fault.CRASH_BEFORE_ASKING, Fault.CRASH_AFTER_EFFECT)
SOUND = Parts()


class Errand(NamedTuple):
    """A possible next step: its action, the possible faults, and whether it is a repeat."""

    who: str
    run: Callable[[Fault], str]
    faults: tuple[Fault, ...] = IN_WORK
    repeats: bool = False


class History:
    """Runs one history with its choices; `tell` is called with a description of each step."""

    def __init__(self, choices: Choices, parts: Parts = SOUND, tell: Callable[[str], None] | None = None) -> None:
        self._choices = choices
        self._tell = tell
        self.world = World(draw(choices), parts)

    def run(self) -> list[str]:
        """Run the history and return its violations."""
        world, plan = self.world, self.world.plan
        self._say(", ".join(f"{name} {value}" for name, value in vars(plan).items()), Fault.NONE)
        world.shell.command(world.order, "place", order(plan), Fault.NONE)
        for number in range(MOST_STEPS):
            world.shell.now += STEP
            faulty = number < plan.faulty_steps
            if (errand := self._next(faulty=faulty)) is None:
                return violations(world)
            fault = self._fault(errand.faults) if faulty else Fault.NONE
            self._say(errand.run(fault), fault)
            if broken := [*breaches(world)]:
                return broken
        return ["it does not end", *violations(world)]

    def _next(self, *, faulty: bool) -> Errand | None:
        """Choose the next step; None when nothing is left to do."""
        world, shell = self.world, self.world.shell
        people, errands, plan = [Errand(*move) for move in moves(world)], [*self._errands(faulty=faulty)], world.plan
        # Steps that the plan delays wait until nothing else can be done.
        prompt = [one for one in errands if one.who != plan.slow and not (one.repeats and plan.late_repeats)]
        prompt = prompt or ([] if people else errands)
        timers = [(due, timer, node) for node in shell.nodes for timer, due in node.timers.items()]
        roll = self._choices.below(ROLLS) if faulty else 0
        if timers and (roll == TIMER or not (prompt or people)):
            _, timer, node = min(timers, key=lambda one: one[:2])
            return Errand(node.name, partial(shell.ring, node, timer))
        chosen = people if people and (roll >= MOVE or not prompt) else prompt
        return chosen[self._choices.below(len(chosen))] if chosen else None

    def _errands(self, *, faulty: bool) -> Iterator[Errand]:
        """Yield the possible steps of the machinery."""
        shell = self.world.shell
        for node in shell.nodes:
            for entry in node.outbox:
                yield Errand("relay", partial(shell.relay, node, entry), IN_RELAY)
            for effect in node.effects.values():
                # Two instances may send an effect before the first response arrives.
                if sum(reply.effect is effect for reply in shell.replies) < 1 + faulty:
                    yield Errand("provider", partial(shell.ask, node, effect), IN_ASKING)
        for message in shell.queue:
            if message.waits_since < message.node.commits:
                repeats = message.redelivered or message.entry in message.node.inbox
                yield Errand(message.node.name, partial(shell.deliver, message), repeats=repeats)
        for reply in shell.replies:
            yield Errand("provider", partial(shell.answer, reply))

    def _fault(self, kinds: tuple[Fault, ...]) -> Fault:
        # Every third step has a fault.
        index = self._choices.below(3 * len(kinds))
        return kinds[index - 1] if 0 < index <= len(kinds) else Fault.NONE

    def _say(self, what: str, fault: Fault) -> None:
        if self._tell is not None:
            states = " ".join(str(node.row.status) if node.row else "-" for node in self.world.nodes.values())
            trouble = f"  !! {fault}" if fault is not Fault.NONE else ""
            self._tell(f"{self.world.shell.now:%d. %H:%M:%S}  {states:<36}  {what}{trouble}")
