"""Simulates the chassis around decisions: atomic commits and at-least-once delivery, with crashes."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from foodchassis import Event, EventRouter, Resources
from foodchassis.kernel import Decision, Effect, ServiceError, Timer
from foodlab.simulation.plan import BEGINNING
from payment_service.machine import ANSWERS
from payment_service.models import Operation, ProviderEntry
from payment_service.rules.commands import Answer
from payment_service.rules.simulated import refusal, refusal_to_authorize

Decide = Callable[..., Decision[Any]]
SUBJECTS = frozenset({"order_id", "payment_id", "delivery_id"})


@dataclass(frozen=True, slots=True, eq=False)
class OutboxEntry:
    """An event in an outbox or a queue; consumers identify it by its id."""

    id: int
    event: Event


@dataclass(frozen=True, slots=True)
class Work:
    """One transaction: a decision, and the rows that it deletes at the commit."""

    trigger: str
    decision: Decision[Any]
    claimed: OutboxEntry | None = None
    rung: Timer | None = None
    answered: str | None = None


class Node:
    """A service with one aggregate; it handles the events of the service's router."""

    def __init__(self, name: str, decide: Decide, router: EventRouter, resources: Resources) -> None:
        self.name = name
        self.decide = decide
        self.resources = resources
        self.listens = frozenset(kind for kind in router.handlers if kind.subject_field in SUBJECTS)
        self.row: Any = None
        self.history: list[Any] = []
        self.timers: dict[Timer, datetime] = {}
        self.inbox: Counter[OutboxEntry] = Counter()
        self.outbox: list[OutboxEntry] = []
        self.published: list[tuple[int, Event]] = []
        self.effects: dict[str, Effect] = {}
        self.wanted: set[str] = set()
        self.triggers: Counter[str] = Counter()
        self.commits = 0

    def decided(self, trigger: str, event: Any, now: datetime, subject: UUID | None) -> Decision[Any]:  # noqa: ARG002
        """Return the service's decision; `subject` is that of a timer. Raises ServiceError."""
        return self.decide(self.row, trigger, event=event, now=now, resources=self.resources)

    def commit(self, work: Work, now: datetime) -> None:
        """Apply a transaction atomically, like `foodchassis.messaging.process`."""
        decision, gone = work.decision, {work.rung, *work.decision.stopped}
        self.row = decision.row
        self.history += decision.history
        self.timers = {timer: due for timer, due in self.timers.items() if timer not in gone}
        self.timers |= {timer: now + wait for timer, wait in decision.started.items()}
        self.effects.pop(work.answered or "", None)
        self.effects = {effect.key: effect for effect in decision.effects} | self.effects
        self.wanted |= self.effects.keys()
        self.inbox.update([work.claimed] if work.claimed else [])
        for event, sequence in decision.events:
            self.published.append((sequence, event))
            self.outbox.append(OutboxEntry(len(self.published), event))
        self.triggers[work.trigger] += 1
        self.commits += 1


class Fault(StrEnum):
    """A crash during a node's work, or during its request to the payment provider."""

    NONE = "nothing"
    CRASH_BEFORE_COMMIT = "the node crashes before its commit"
    CRASH_AFTER_COMMIT = "the node crashes after its commit, before it acknowledges"
    CRASH_AFTER_PUBLISH = "the relay crashes after publishing, before it deletes"
    CRASH_BEFORE_PUBLISH = "the relay crashes before the broker confirms"
    CRASH_BEFORE_ASKING = "the node crashes, or gets no answer, and the provider does nothing"
    CRASH_AFTER_EFFECT = "the provider acts, and the node crashes or gets no answer"


@dataclass(slots=True, eq=False)
class Message:
    """An event in the queue of one node; `waits_since` is the commit since which it waits for a change."""

    node: Node
    entry: OutboxEntry
    waits_since: int = -1
    why: str = ""
    redelivered: bool = False


class Reply(NamedTuple):
    """A response of the provider in transit to its node."""

    node: Node
    effect: Effect
    answer: Answer


class Provider:
    """The payment provider: the service's simulated rules on a log that survives crashes."""

    def __init__(self) -> None:
        self.log: list[ProviderEntry] = []

    def ask(self, key: str, wanted: Mapping[str, Any]) -> Answer:
        """Execute an operation on the order's hold, or return the stored response of its key."""
        if (entry := self.known(key)) is None:
            past, operation = [one for one in self.log if one.hold == wanted["hold"]], Operation(wanted["operation"])
            method, amount = past[0].method if past else wanted["method"], wanted["amount"]
            authorizing = operation is Operation.AUTHORIZE
            refused = refusal_to_authorize(method) if authorizing else refusal(operation, amount, past)
            hold, stamp = past[0].hold if past else key, {"id": UUID(int=len(self.log)), "at": BEGINNING}
            facts: dict[str, Any] = {**wanted, **stamp, "operation": operation, "hold": hold, "method": method}
            self.log.append(entry := ProviderEntry(key=key, **facts, refusal=refused))
        return Answer(key, entry.hold, entry.refusal)

    def known(self, key: str) -> ProviderEntry | None:
        """Return the operation of a key."""
        return next((entry for entry in self.log if entry.key == key), None)

    def done(self, operation: Operation) -> list[int]:
        """Return the amounts of one kind of operation."""
        return [entry.amount for entry in self.log if entry.operation is operation and entry.refusal is None]


