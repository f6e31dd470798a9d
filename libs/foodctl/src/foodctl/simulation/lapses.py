"""Planted bugs of the services: a rule of the lifecycle that somebody forgot."""

from uuid import UUID

from typing_extensions import override

from foodchassis import Event
from foodctl.simulation.delivery import DeliveryNode
from foodctl.simulation.dispatch import Dispatch
from foodctl.simulation.money import Payment
from foodctl.simulation.order import OrderNode
from foodctl.simulation.payment import PaymentNode
from foodctl.simulation.work import Work
from foodevents import DeliveryAssigned, DeliveryNoDriver, OrderCancelRequested, OrderPaymentFailed
from order_service.models import OrderFacts, OrderStatus
from order_service.rules.commands import Command
from payment_service.models import Operation, PaymentStatus


class CancelDropped(PaymentNode):
    """Forgets that an order is being cancelled."""

    @override
    def handle(self, work: Work[Payment], event: Event) -> None:
        if not isinstance(event, OrderCancelRequested):
            super().handle(work, event)


class VoidLost(PaymentNode):
    """Writes down that the hold is released and never asks the provider."""

    @override
    def ask(self, operation: Operation, amount: int, part: str = "") -> str | None:
        return None if operation is Operation.VOID else super().ask(operation, amount, part)


class KeepIgnored(PaymentNode):
    """Gives everything back, whatever the cancel costs."""

    @override
    def close(self, work: Work[Payment], keep: int) -> None:
        super().close(work, 0)


class LateHoldKept(PaymentNode):
    """Does not care that the order gave up waiting for its hold."""

    @override
    def handle(self, work: Work[Payment], event: Event) -> None:
        if not isinstance(event, OrderPaymentFailed):
            super().handle(work, event)


class RefundForgotten(PaymentNode):
    """Knows how to release a hold, and thinks that nothing more can be done once it is captured."""

    @override
    def close(self, work: Work[Payment], keep: int) -> None:
        if self.known(work).status is not PaymentStatus.CAPTURED:
            super().close(work, keep)


class DriverKept(DeliveryNode):
    """Ends the delivery and forgets the driver who was asked or on the way."""

    @override
    def free_driver(self, work: Work[Dispatch], trigger: str) -> None:
        pass


class DeliveryGoesOn(DeliveryNode):
    """Forgets that an order is being cancelled."""

    @override
    def cancel(self, work: Work[Dispatch], event: OrderCancelRequested) -> None:
        pass


class NobodyTold(DeliveryNode):
    """Gives up the search silently."""

    @override
    def advance(self, work: Work[Dispatch], trigger: str, driver: UUID | None = None) -> None:
        super().advance(work, trigger, driver)
        work.published = [one for one in work.published if not isinstance(one[0], DeliveryNoDriver)]


class StaleDriver(OrderNode):
    """Believes the last news of a driver, however old it is."""

    @override
    def handle(self, work: Work[OrderFacts], event: Event) -> None:
        order = self.known(work)
        if isinstance(event, DeliveryAssigned) and order.status is OrderStatus.ASSIGNED:
            work.row = order.model_copy(update={"driver_id": event.driver_id})
            return
        super().handle(work, event)


class ClosedTooSoon(OrderNode):
    """Takes the payment's word for the delivery's, too."""

    @override
    def take(self, work: Work[OrderFacts], trigger: str, event: Event | Command | None = None) -> None:
        super().take(work, trigger, event)
        order = self.known(work)
        if order.status is OrderStatus.CANCELLING and order.payment_closed:
            work.row = order.model_copy(update={"delivery_closed": True})
            super().take(work, "closed")
