"""Everything there is in one history: the three nodes, what carries their events, the provider and the clock."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from foodctl.simulation.delivery import DeliveryNode
from foodctl.simulation.node import Node
from foodctl.simulation.order import OrderNode
from foodctl.simulation.payment import PaymentNode
from foodctl.simulation.people import BEGINNING
from foodctl.simulation.plan import Plan
from foodctl.simulation.provider import Provider
from foodctl.simulation.transport import Transport

STEP = timedelta(seconds=5)


@dataclass(frozen=True)
class Parts:
    """What a world is made of; a planted bug replaces one of them."""

    order: type[OrderNode] = OrderNode
    payment: type[PaymentNode] = PaymentNode
    delivery: type[DeliveryNode] = DeliveryNode
    provider: type[Provider] = Provider
    transport: type[Transport] = Transport


class World:
    """The state of one history."""

    def __init__(self, plan: Plan, parts: Parts) -> None:
        self.plan = plan
        self.now = BEGINNING
        self.provider = parts.provider(plan.method)
        self.order = parts.order(1_000)
        self.payment = parts.payment(2_000, self.provider)
        self.delivery = parts.delivery(3_000, hands_free=plan.hands_free)
        self.nodes: tuple[Node[Any], ...] = (self.order, self.payment, self.delivery)
        self.transport = parts.transport(self.nodes)

    def earliest(self) -> tuple[Node[Any], str] | None:
        """Return the timer that runs out first, and whose it is."""
        timers = [(due, name, node) for node in self.nodes for name, due in node.timers.items()]
        if not timers:
            return None
        _, name, node = min(timers, key=lambda timer: timer[:2])
        return node, name

    def wait_for(self, node: Node[Any], timer: str) -> None:
        """Let time pass until a timer runs out."""
        self.now = max(self.now, node.timers[timer])
