"""The three services: their own decisions, policies, routers and answers, bound to what a history knows."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from typing_extensions import override

from delivery_service import decide as dispatch
from delivery_service.decide import Input, Offline, search_area
from delivery_service.handlers import events as of_delivery
from delivery_service.models import DeliveryFacts
from delivery_service.rules.dispatch import Area, Candidate, Position, distance_m
from delivery_service.rules.policy import Policy as DeliveryPolicy
from delivery_service.settings import DeliverySettings
from foodchassis import Decision
from foodctl.simulation.node import Decide, Node, Work
from foodctl.simulation.people import COUNTER, DELIVERY, DRIVERS
from foodevents import OrderCancelRequested
from order_service.decide import decide as decide_order
from order_service.handlers import events as of_order
from order_service.models import OrderFacts
from order_service.rules.policy import Policy as OrderPolicy
from order_service.settings import OrderSettings
from payment_service.decide import decide as decide_payment
from payment_service.handlers import events as of_payment
from payment_service.models import PaymentFacts
from payment_service.rules.policy import Policy as PaymentPolicy
from payment_service.settings import PaymentSettings

COMES = "driver.found"
CENTRE = Position(COUNTER.lat, COUNTER.lng)
ROUTERS = {"order": of_order, "payment": of_payment, "delivery": of_delivery}
DECISIONS: dict[str, Decide] = {"order": decide_order, "payment": decide_payment, "delivery": dispatch.decide}


def policy_of(kind: type[Any], settings: Any) -> Any:
    """Return the policy that the settings make by default."""
    return kind(**{field.name: getattr(settings, field.name) for field in fields(kind)})


POLICIES = {
    "order": policy_of(OrderPolicy, OrderSettings.model_construct()),
    "payment": policy_of(PaymentPolicy, PaymentSettings.model_construct()),
    # A vain search is repeated less often: 180 times in a quarter of an hour would be most of each history.
    "delivery": replace(policy_of(DeliveryPolicy, DeliverySettings.model_construct()), search_interval=60.0),
}


class DeliveryNode(Node[DeliveryFacts]):
    """The delivery, and when its drivers came: the first to the counter, the next where only a wider look finds them."""

    def __init__(self, decide: Decide, *, hands_free: bool, reports: bool) -> None:
        super().__init__("delivery", decide, POLICIES["delivery"], of_delivery, 3_000)
        self.hands_free = hands_free
        self.reports = reports
        self.came: dict[UUID, datetime] = {}
        self.offline: set[UUID] = set()

    @override
    def decided(
        self, trigger: str, event: Any, now: datetime, subject: UUID | None = None
    ) -> Decision[DeliveryFacts | None]:
        """Decide, and once more with the candidates when that asks for a search, as the service does."""
        if (trigger == COMES and self.row is None) or (isinstance(event, OrderCancelRequested) and not event.paid):
            return Decision(self.row)
        came = self.came | ({DRIVERS[len(self.came)]: now} if trigger == COMES else {})
        near = self._candidates(came, Area(CENTRE, self.policy.search_radii_m[-1]), now)
        nearest = distance_m(CENTRE, near[0].here) if near else None
        row, given = self.row and self._read(self.row, now), Input(event, (), DELIVERY, nearest, subject)
        decision = self.decide(row, trigger, event=given, now=now, policy=self.policy)
        if area := search_area(decision, now=now, policy=self.policy):
            given = replace(given, candidates=self._candidates(came, area, now))
            decision = self.decide(row, trigger, event=given, now=now, policy=self.policy)
        return decision

    def _read(self, row: DeliveryFacts, now: datetime) -> DeliveryFacts:
        """Return the row with what is known of its driver."""
        heard = now if self.reports else self.came.get(row.driver_id) if row.driver_id else None
        return row.model_copy(update={"heard_at": heard, "hands_free": self.hands_free and row.driver_id is not None})

    def _candidates(self, came: Mapping[UUID, datetime], area: Area, now: datetime) -> list[Candidate]:
        """List who may be asked: online, heard lately, and within the area, nearest first."""
        return [
            Candidate(driver, UUID(int=100 + number), here, self.hands_free)
            for number, (driver, since) in enumerate(came.items())
            if distance_m(area.centre, here := Position(CENTRE.lat + number * 0.04, CENTRE.lng)) <= area.radius_m
            and driver not in self.offline
            and (self.reports or now - since < self.policy.silence)
        ]

    @override
    def commit(self, work: Work[DeliveryFacts], now: datetime) -> None:
        if work.trigger == COMES:
            self.came[DRIVERS[len(self.came)]] = now
        super().commit(work, now)
        self.offline |= {one.driver_id for one in work.decision.history if isinstance(one, Offline)}


def order_node(decide: Decide) -> Node[OrderFacts]:
    """Return the order, before it is placed."""
    return Node("order", decide, POLICIES["order"], of_order, 1_000)


def payment_node(decide: Decide) -> Node[PaymentFacts]:
    """Return the payment, before the order is announced."""
    return Node("payment", decide, POLICIES["payment"], of_payment, 2_000)
