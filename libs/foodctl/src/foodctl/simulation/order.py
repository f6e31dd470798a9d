"""order-service as a node: the service's own machines, terms, lessons and timers over one order."""

from contextlib import suppress
from datetime import timedelta
from typing import Any, ClassVar

from typing_extensions import override

from foodchassis import Event, IllegalTransitionError, NotFoundError
from foodctl.simulation import basket
from foodctl.simulation.node import Node
from foodctl.simulation.work import Work
from foodevents import (
    DeliveryAssigned,
    DeliveryCancelled,
    DeliveryDelivered,
    DeliveryNoDriver,
    DeliveryPickedUp,
    DeliveryUnassigned,
    DeliveryUndeliverable,
    OrderCreated,
    PaymentAuthorized,
    PaymentCaptureFailed,
    PaymentCompleted,
    PaymentDeclined,
    PaymentRefunded,
    PaymentVoided,
)
from order_service.cancellation import Terms, cancellation, kept
from order_service.guards import Attempt
from order_service.learning import learnt
from order_service.machine import ORDER, change
from order_service.models import OrderFacts
from order_service.settings import OrderSettings
from order_service.states import OrderStatus, Party
from order_service.timers import CANCELLING_STUCK, NONE, running, timing

SETTINGS = OrderSettings.model_construct()
TERMS = Terms(timedelta(seconds=SETTINGS.free_cancel_seconds), SETTINGS.keep_food)


class OrderNode(Node[OrderFacts]):
    """The order itself, with the path that it took: each version's trigger and status."""

    name = "order"
    listens: ClassVar[frozenset[type[Event]]] = frozenset(
        {
            *(PaymentAuthorized, PaymentDeclined, PaymentCompleted),
            *(PaymentCaptureFailed, PaymentVoided, PaymentRefunded),
            *(DeliveryAssigned, DeliveryUnassigned, DeliveryPickedUp, DeliveryDelivered),
            *(DeliveryUndeliverable, DeliveryNoDriver, DeliveryCancelled),
        }
    )

    def __init__(self, first_id: int) -> None:
        super().__init__(first_id)
        self.path: list[tuple[str, OrderStatus]] = []

    @override
    def handle(self, work: Work[OrderFacts], event: Event) -> None:
        """Take the step that an event asks for; let go of a repeat whose effect the order already has."""
        order, trigger = self.known(work), event.routing_key
        try:
            self.take(work, trigger, on=event)
        except IllegalTransitionError:
            if not (Attempt(order, event).repeats and any(taken == trigger for taken, _ in self.path)):
                raise

    @override
    def ring(self, work: Work[OrderFacts], timer: str) -> None:
        """Take the step of a timer, unless the order went on in the meantime."""
        with suppress(IllegalTransitionError):
            self.take(work, timer, **({"needs_attention": True} if timer == CANCELLING_STUCK else {"reason": timer}))

    def place(self, work: Work[OrderFacts], *, auto_accept: bool, prep_minutes: int = 15) -> None:
        """Order something."""
        step = ORDER.step(None, "place")
        order = work.row = basket.order(step.target, auto_accept=auto_accept, prep_minutes=prep_minutes, at=work.now)
        self.record(work, "place", NONE)
        facts = {**order.model_dump(), "order_id": order.id, "payment_method": "by the provider's plan"}
        work.publish(OrderCreated.model_validate(facts), order.version)

    def accept(self, work: Work[OrderFacts]) -> None:
        """Let the restaurant take the order on."""
        ready_at = work.now + timedelta(minutes=self.known(work).prep_minutes)
        self.take(work, "accept", accepted_at=work.now, ready_at=ready_at)

    def reject(self, work: Work[OrderFacts]) -> None:
        """Let the restaurant turn the order down."""
        self.take(work, "reject", reason="sold out")

    def ready(self, work: Work[OrderFacts]) -> None:
        """Let the restaurant say that the food waits."""
        self.take(work, "ready")

    def cancel(self, work: Work[OrderFacts], by: str) -> None:
        """Let somebody end the order; what is kept is fixed now."""
        order, party = self.known(work), Party(by)
        self.take(work, "cancel", **cancellation(order, party, "changed my mind", kept(order, party, work.now, TERMS)))

    def take(self, work: Work[OrderFacts], trigger: str, on: Event | None = None, **facts: Any) -> None:
        """Change the order as the machines say and tell of it; what that makes due follows at once."""
        order = self.known(work)
        step = change(trigger, Attempt(order, on))
        if on is not None:
            facts |= learnt(order, on, moves=step.emits is not None)
        facts |= {"status": step.status, "kitchen": step.kitchen}
        if step.emits is None and all(getattr(order, name) == value for name, value in facts.items()):
            return
        before = running(order)
        for name, value in {**facts, "version": order.version + 1}.items():
            setattr(order, name, value)
        self.record(work, trigger, before)
        if step.emits is not None:
            work.publish(step.emits.model_validate(order, from_attributes=True), order.version)
        self.follow_up(work)

    def follow_up(self, work: Work[OrderFacts]) -> None:
        """Take the automatic acceptance, or the end of a cancellation, once it is due."""
        order = self.known(work)
        if order.auto_accept and order.status is OrderStatus.PLACED and order.accepted_at is None:
            self.accept(work)
        elif ORDER.allows(order.status, "closed", Attempt(order)):
            self.take(work, "closed", needs_attention=False)

    def record(self, work: Work[OrderFacts], trigger: str, before: frozenset[str]) -> None:
        """Note the step in the path, and start and stop its timers."""
        order = self.known(work)
        work.notes.append((trigger, order.status))
        timers = timing(before, running(order), trigger, SETTINGS)
        for name in timers.stopped:
            work.clear_timer(name)
        for name, seconds in timers.started.items():
            work.set_timer(name, seconds)

    @override
    def commit(self, work: Work[OrderFacts]) -> None:
        self.path += work.notes
        super().commit(work)

    def known(self, work: Work[OrderFacts]) -> OrderFacts:
        """Return the order. Raises NotFoundError."""
        if work.row is None:
            raise NotFoundError
        return work.row
