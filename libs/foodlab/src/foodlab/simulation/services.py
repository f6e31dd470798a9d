"""The three services as they decide in production, and all else that there is in one history."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import SimpleNamespace as Plan
from typing import Any
from uuid import UUID

from typing_extensions import override

from delivery_service.decide import Input, search_area
from delivery_service.handlers import events as of_delivery
from delivery_service.rules.dispatch import Area, Candidate, Position, distance_m
from delivery_service.service.storage import DELIVERIES, policy_of
from delivery_service.settings import DeliverySettings
from foodchassis import Aggregate, Decision, EventRouter, Resources
from foodevents import OrderCancelRequested
from foodlab.simulation.node import Decide, Node
from foodlab.simulation.plan import COUNTER, DELIVERY, DRIVERS
from foodlab.simulation.shell import Provider, Shell
from order_service.handlers import events as of_order
from order_service.service.storage import ORDERS
from order_service.settings import OrderSettings
from payment_service.handlers import events as of_payment
from payment_service.service.payments import PAYMENTS
from payment_service.settings import PaymentSettings

COMES = "driver.found"
SERVICES: dict[str, tuple[Aggregate[Any], EventRouter, Resources]] = {
    "order": (ORDERS, of_order, Resources(OrderSettings.model_construct())),
    "payment": (PAYMENTS, of_payment, Resources(PaymentSettings.model_construct())),
    # A vain search is repeated less often: 180 times in a quarter of an hour would be most of each history.
    "delivery": (DELIVERIES, of_delivery, Resources(DeliverySettings.model_construct(search_interval=60.0))),
}
POLICY = policy_of(SERVICES["delivery"][-1])


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

    @override
    def decided(self, trigger: str, event: Any, now: datetime, subject: UUID | None) -> Decision[Any]:
        """Decide, and once more with the candidates when that asks for a search, as the service does."""
        row, arriving = self.row, trigger == COMES
        if arriving:
            self.came.setdefault(DRIVERS[self.triggers[COMES]], now)
        if (arriving and row is None) or (isinstance(event, OrderCancelRequested) and not event.paid):
            return Decision(row)
        if row is not None and row.driver_id is not None:
            heard = self.came[row.driver_id] if "silence" in self.plan.tricks else now
            row = row.model_copy(update={"heard_at": heard, "hands_free": self.plan.hands_free})
        given = Input(event, delivery_id=DELIVERY, nearest_m=0.0 if self.came else None, offer_id=subject)
        decision = self.decide(row, trigger, event=given, now=now, resources=self.resources)
        if area := search_area(decision, now=now, policy=POLICY):
            given = replace(given, candidates=[*self._candidates(area, now)])
            decision = self.decide(row, trigger, event=given, now=now, resources=self.resources)
        return decision

    def _candidates(self, area: Area, now: datetime) -> Iterator[Candidate]:
        """Yield who may be asked: heard lately and within the area, nearest first."""
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
