"""Mistakes planted on purpose, in decisions or around them: a simulation that misses one is not worth its time."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from typing_extensions import override

from foodchassis import Decision
from foodctl.simulation.faults import Fault
from foodctl.simulation.node import Letter, Node, Work
from foodctl.simulation.provider import Provider
from foodctl.simulation.services import DECISIONS
from foodctl.simulation.shell import Message, Reply, Shell
from foodctl.simulation.world import Parts
from foodevents import DeliveryNoDriver
from order_service.models import OrderStatus, Responsible
from payment_service.models import Operation, PaymentStatus, ProviderEntry
from payment_service.rules.commands import Answer


def ignoring(service: str, trigger: str, when: Callable[[Any], bool] = lambda _: True) -> Parts:
    """Let a service do nothing when `trigger` comes."""

    def decide(row: Any, name: str, **given: Any) -> Decision[Any]:
        if row is not None and name == trigger and when(row):
            return Decision(row)
        return DECISIONS[service](row, name, **given)

    return Parts({service: decide})


def misreading(service: str, read: Callable[[Any, Any], tuple[Any, Any]], shell: type[Shell] = Shell) -> Parts:
    """Let a service decide about another row and event than it has."""

    def decide(row: Any, name: str, *, event: Any, **given: Any) -> Decision[Any]:
        row, event = (row, event) if row is None else read(row, event)
        return DECISIONS[service](row, name, event=event, **given)

    return Parts({service: decide}, shell=shell)


def spoiling(service: str, spoil: Callable[[Any, Decision[Any]], Decision[Any]]) -> Parts:
    """Let a service decide well and then change the decision."""

    def decide(row: Any, name: str, **given: Any) -> Decision[Any]:
        decision = DECISIONS[service](row, name, **given)
        return decision if row is None else spoil(row, decision)

    return Parts({service: decide})


class NoInbox(Shell):
    """Handles a message as often as it comes."""

    @override
    def handled(self, message: Message) -> bool:
        return False


class AcknowledgedFirst(Shell):
    """Takes a message off its queue before its work is committed."""

    @override
    def commit(self, node: Node[Any], work: Work[Any], now: datetime, fault: Fault) -> bool:
        self.queue = [one for one in self.queue if one.node is not node or one.letter is not work.claimed]
        return super().commit(node, work, now, fault)


class PublishedFirst(Shell):
    """Publishes straight to the broker, whether the commit succeeds or not."""

    @override
    def commit(self, node: Node[Any], work: Work[Any], now: datetime, fault: Fault) -> bool:
        for event, _ in work.decision.events:
            self.send(node.letter(event))
        return super().commit(node, replace(work, decision=replace(work.decision, events=())), now, fault)


class NoOutbox(Shell):
    """Publishes straight to the broker after the commit, if it lives so long."""

    @override
    def commit(self, node: Node[Any], work: Work[Any], now: datetime, fault: Fault) -> bool:
        committed = super().commit(node, replace(work, decision=replace(work.decision, events=())), now, fault)
        if fault is Fault.NONE:
            for event, _ in work.decision.events:
                self.send(node.letter(event))
        return committed


class DeletedFirst(Shell):
    """Deletes a row of the outbox before the broker has confirmed it."""

    @override
    def relay(self, node: Node[Any], letter: Letter, fault: Fault) -> None:
        node.outbox.remove(letter)
        if fault is not Fault.CRASH_BEFORE_PUBLISH:
            self.send(letter)


class AskedFirst(Shell):
    """Asks the provider before the commit that wants it."""

    @override
    def commit(self, node: Node[Any], work: Work[Any], now: datetime, fault: Fault) -> bool:
        for effect in work.decision.effects:
            self.ask(node, effect, Fault.NONE)
        return super().commit(node, work, now, fault)


class NotStored(Shell):
    """Begins effects after the commit and stores them nowhere: a crash forgets them."""

    @override
    def commit(self, node: Node[Any], work: Work[Any], now: datetime, fault: Fault) -> bool:
        kept = work.decision.effects if fault is Fault.NONE else ()
        return super().commit(node, replace(work, decision=replace(work.decision, effects=kept)), now, fault)


class AnsweredTwice(Shell):
    """Takes every answer, whether the effect has one or not."""

    @override
    def answered(self, reply: Reply) -> bool:
        return False


class VoidLost(Provider):
    """Is never asked to release a hold, and the answer is made up."""

    @override
    def ask(self, key: str, wanted: Mapping[str, Any]) -> Answer:
        return Answer(key, wanted["hold"]) if wanted["operation"] == Operation.VOID else super().ask(key, wanted)


def without_key(operation: Operation) -> type[Provider]:
    """Return a provider that is asked for an operation without a key, so that a repeat is a new question."""

    class WithoutKey(Provider):
        @override
        def known(self, key: str) -> ProviderEntry | None:
            return None if f":{operation}" in key else super().known(key)

    return WithoutKey


def any_answer(payment: Any, event: Any) -> tuple[Any, Any]:
    """Take an answer for the one that is awaited, whatever it answers."""
    if not isinstance(event, Answer):
        return payment, event
    return payment.model_copy(update={"asking": event.key.removeprefix(f"{payment.id}:")}), event


def told(event: Any, **facts: Any) -> Any:
    """Return an event that says these things, where it says anything of the kind."""
    known = {name: value for name, value in facts.items() if hasattr(event, name)}
    return event.model_copy(update=known) if known else event


def stale(order: Any, event: Any) -> tuple[Any, Any]:
    """Believe the last news of a driver, however old it is."""
    return order.model_copy(update={"lost_drivers": []}), event


def closed_too_soon(order: Any, event: Any) -> tuple[Any, Any]:
    """Take the payment's confirmation for the delivery's, too."""
    closing = order.status is OrderStatus.CANCELLING
    return order.model_copy(update={"delivery_closed": True} if closing else {}), event


def food_kept(_: Any, decision: Decision[Any]) -> Decision[Any]:
    """Let the customer pay for the food whoever cancels."""
    order = decision.row
    if order.keep is None or not order.paid or order.responsible is Responsible.CUSTOMER:
        return decision
    events = tuple(one._replace(event=told(one.event, keep=order.subtotal)) for one in decision.events)
    return replace(decision, row=order.model_copy(update={"keep": order.subtotal}), events=events)


def driver_kept(before: Any, decision: Decision[Any]) -> Decision[Any]:
    """End a cancelled delivery and forget the driver who was asked or on the way."""
    cancelled = decision.row.status == "cancelled"
    return replace(decision, row=decision.row.model_copy(update={"offers": before.offers})) if cancelled else decision


def silently(_: Any, decision: Decision[Any]) -> Decision[Any]:
    """Give up the search and publish nothing."""
    return replace(decision, events=tuple(one for one in decision.events if not isinstance(one.event, DeliveryNoDriver)))


BUGS = {
    "no inbox": Parts(shell=NoInbox),
    "acknowledged before the commit": Parts(shell=AcknowledgedFirst),
    "published before the commit": Parts(shell=PublishedFirst),
    "published after the commit, without an outbox": Parts(shell=NoOutbox),
    "outbox row deleted before the broker confirms": Parts(shell=DeletedFirst),
    "effect asked before the commit": Parts(shell=AskedFirst),
    "effect not stored": Parts(shell=NotStored),
    "answer applied twice": misreading("payment", any_answer, AnsweredTwice),
    "capture without a key": Parts(provider=without_key(Operation.CAPTURE)),
    "refund without a key": Parts(provider=without_key(Operation.REFUND)),
    "cancel dropped by payment": ignoring("payment", "order.cancel_requested"),
    "void lost": Parts(provider=VoidLost),
    "refund ignores what is kept": misreading("payment", lambda row, event: (row, told(event, keep=0))),
    "courier's failure charged to the customer": misreading(
        "payment", lambda row, event: (row, told(event, responsible="customer"))
    ),
    "late authorisation not voided": ignoring("payment", "order.payment_failed"),
    "late cancel not refunded": ignoring(
        "payment", "order.cancel_requested", lambda row: row.status is PaymentStatus.CAPTURED
    ),
    "cancel frees no driver": spoiling("delivery", driver_kept),
    "cancel ignored by delivery": ignoring("delivery", "order.cancel_requested"),
    "no driver found, and not published": spoiling("delivery", silently),
    "stale driver replaces the present one": misreading("order", stale),
    "cancelled after one confirmation": misreading("order", closed_too_soon),
    "food kept whoever cancels": spoiling("order", food_kept),
    "erased owner's order goes on": ignoring("order", "owner.erased"),
}
