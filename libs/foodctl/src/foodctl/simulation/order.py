"""order-service as a node: the service's own decisions on one order."""

from typing import ClassVar

from typing_extensions import override

from foodchassis import Event, NotFoundError
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
    PaymentAuthorized,
    PaymentCaptureFailed,
    PaymentCompleted,
    PaymentDeclined,
    PaymentRefunded,
    PaymentVoided,
)
from order_service.decide import decide
from order_service.models import OrderFacts, OrderStatus, Party
from order_service.rules.commands import Accept, Cancel, Command, Reject
from order_service.rules.policy import Policy
from order_service.settings import OrderSettings

POLICY = Policy.of(OrderSettings.model_construct())


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
        """Apply what an event does."""
        self.known(work)
        self.take(work, event.routing_key, event)

    @override
    def ring(self, work: Work[OrderFacts], timer: str) -> None:
        """Apply what a passed deadline does."""
        self.take(work, timer)

    def place(self, work: Work[OrderFacts], *, auto_accept: bool, prep_minutes: int = 15) -> None:
        """Order something."""
        self.take(work, "place", basket.order(auto_accept=auto_accept, prep_minutes=prep_minutes))

    def accept(self, work: Work[OrderFacts]) -> None:
        """Let the restaurant take the order on."""
        self.take(work, "accept", Accept(self.known(work).prep_minutes))

    def reject(self, work: Work[OrderFacts]) -> None:
        """Let the restaurant turn the order down."""
        self.take(work, "reject", Reject("sold out"))

    def ready(self, work: Work[OrderFacts]) -> None:
        """Let the restaurant say that the food waits."""
        self.take(work, "ready")

    def cancel(self, work: Work[OrderFacts], by: str) -> None:
        """Let somebody end the order; what is kept is fixed now."""
        self.take(work, "cancel", Cancel(Party(by), "changed my mind"))

    def take(self, work: Work[OrderFacts], trigger: str, event: Event | Command | None = None) -> None:
        """Decide as the service does, and note, publish and time what follows."""
        decision = decide(work.row, trigger, event=event, now=work.now, policy=POLICY)
        work.row = decision.row
        work.notes += [(row.trigger, row.to_status) for row in decision.history]
        for announcement in decision.events:
            work.publish(*announcement)
        for timer in decision.stopped:
            work.clear_timer(timer.name)
        for timer, wait in decision.started.items():
            work.set_timer(timer.name, wait.total_seconds())

    @override
    def commit(self, work: Work[OrderFacts]) -> None:
        self.path += work.notes
        super().commit(work)

    def known(self, work: Work[OrderFacts]) -> OrderFacts:
        """Return the order. Raises NotFoundError."""
        if work.row is None:
            raise NotFoundError
        return work.row
