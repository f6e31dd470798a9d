"""Mistakes planted on purpose, in decisions or around them: a simulation that misses one is not worth its time."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from foodchassis import Decision
from foodctl.simulation.node import Letter, Node, Work
from foodctl.simulation.provider import Provider
from foodctl.simulation.services import AGGREGATES, Parts
from foodctl.simulation.shell import Fault, Shell
from foodevents import DeliveryNoDriver
from order_service.models import OrderStatus, Responsible
from payment_service.models import Operation, PaymentStatus
from payment_service.rules.commands import Answer

CLOSE = "order.cancel_requested"


def shell(**methods: Callable[..., Any]) -> type[Shell]:
    """Return a shell that does something else in one of its methods."""
    return type("Buggy", (Shell,), methods)


def provider(**methods: Callable[..., Any]) -> Parts:
    """Let the provider be asked in another way."""
    return Parts(provider=type("Buggy", (Provider,), methods))


def deciding(
    service: str,
    read: Callable[[Any, Any], tuple[Any, Any]] = lambda row, event: (row, event),
    spoil: Callable[[Any, Decision[Any], str], Decision[Any]] = lambda row, decision, trigger: decision,
    **others: Any,
) -> Parts:
    """Let a service `read` another row and event than it has, or `spoil` what it decides."""

    def decide(row: Any, trigger: str, *, event: Any, **given: Any) -> Decision[Any]:
        seen, event = (row, event) if row is None else read(row, event)
        decision = AGGREGATES[service].decide(seen, trigger, event=event, **given)
        return decision if row is None else spoil(row, decision, trigger)

    return Parts({service: decide}, **others)


def ignoring(service: str, trigger: str, when: Callable[[Any], bool] = lambda _: True) -> Parts:
    """Let a service do nothing when `trigger` comes."""
    return deciding(
        service, spoil=lambda row, decision, now: Decision(row) if now == trigger and when(row) else decision
    )


def acknowledge_first(self: Shell, node: Node, work: Work, fault: Fault) -> None:
    """Take a message off its queue before its work is committed."""
    self.queue = [one for one in self.queue if one.node is not node or one.letter is not work.claimed]
    Shell.commit(self, node, work, fault)


def publish_first(self: Shell, node: Node, work: Work, fault: Fault) -> None:
    """Publish straight to the broker, whether the commit succeeds or not."""
    for number, (event, _) in enumerate(work.decision.events):
        self.send(Letter(number, event))
    Shell.commit(self, node, replace(work, decision=replace(work.decision, events=())), fault)


def publish_after(self: Shell, node: Node, work: Work, fault: Fault) -> None:
    """Publish straight to the broker after the commit, if the node lives so long."""
    events = work.decision.events if fault is Fault.NONE else ()
    Shell.commit(self, node, replace(work, decision=replace(work.decision, events=events)), fault)


def delete_first(self: Shell, node: Node, letter: Letter, fault: Fault) -> str:
    """Delete a row of the outbox before the broker has confirmed it."""
    Shell.relay(self, node, letter, fault)
    node.outbox = [one for one in node.outbox if one is not letter]
    return "deleted"


def ask_first(self: Shell, node: Node, work: Work, fault: Fault) -> None:
    """Ask the provider before the commit that wants it."""
    for effect in work.decision.effects:
        self.ask(node, effect, Fault.NONE)
    Shell.commit(self, node, work, fault)


def ask_unstored(self: Shell, node: Node, work: Work, fault: Fault) -> None:
    """Begin effects after the commit and store them nowhere: a crash forgets them."""
    effects = work.decision.effects if fault is Fault.NONE else ()
    Shell.commit(self, node, replace(work, decision=replace(work.decision, effects=effects)), fault)


def without_key(operation: Operation) -> Parts:
    """Let the provider be asked for an operation without a key, so that a repeat is a new question."""
    return provider(known=lambda self, key: None if f":{operation}" in key else Provider.known(self, key))


def void_lost(self: Provider, key: str, wanted: Any) -> Answer:
    """Never ask to release a hold, and make the answer up."""
    return Answer(key, wanted["hold"]) if wanted["operation"] == Operation.VOID else Provider.ask(self, key, wanted)


def any_answer(payment: Any, event: Any) -> tuple[Any, Any]:
    """Take an answer for the one that is awaited, whatever it answers."""
    asking = {"asking": event.key.removeprefix(f"{payment.id}:")} if isinstance(event, Answer) else {}
    return payment.model_copy(update=asking), event


def told(event: Any, **facts: Any) -> Any:
    """Return an event that says this, where it says anything of the kind."""
    known = {name: value for name, value in facts.items() if hasattr(event, name)}
    return event.model_copy(update=known) if known else event


def closed_too_soon(order: Any, event: Any) -> tuple[Any, Any]:
    """Take the payment's confirmation for the delivery's, too."""
    closed = {"delivery_closed": True} if order.status is OrderStatus.CANCELLING else {}
    return order.model_copy(update=closed), event


def food_kept(_: Any, decision: Decision[Any], __: str) -> Decision[Any]:
    """Let the customer pay for the food whoever cancels."""
    order = decision.row
    if order.keep is None or not order.paid or order.responsible is Responsible.CUSTOMER:
        return decision
    events = tuple(one._replace(event=told(one.event, keep=order.subtotal)) for one in decision.events)
    return replace(decision, row=order.model_copy(update={"keep": order.subtotal}), events=events)


def driver_kept(before: Any, decision: Decision[Any], _: str) -> Decision[Any]:
    """End a cancelled delivery and forget the driver who was asked or on the way."""
    kept = {"offers": before.offers} if decision.row.status == "cancelled" else {}
    return replace(decision, row=decision.row.model_copy(update=kept))


def silently(_: Any, decision: Decision[Any], __: str) -> Decision[Any]:
    """Give up the search and publish nothing."""
    return replace(decision, events=tuple(e for e in decision.events if not isinstance(e.event, DeliveryNoDriver)))


BUGS = {
    "no inbox": Parts(shell=shell(handled=lambda *_: False)),
    "acknowledged before the commit": Parts(shell=shell(commit=acknowledge_first)),
    "published before the commit": Parts(shell=shell(commit=publish_first)),
    "published after the commit, without an outbox": Parts(shell=shell(commit=publish_after)),
    "outbox row deleted before the broker confirms": Parts(shell=shell(relay=delete_first)),
    "effect asked before the commit": Parts(shell=shell(commit=ask_first)),
    "effect not stored": Parts(shell=shell(commit=ask_unstored)),
    "answer applied twice": deciding("payment", any_answer, shell=shell(answered=lambda *_: False)),
    "capture without a key": without_key(Operation.CAPTURE),
    "refund without a key": without_key(Operation.REFUND),
    "void lost": provider(ask=void_lost),
    "cancel dropped by payment": ignoring("payment", CLOSE),
    "late authorisation not voided": ignoring("payment", "order.payment_failed"),
    "late cancel not refunded": ignoring("payment", CLOSE, lambda row: row.status is PaymentStatus.CAPTURED),
    "refund ignores what is kept": deciding("payment", lambda row, event: (row, told(event, keep=0))),
    "courier's failure charged": deciding("payment", lambda row, event: (row, told(event, responsible="customer"))),
    "cancel frees no driver": deciding("delivery", spoil=driver_kept),
    "cancel ignored by delivery": ignoring("delivery", CLOSE),
    "no driver found, and not published": deciding("delivery", spoil=silently),
    "stale driver replaces the present one": deciding("order", lambda row, event: (told(row, lost_drivers=[]), event)),
    "cancelled after one confirmation": deciding("order", closed_too_soon),
    "food kept whoever cancels": deciding("order", spoil=food_kept),
    "erased owner's order goes on": ignoring("order", "owner.erased"),
}
