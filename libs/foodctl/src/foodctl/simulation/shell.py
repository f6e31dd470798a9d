"""What the chassis does around a decision, one step at a time: at least once, in any order, with crashes between."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from foodchassis import Effect, ServiceError, Timer
from foodctl.simulation.faults import Fault
from foodctl.simulation.node import Letter, Node, Work
from foodctl.simulation.provider import Provider
from payment_service.machine import ANSWERS
from payment_service.models import Operation
from payment_service.rules.commands import Answer

LATER = timedelta(seconds=5)


@dataclass(slots=True, eq=False)
class Message:
    """A letter in the queue of one node; `waits_since` is the node's commit that could not take it yet."""

    node: Node[Any]
    letter: Letter
    waits_since: int = -1
    why: str = ""
    redelivered: bool = False

    @property
    def ready(self) -> bool:
        """Tell whether another try may go better than the last."""
        return self.waits_since < self.node.commits


@dataclass(frozen=True, slots=True, eq=False)
class Reply:
    """A provider's answer that is on its way to the node that asked."""

    node: Node[Any]
    effect: Effect
    answer: Answer


class Shell:
    """Carries events, timers, effects and commands to decisions, and what those ask for to where it belongs."""

    def __init__(self, nodes: Sequence[Node[Any]], provider: Provider) -> None:
        self.nodes = nodes
        self.provider = provider
        self.queue: list[Message] = []
        self.replies: list[Reply] = []
        self.sent: set[tuple[str, int]] = set()
        self.refused: dict[tuple[str, str], int] = {}

    def send(self, letter: Letter) -> None:
        """Put a letter into the queue of each node that listens to it."""
        listening = [node for node in self.nodes if type(letter.event) in node.listens]
        self.queue += [Message(node, letter) for node in listening]
        self.sent |= {(node.name, letter.id) for node in listening}

    def relay(self, node: Node[Any], letter: Letter, fault: Fault) -> None:
        """Publish one row of an outbox, and delete it once the broker has confirmed."""
        if fault is Fault.CRASH_BEFORE_PUBLISH:
            return
        self.send(letter)
        if fault is not Fault.CRASH_AFTER_PUBLISH:
            node.outbox.remove(letter)

    def deliver(self, message: Message, now: datetime, fault: Fault) -> str:
        """Handle a message once, in one transaction, and acknowledge it; return what came of it."""
        node, letter = message.node, message.letter
        message.redelivered |= fault is not Fault.NONE
        if self.handled(message):
            self.acknowledge(message)
            return "repeated"
        try:
            committed = self.process(node, letter.event.routing_key, letter.event, now, fault, claimed=letter)
        except ServiceError as error:
            # Only when the node has changed may another try go better.
            message.waits_since, message.why = node.commits, str(error)
            return f"not yet: {error}"
        if committed and fault is not Fault.CRASH_AFTER_COMMIT:
            self.acknowledge(message)
        return "handled"

    def ring(self, node: Node[Any], timer: Timer, now: datetime, fault: Fault) -> str:
        """Handle a timer that has passed; one that can't be handled passes again later."""
        try:
            self.process(node, timer.name, None, now, fault, rung=timer)
        except ServiceError as error:
            node.timers[timer] = now + LATER
            return f"not yet: {error}"
        return "handled"

    def command(self, node: Node[Any], trigger: str, event: Any, now: datetime, fault: Fault) -> str:
        """Do what somebody asks for, or refuse it."""
        try:
            self.process(node, trigger, event, now, fault)
        except ServiceError as error:
            self.refused[node.name, trigger] = node.commits
            return f"refused: {error}"
        return "done"

    def ask(self, node: Node[Any], effect: Effect, fault: Fault) -> None:
        """Ask the provider outside any transaction; the answer is on its way, unless it is lost."""
        if fault is not Fault.CRASH_BEFORE_ASKING:
            answer = self.provider.ask(effect.key, effect.payload)
            if fault is not Fault.CRASH_AFTER_EFFECT:
                self.replies.append(Reply(node, effect, answer))

    def answer(self, reply: Reply, now: datetime, fault: Fault) -> str:
        """Take an answer in a transaction that deletes its effect, unless that was answered before."""
        self.replies.remove(reply)
        if self.answered(reply):
            return "answered before"
        done, refused = ANSWERS[Operation(reply.effect.payload["operation"])]
        trigger = done if reply.answer.refusal is None else refused
        try:
            self.process(reply.node, trigger, reply.answer, now, fault, answered=reply.effect.key)
        except ServiceError as error:
            return f"not yet: {error}"
        return trigger

    def process(
        self,
        node: Node[Any],
        trigger: str,
        event: Any,
        now: datetime,
        fault: Fault,
        *,
        claimed: Letter | None = None,
        rung: Timer | None = None,
        answered: str | None = None,
    ) -> bool:
        """Decide and commit, unless the node dies before; return whether it did. Raises ServiceError."""
        subject: UUID | None = rung.subject if rung else None
        work = Work(trigger, node.decided(trigger, event, now, subject), claimed, rung, answered)
        committed = self.commit(node, work, now, fault)
        if fault is not Fault.NONE:
            self.replies = [reply for reply in self.replies if reply.node is not node]
        return committed

    def commit(self, node: Node[Any], work: Work[Any], now: datetime, fault: Fault) -> bool:
        """Commit, unless the node dies before; return whether it did."""
        if fault is Fault.CRASH_BEFORE_COMMIT:
            return False
        node.commit(work, now)
        return True

    def handled(self, message: Message) -> bool:
        """Return whether a node has handled a message before."""
        return message.letter.id in message.node.inbox

    def answered(self, reply: Reply) -> bool:
        """Return whether an effect has its answer already."""
        return reply.effect.key not in reply.node.effects

    def acknowledge(self, message: Message) -> None:
        """Take a message off its queue."""
        if message in self.queue:
            self.queue.remove(message)
