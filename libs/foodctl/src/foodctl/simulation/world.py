"""Everything there is in one history: the three nodes, what carries their events, the provider and the clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from foodchassis import Timer
from foodctl.simulation.node import Decide, Node
from foodctl.simulation.people import BEGINNING
from foodctl.simulation.plan import Plan
from foodctl.simulation.provider import Provider
from foodctl.simulation.services import DECISIONS, DeliveryNode, order_node, payment_node
from foodctl.simulation.shell import Shell

STEP = timedelta(seconds=5)


@dataclass(frozen=True)
class Parts:
    """What a world is made of; a planted bug replaces one of them, or decides otherwise."""

    decisions: Mapping[str, Decide] = field(default_factory=dict)
    provider: type[Provider] = Provider
    shell: type[Shell] = Shell


class World:
    """The state of one history."""

    def __init__(self, plan: Plan, parts: Parts) -> None:
        decide = {**DECISIONS, **parts.decisions}
        self.plan = plan
        self.now = BEGINNING
        self.provider = parts.provider()
        self.order, self.payment = order_node(decide["order"]), payment_node(decide["payment"])
        self.delivery = DeliveryNode(
            decide["delivery"], hands_free=plan.hands_free, reports="silence" not in plan.tricks
        )
        self.nodes: tuple[Node[Any], ...] = (self.order, self.payment, self.delivery)
        self.shell = parts.shell(self.nodes, self.provider)

    def earliest(self) -> tuple[Node[Any], Timer] | None:
        """Return the timer that passes first, and whose it is."""
        timers = [(due, timer, node) for node in self.nodes for timer, due in node.timers.items()]
        if not timers:
            return None
        _, timer, node = min(timers, key=lambda one: one[:2])
        return node, timer
