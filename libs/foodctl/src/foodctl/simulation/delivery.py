"""delivery-service as a node: what orders, timers and drivers do to the way to the door."""

from typing import ClassVar

from typing_extensions import override

from delivery_service.machine import DELIVERY
from foodchassis import Event
from foodctl.simulation.dispatch import Dispatch
from foodctl.simulation.search import DRIVER_SILENT, OFFER_LAPSED, SEARCH_BEGINS, SEARCH_OVER, Search
from foodctl.simulation.work import Work
from foodevents import OrderAssigned, OrderCancelRequested, OrderPaid, OrderPickedUp, OrderReady


class DeliveryNode(Search):
    """The way to the door."""

    name = "delivery"
    listens: ClassVar[frozenset[type[Event]]] = frozenset(
        {OrderPaid, OrderReady, OrderAssigned, OrderPickedUp, OrderCancelRequested}
    )

    @override
    def handle(self, work: Work[Dispatch], event: Event) -> None:
        match event:
            case OrderPaid():
                self.begin_search(work, event)
            case OrderReady():
                self.known(work)
                self.wait_no_more(work)
            case OrderAssigned() if self.takes(work, "pickup") and event.driver_id == self.known(work).driver:
                self.pick_up(work)
            case OrderPickedUp() if self.takes(work, "deliver"):
                self.hand_over(work)
            case OrderCancelRequested():
                self.cancel(work, event)

    @override
    def ring(self, work: Work[Dispatch], timer: str) -> None:
        if timer == SEARCH_BEGINS:
            self.search(work)
        elif not self.takes(work, timer):
            return
        elif timer == OFFER_LAPSED:
            self.release(work, "lapse", timer)
        elif timer == SEARCH_OVER:
            self.advance(work, timer)
            self.free_driver(work, "withdraw")
        elif timer == DRIVER_SILENT:
            self.lose_driver(work, timer)

    def pick_up(self, work: Work[Dispatch]) -> None:
        """Take the food from the counter."""
        self.advance(work, "pickup")
        work.clear_timer(DRIVER_SILENT)

    def hand_over(self, work: Work[Dispatch]) -> None:
        """Give the food to the customer; the driver is free."""
        self.advance(work, "deliver")
        self.free_driver(work, "deliver")

    def fail(self, work: Work[Dispatch]) -> None:
        """Let the driver say that the food can't be handed over; the driver is free."""
        self.advance(work, "fail")
        self.free_driver(work, "fail")

    def unassign(self, work: Work[Dispatch]) -> None:
        """Let the driver give up before the pick-up."""
        self.lose_driver(work, "unassign")

    def cancel(self, work: Work[Dispatch], event: OrderCancelRequested) -> None:
        """End the delivery of a cancelled order, even before it began; one that has ended stays as it is."""
        if event.paid and DELIVERY.allows(self.held(work).status, event.routing_key):
            self.advance(work, event.routing_key)
            self.free_driver(work, "withdraw")
            work.clear_timer(SEARCH_BEGINS)
