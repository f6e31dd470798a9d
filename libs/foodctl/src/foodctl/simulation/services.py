"""The three services: their own decisions, policies, routers and answers, bound to what a history knows."""

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
    """The delivery, and its drivers: the first is at the counter, the next is found by a second, wider look."""

    def __init__(self, decide: Decide, *, hands_free: bool, reports: bool) -> None:
        super().__init__("delivery", decide, POLICIES["delivery"], of_delivery, 3_000)
        self.hands_free = hands_free
        self.reports = reports
        self.came: list[UUID] = []
        self.offline: set[UUID] = set()

    @override
    def decided(
        self, trigger: str, event: Any, now: datetime, subject: UUID | None = None
    ) -> Decision[DeliveryFacts | None]:
        """Decide, and once more with the candidates when that asks for a search, as the service does."""
        arriving = trigger == "driver.found"
        if (arriving and self.row is None) or (isinstance(event, OrderCancelRequested) and not event.paid):
            return Decision(self.row)
        row = self.row and self.row.model_copy(update={"heard_at": now if self.reports else None})
        candidates = self._candidates(None, DRIVERS[: len(self.came) + arriving])
        nearest = distance_m(COUNTER, candidates[0].here) if candidates else None
        given = Input(event, candidates if arriving else (), DELIVERY, nearest, subject, "")
        decision = self.decide(row, trigger, event=given, now=now, policy=self.policy)
        if not arriving and (area := search_area(decision, now=now, policy=self.policy)):
            given = replace(given, candidates=self._candidates(area, self.came))
            decision = self.decide(row, trigger, event=given, now=now, policy=self.policy)
        return decision

    def _candidates(self, area: Area | None, drivers: Any) -> list[Candidate]:
        found = (
            Candidate(driver, UUID(int=100 + number), Position(COUNTER.lat + number * 0.04, COUNTER.lng), self.hands_free)
            for number, driver in enumerate(drivers)
            if driver not in self.offline
        )
        return [one for one in found if area is None or distance_m(area.centre, one.here) <= area.radius_m]

    @override
    def commit(self, work: Work[DeliveryFacts], now: datetime) -> None:
        if work.trigger == "driver.found":
            self.came.append(DRIVERS[len(self.came)])
        super().commit(work, now)
        self.offline |= {one.driver_id for one in work.decision.history if isinstance(one, Offline)}


def order_node(decide: Decide) -> Node[OrderFacts]:
    """Return the order, before it is placed."""
    return Node("order", decide, POLICIES["order"], of_order, 1_000)


def payment_node(decide: Decide) -> Node[PaymentFacts]:
    """Return the payment, before the order is announced."""
    return Node("payment", decide, POLICIES["payment"], of_payment, 2_000)