class Shell:
    """Passes events, timers, effects and commands to decisions; each method returns a description."""

    def __init__(self, nodes: Sequence[Node], provider: Provider) -> None:
        self.nodes = nodes
        self.provider = provider
        self.now = BEGINNING
        self.queue: list[Message] = []
        self.replies: list[Reply] = []
        self.sent: set[tuple[str, OutboxEntry]] = set()
        self.refused: dict[tuple[str, str], int] = {}

    def send(self, entry: OutboxEntry) -> None:
        """Put an event into the queue of each node that handles it."""
        listening = [node for node in self.nodes if type(entry.event) in node.listens]
        self.queue += [Message(node, entry) for node in listening]
        self.sent |= {(node.name, entry) for node in listening}

    def relay(self, node: Node, entry: OutboxEntry, fault: Fault) -> str:
        """Publish one row of an outbox, and delete it once the broker has confirmed."""
        if fault is not Fault.CRASH_BEFORE_PUBLISH:
            self.send(entry)
        if fault is Fault.NONE:
            node.outbox.remove(entry)
        return f"{node.name} publishes {entry.event.routing_key} #{entry.id}"

    def deliver(self, message: Message, fault: Fault) -> str:
        """Handle a message once, in one transaction, and acknowledge it; a refused one waits for a change."""
        node, entry, event, handled = message.node, message.entry, message.entry.event, self.handled(message)
        why = "" if handled else self.process(node, event.routing_key, event, fault, claimed=entry)
        message.redelivered = True
        if why:
            message.waits_since, message.why = node.commits, why
        elif handled or fault is Fault.NONE:
            self.queue = [one for one in self.queue if one is not message]
        return f"{node.name} receives {event.routing_key} #{entry.id}{' again' if handled else ''}{why}"

    def ring(self, node: Node, timer: Timer, fault: Fault) -> str:
        """Handle a timer that is due; a refused one is repeated."""
        self.now = max(self.now, node.timers[timer])
        if why := self.process(node, timer.name, None, fault, rung=timer):
            node.timers[timer] = self.now
        return f"{node.name}: {timer.name} has passed{why}"

    def command(self, node: Node, trigger: str, event: Any, fault: Fault) -> str:
        """Execute the command of a user, or refuse it."""
        if why := self.process(node, trigger, event, fault):
            self.refused[node.name, trigger] = node.commits
        return f"{node.name} gets the command {trigger}{why}"

    def ask(self, node: Node, effect: Effect, fault: Fault) -> str:
        """Send an effect to the provider outside any transaction; the response may be lost."""
        if fault is not Fault.CRASH_BEFORE_ASKING:
            answer = self.provider.ask(effect.key, effect.payload)
            self.replies += [Reply(node, effect, answer)] if fault is Fault.NONE else []
        return f"{node.name} requests from the provider: {effect.payload['operation']}"

    def answer(self, reply: Reply, fault: Fault) -> str:
        """Handle a response in a transaction that deletes its effect, unless it was handled before."""
        self.replies = [one for one in self.replies if one is not reply]
        trigger = ANSWERS[Operation(reply.effect.payload["operation"])][reply.answer.refusal is not None]
        before, key = self.answered(reply), reply.effect.key
        why = "" if before else self.process(reply.node, trigger, reply.answer, fault, answered=key)
        return f"{reply.node.name} gets the response {trigger}{' again' if before else ''}{why}"

    def process(self, node: Node, trigger: str, event: Any, fault: Fault, **taken: Any) -> str:
        """Decide and commit, unless the node crashes before; return in words why the service refuses, if it does."""
        timer: Timer | None = taken.get("rung")
        try:
            decision = node.decided(trigger, event, self.now, timer and timer.subject)
        except ServiceError as error:
            return f": not now: {error}"
        self.commit(node, Work(trigger, decision, **taken), fault)
        if fault is not Fault.NONE:
            self.replies = [reply for reply in self.replies if reply.node is not node]
        return ""

    def commit(self, node: Node, work: Work, fault: Fault) -> None:
        """Commit, unless the node crashes before."""
        if fault is not Fault.CRASH_BEFORE_COMMIT:
            node.commit(work, self.now)

    def handled(self, message: Message) -> bool:
        """Return whether a node has handled a message before."""
        return message.entry in message.node.inbox

    def answered(self, reply: Reply) -> bool:
        """Return whether the response of an effect was handled."""
        return reply.effect.key not in reply.node.effects
