"""The state of a history: the services with their production decisions, and the possible user actions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from types import SimpleNamespace as Plan
from typing import Any
from uuid import UUID

from typing_extensions import override

from delivery_service.decide import Input, search_area
from delivery_service.handlers import events as of_delivery
from delivery_service.models import DeliveryStatus
from delivery_service.rules.dispatch import Area, Candidate, Position, distance_m
from delivery_service.service.storage import DELIVERIES, policy_of
from delivery_service.settings import DeliverySettings
from foodchassis import EventRouter, Resources
from foodchassis.kernel import Decision
from foodchassis.messaging import Aggregate
from foodevents import OrderCancelRequested
from foodlab.simulation.plan import COUNTER, DELIVERY, DRIVERS, PRICED, REFUND, SETTLEMENT
from foodlab.simulation.shell import Decide, Node, Provider, Shell
from order_service.handlers import events as of_order
from order_service.machine import BEFORE_PICKUP
from order_service.models import OrderStatus
from order_service.rules.commands import Accept, Cancel, Reject
from order_service.service.storage import ORDERS
from order_service.settings import OrderSettings
from payment_service.handlers import events as of_payment
from payment_service.machine import TAKEN
from payment_service.rules.commands import RefundWanted, Settle
from payment_service.service.payments import PAYMENTS
from payment_service.settings import PaymentSettings

COMES = "driver.found"
SERVICES: dict[str, tuple[Aggregate[Any], EventRouter, Resources]] = {
    "order": (ORDERS, of_order, Resources(OrderSettings.model_construct())),
    "payment": (PAYMENTS, of_payment, Resources(PaymentSettings.model_construct())),
    # Searches are repeated less often: 180 repeats in a quarter of an hour would dominate each history.
    "delivery": (DELIVERIES, of_delivery, Resources(DeliverySettings.model_construct(search_interval=60.0))),
}
POLICY = policy_of(SERVICES["delivery"][-1])


@dataclass(frozen=True)
class Parts:
    """The parts of a world; a planted bug replaces one of them."""

    decisions: Mapping[str, Decide] = field(default_factory=dict)
    provider: type[Provider] = Provider
    shell: type[Shell] = Shell


class Drivers(Node):
    """The delivery with its drivers: the first one near, the others in a wider area."""

    def __init__(self, plan: Plan, *known: Any) -> None:
        super().__init__(*known)
        self.plan = plan
        self.came: dict[UUID, datetime] = {}

    @override
    def decided(self, trigger: str, event: Any, now: datetime, subject: UUID | None) -> Decision[Any]:
        """Decide, and decide again with candidates when the decision needs a search, like the service."""
        row, arriving = self.row, trigger == COMES
        if arriving:
            self.came.setdefault(DRIVERS[self.triggers[COMES]], now)
        if (arriving and row is None) or (isinstance(event, OrderCancelRequested) and not event.paid):
            return Decision(row)
        if row is not None and row.driver_id is not None:
            seen = self.came[row.driver_id] if "silence" in self.plan.tricks else now
            row = row.model_copy(update={"heard_at": seen, "hands_free": self.plan.hands_free})
        given = Input(event, delivery_id=DELIVERY, nearest_m=0.0 if self.came else None, offer_id=subject)
        decision = self.decide(row, trigger, event=given, now=now, resources=self.resources)
        if area := search_area(decision, now=now, policy=POLICY):
            given = replace(given, candidates=[*self._candidates(area, now)])
            decision = self.decide(row, trigger, event=given, now=now, resources=self.resources)
        return decision

    def _candidates(self, area: Area, now: datetime) -> Iterator[Candidate]:
        """Yield the available drivers within the area with a recent position, nearest first."""
        for number, (driver, since) in enumerate(self.came.items()):
            here, silent = Position(COUNTER.lat + number * 0.04, COUNTER.lng), "silence" in self.plan.tricks
            if distance_m(area.centre, here) <= area.radius_m and not (silent and now - since >= POLICY.silence):
                yield Candidate(driver, UUID(int=100 + number), here, self.plan.hands_free)


class World:
    """The state of one history."""

    def __init__(self, plan: Plan, parts: Parts) -> None:
        decide, known = parts.decisions, dict[str, Any]()
        for name, (aggregate, *others) in SERVICES.items():
            known[name] = (name, decide.get(name, aggregate.decide), *others)
        self.plan = plan
        self.provider = parts.provider()
        self.order, self.payment = Node(*known["order"]), Node(*known["payment"])
        self.delivery = Drivers(plan, *known["delivery"])
        self.nodes = {node.name: node for node in (self.order, self.payment, self.delivery)}
        self.shell = parts.shell([*self.nodes.values()], self.provider)


O, D = OrderStatus, DeliveryStatus  # noqa: E741 - a table reads better with short names
# User actions: the node, the states, the circumstance of the plan, and the command.
MOVES: tuple[tuple[str, str, tuple[Any, ...], str | None, Any], ...] = (
    ("order", "accept", (O.PLACED,), None, lambda plan: Accept(plan.prep_minutes)),
    ("order", "reject", (O.PLACED,), "reject", lambda _: Reject("sold out")),
    ("order", "ready", (O.PAID, O.ASSIGNED), None, None),
    ("order", "cancel", BEFORE_PICKUP, "cancel", lambda plan: Cancel(plan.canceller, "changed my mind")),
    ("order", "retry", (O.CANCELLING,), "retry", None),
    ("order", "owner.erased", BEFORE_PICKUP, "close", None),
    ("payment", "refund", TAKEN, "refund", lambda _: RefundWanted(REFUND, PRICED.total // 2, "cold")),
    ("payment", "settle", TAKEN, "settle", lambda _: Settle(SETTLEMENT, 1_500)),
    ("delivery", COMES, (None, *D), None, None),
    ("delivery", "offer.accepted", (D.OFFERED,), None, None),
    ("delivery", "offer.declined", (D.OFFERED,), "decline", None),
    ("delivery", "pickup", (D.ASSIGNED,), None, None),
    ("delivery", "unassign", (D.ASSIGNED,), "unassign", None),
    ("delivery", "deliver", (D.PICKED_UP,), None, None),
    ("delivery", "fail", (D.PICKED_UP,), "fail", None),
    ("delivery", "customer.absent", (D.PICKED_UP,), "absent", None),
    ("delivery", "customer.erased", tuple(D), "leave", None),
)
ONCE = {"retry", "owner.erased", "customer.erased", "refund", "settle"}
# The tricks of those who don't do their work.
OMITTED = {"accept": {"mute"}, "pickup": {"dawdle", "silence"}, "deliver": {"vanish"}}


def moves(world: World) -> Iterator[tuple[str, partial[str]]]:
    """Yield the possible user actions with their nodes; a refused one waits until the node has changed."""
    plan, shell = world.plan, world.shell
    for name, trigger, states, trick, command in MOVES:
        node, allowed = world.nodes[name], states[plan.cancels_from :] if states is BEFORE_PICKUP else states
        if (node.row and node.row.status) not in allowed or shell.refused.get((name, trigger)) == node.commits:
            continue
        most = plan.drivers if trigger == COMES else 1 if trigger in ONCE else 1_000
        omitted = (trick and trick not in plan.tricks) or OMITTED.get(trigger, set()) & {*plan.tricks}
        if not omitted and node.triggers[trigger] < most:
            yield name, partial(shell.command, node, trigger, command and command(plan))
