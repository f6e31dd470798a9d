"""Planted bugs of the plumbing: inbox, outbox, acknowledgement, and the provider's keys."""

from typing import Any

from typing_extensions import override

from foodctl.simulation.faults import Fault
from foodctl.simulation.node import Node
from foodctl.simulation.provider import Provider
from foodctl.simulation.transport import Message, Transport
from foodctl.simulation.work import Letter, Work
from payment_service.models import Operation, ProviderEntry


class NoInbox(Transport):
    """Handles a message as often as it comes."""

    @override
    def claim(self, node: Node[Any], work: Work[Any], message: Message) -> bool:
        super().claim(node, work, message)
        return True


class AcknowledgedFirst(Transport):
    """Takes a message off its queue before its work is committed."""

    @override
    def commit(self, node: Node[Any], work: Work[Any], fault: Fault) -> bool:
        for message in [one for one in self.queue if one.node is node and one.letter is work.claimed]:
            self.queue.remove(message)
        return super().commit(node, work, fault)

    @override
    def acknowledge(self, message: Message) -> None:
        if message in self.queue:
            self.queue.remove(message)


class PublishedFirst(Transport):
    """Publishes straight to the broker, whether the commit succeeds or not."""

    @override
    def commit(self, node: Node[Any], work: Work[Any], fault: Fault) -> bool:
        for event, sequence in work.published:
            self.send(node.letter(event, sequence))
        work.published.clear()
        return super().commit(node, work, fault)


class NoOutbox(Transport):
    """Publishes straight to the broker after the commit, if it lives so long."""

    @override
    def commit(self, node: Node[Any], work: Work[Any], fault: Fault) -> bool:
        published = list(work.published)
        work.published.clear()
        committed = super().commit(node, work, fault)
        if committed and fault is not Fault.CRASH_AFTER_COMMIT:
            for event, sequence in published:
                self.send(node.letter(event, sequence))
        return committed


class DeletedFirst(Transport):
    """Deletes a row of the outbox before the broker has confirmed it."""

    @override
    def relay(self, node: Node[Any], letter: Letter, fault: Fault) -> None:
        node.outbox.remove(letter)
        if fault is not Fault.CRASH_BEFORE_PUBLISH:
            self.send(letter)


class CaptureWithoutKey(Provider):
    """Is asked to capture without a key, so that a repeat is a new question."""

    @override
    def known(self, key: str) -> ProviderEntry | None:
        return None if f":{Operation.CAPTURE}:" in key else super().known(key)


class RefundWithoutKey(Provider):
    """Is asked to refund without a key, so that a repeat gives the money back again."""

    @override
    def known(self, key: str) -> ProviderEntry | None:
        return None if f":{Operation.REFUND}:" in key else super().known(key)
