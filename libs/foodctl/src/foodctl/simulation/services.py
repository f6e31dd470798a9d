"""The three services as they decide in production, and all else that there is in one history."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from typing_extensions import override

from delivery_service.decide import Input, Offline, search_area
from delivery_service.handlers import events as of_delivery
from delivery_service.rules.dispatch import Area, Candidate, Position, distance_m
from delivery_service.service.storage import DELIVERIES, policy_of
from delivery_service.settings import DeliverySettings
from foodchassis import Aggregate, Decision, Resources, Timer
from foodctl.simulation.node import Decide, Node, Work
from foodctl.simulation.people import COUNTER, DELIVERY, DRIVERS
from foodctl.simulation.plan import Plan
from foodctl.simulation.provider import Provider
from foodctl.simulation.shell import Shell
from foodevents import OrderCancelRequested
from order_service.handlers import events as of_order
from order_service.service.storage import ORDERS
from order_service.settings import OrderSettings
from payment_service.handlers import events as of_payment
from payment_service.service.payments import PAYMENTS
from payment_service.settings import PaymentSettings

COMES = "driver.found"
CENTRE = Position(COUNTER.lat, COUNTER.lng)
AGGREGATES: dict[str, Aggregate[Any]] = {one.name: one for one in (ORDERS, PAYMENTS, DELIVERIES)}
ROUTERS = {"order": of_order, "payment": of_payment, "delivery": of_delivery}
RESOURCES = {
    "order": Resources(OrderSettings.model_construct()),
    "payment": Resources(PaymentSettings.model_construct()),
    # A vain search is repeated less often: 180 times in a quarter of an hour would be most of each history.
    "delivery": Resources(DeliverySettings.model_construct(search_interval=60.0)),
}
POLICY = policy_of(RESOURCES["delivery"])


@dataclass(frozen=True)
class Parts:
    """What a world is made of; a planted bug decides otherwise, or replaces one of them."""

    decisions: Mapping[str, Decide] = field(default_factory=dict)
    provider: type[Provider] = Provider
    shell: type[Shell] = Shell


class Drivers(Node):
    """The delivery, and when its drivers came: the first to the counter, the next where a wider look finds them."""

    def __init__(self, plan: Plan, *known: Any) -> None:
        super().__init__(*known)
        self.plan = plan
        self.came: dict[UUID, datetime] = {}
        self.offline: set[UUID] = set()

    @override
    def decided(self, trigger: str, event: Any, now: datetime, subject: UUID | None) -> Decision[Any]:
        """Decide, and once more with the candidates when that asks for a search, as the service does."""
        if (trigger == COMES and self.row is None) or (isinstance(event, OrderCancelRequested) and not event.paid):
            return Decision(self.row)
        row, came = self.row, self.came | ({DRIVERS[len(self.came)]: now} if trigger == COMES else {})
        if row is not None and (driver := row.driver_id) is not None:
            heard = came[driver] if "silence" in self.plan.tricks else now
            row = row.model_copy(update={"heard_at": heard, "hands_free": self.plan.hands_free})
        near = self._candidates(came, Area(CENTRE, POLICY.search_radii_m[-1]), now)
        given = Input(event, (), DELIVERY, distance_m(CENTRE, near[0].here) if near else None, subject)
        decision = self.decide(row, trigger, event=given, now=now, resources=self.resources)
        if area := search_area(decision, now=now, policy=POLICY):
            given = replace(given, candidates=self._candidates(came, area, now))
            decision = self.decide(row, trigger, event=given, now=now, resources=self.resources)
        return decision

    def _candidates(self, came: Mapping[UUID, datetime], area: Area, now: datetime) -> list[Candidate]:
        """List who may be asked: online, heard lately, and within the area, nearest first."""
        return [
            Candidate(driver, UUID(int=100 + number), here, self.plan.hands_free)
            for number, (driver, since) in enumerate(came.items())
            if distance_m(area.centre, here := Position(CENTRE.lat + number * 0.04, CENTRE.lng)) <= area.radius_m
            and driver not in self.offline
            and ("silence" not in self.plan.tricks or now - since < POLICY.silence)
        ]

    @override
    def commit(self, work: Work, now: datetime) -> None:
        if work.trigger == COMES:
            self.came[DRIVERS[len(self.came)]] = now
        super().commit(work, now)
        self.offline |= {one.driver_id for one in work.decision.history if isinstance(one, Offline)}


class World:
    """The state of one history."""

    def __init__(self, plan: Plan, parts: Parts) -> None:
        known = {
            name: (name, parts.decisions.get(name, AGGREGATES[name].decide), RESOURCES[name], router)
            for name, router in ROUTERS.items()
        }
        self.plan = plan
        self.provider = parts.provider()
        self.order, self.payment = Node(*known["order"]), Node(*known["payment"])
        self.delivery = Drivers(plan, *known["delivery"])
        self.nodes = {node.name: node for node in (self.order, self.payment, self.delivery)}
        self.shell = parts.shell([*self.nodes.values()], self.provider)

    def earliest(self) -> tuple[Node, Timer] | None:
        """Return the timer that passes first, and whose it is."""
        timers = [(due, timer, node) for node in self.nodes.values() for timer, due in node.timers.items()]
        return (
            next(((node, timer) for _, timer, node in [min(timers, key=lambda one: one[:2])]), None) if timers else None
        )
