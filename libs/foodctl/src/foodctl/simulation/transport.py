"""Queues between the nodes: at least once, in any order, with the inbox and the outbox as the chassis keeps them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from foodchassis import ServiceError
from foodctl.simulation.faults import TROUBLE, Fault
from foodctl.simulation.node import Node
from foodctl.simulation.work import Letter, Work


@dataclass(slots=True, eq=False)
class Message:
    """A letter in the queue of one node; `waits_since` is the node's commit that could not take it yet."""

    node: Node[Any]
    letter: Letter
    waits_since: int = -1
    why: str = ""

    @property
    def ready(self) -> bool:
        """Tell whether another try may go better than the last."""
        return self.waits_since < self.node.commits


class Transport:
    """Carries events from outboxes to handlers."""

    def __init__(self, nodes: Sequence[Node[Any]]) -> None:
        self.nodes = nodes
        self.queue: list[Message] = []
        self.sent: set[tuple[str, int]] = set()

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
        """Handle a message once, in one transaction, and acknowledge it; say what came of it."""
        node, work = message.node, message.node.begin(now)
        if not self.claim(node, work, message):
            self.acknowledge(message)
            return "repeated"
        try:
            node.handle(work, message.letter.event)
        except ServiceError as error:
            # Trouble with the provider passes by itself; anything else only when the node has changed.
            message.waits_since, message.why = -1 if fault in TROUBLE else node.commits, str(error)
            return f"not yet: {error}"
        if self.commit(node, work, fault) and fault is not Fault.CRASH_AFTER_COMMIT:
            self.acknowledge(message)
        return "handled"

    def claim(self, node: Node[Any], work: Work[Any], message: Message) -> bool:
        """Claim an event for its handler; False when the handler has done it before."""
        work.claimed = message.letter
        return message.letter.id not in node.inbox

    def commit(self, node: Node[Any], work: Work[Any], fault: Fault) -> bool:
        """Commit, unless the node dies before; tell whether it did."""
        if fault is Fault.CRASH_BEFORE_COMMIT:
            return False
        node.commit(work)
        return True

    def acknowledge(self, message: Message) -> None:
        """Take a message off its queue."""
        self.queue.remove(message)
