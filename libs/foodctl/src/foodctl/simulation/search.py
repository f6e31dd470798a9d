"""The search for a driver, as delivery-service does it: offers, answers, and drivers who are lost."""

from dataclasses import replace
from uuid import UUID

from delivery_service.errors import DeliveryNotFoundError
from delivery_service.machine import DELIVERY
from delivery_service.models import DeliveryStatus
from delivery_service.settings import DeliverySettings
from foodchassis import Event
from foodctl.simulation.dispatch import Dispatch
from foodctl.simulation.node import Node
from foodctl.simulation.people import DELIVERY as DELIVERY_ID
from foodctl.simulation.people import FOREVER, ORDER
from foodctl.simulation.work import Work
from foodevents import OrderPaid

# Timers by the triggers they pull.
OFFER_LAPSED, SEARCH_OVER, DRIVER_SILENT = "offer.lapsed", "search.over", "driver.silent"
SEARCH_BEGINS = "search.begins"
SETTINGS = DeliverySettings.model_construct()


class Search(Node[Dispatch]):
    """A node that brings the delivery and a driver together."""

    def __init__(self, first_id: int, *, hands_free: bool) -> None:
        super().__init__(first_id)
        self.row = Dispatch()
        self.hands_free = hands_free

    def begin_search(self, work: Work[Dispatch], event: OrderPaid) -> None:
        """Make the delivery of a paid order, once, and look for its driver when one should set off."""
        if self.held(work).status is not None:
            return
        self.advance(work, event.routing_key)
        # Everybody is at the counter here: there is no way to reckon with.
        wait = max(0.0, (event.ready_at - work.now).total_seconds() - SETTINGS.search_lead)
        if wait:
            work.set_timer(SEARCH_BEGINS, wait)
        work.set_timer(SEARCH_OVER, wait + SETTINGS.search_lifetime)
        self.search(work)

    def wait_no_more(self, work: Work[Dispatch]) -> None:
        """Begin a search at once that was to begin later."""
        if SEARCH_BEGINS in work.timers:
            work.clear_timer(SEARCH_BEGINS)
            work.set_timer(SEARCH_OVER, SETTINGS.search_lifetime)
            self.search(work)

    def search(self, work: Work[Dispatch]) -> None:
        """Ask the first driver who is free; without one the delivery waits for whoever comes online."""
        delivery = self.held(work)
        if SEARCH_BEGINS in work.timers:
            return
        if delivery.status is not DeliveryStatus.SEARCHING or (driver := delivery.candidate()) is None:
            return
        work.row = delivery.asking(driver)
        work.set_timer(OFFER_LAPSED, SETTINGS.offer_lifetime)
        self.advance(work, "driver.found")
        if self.hands_free:
            self.take(work)

    def come_online(self, work: Work[Dispatch], driver: UUID) -> None:
        """Let a driver be asked, at once if something waits."""
        delivery = self.held(work)
        work.row = replace(delivery, drivers=(*delivery.drivers, driver))
        self.search(work)

    def take(self, work: Work[Dispatch]) -> None:
        """Give the delivery to the driver who takes the offer."""
        *_, offer = self.held(work).engaging
        work.row = self.held(work).answered("accept")
        self.advance(work, "offer.accepted", offer.driver)
        work.clear_timer(OFFER_LAPSED)
        work.clear_timer(SEARCH_OVER)
        work.set_timer(DRIVER_SILENT, SETTINGS.driver_silence)

    def decline(self, work: Work[Dispatch]) -> None:
        """Let the driver refuse."""
        self.release(work, "decline", "offer.declined")

    def release(self, work: Work[Dispatch], answer: str, trigger: str) -> None:
        """Close an offer that came to nothing and ask the next driver."""
        self.free_driver(work, answer)
        self.advance(work, trigger)
        self.search(work)

    def lose_driver(self, work: Work[Dispatch], trigger: str) -> None:
        """Free a driver who gave up or fell silent, and search anew."""
        self.advance(work, trigger)
        self.free_driver(work, "unassign")
        work.clear_timer(DRIVER_SILENT)
        work.set_timer(SEARCH_OVER, SETTINGS.search_lifetime)
        self.search(work)

    def free_driver(self, work: Work[Dispatch], trigger: str) -> None:
        """Close the offer that keeps a driver busy, if there is one."""
        work.row = self.held(work).answered(trigger)
        work.clear_timer(OFFER_LAPSED)

    def advance(self, work: Work[Dispatch], trigger: str, driver: UUID | None = None) -> None:
        """Take the machine's step and publish its event."""
        delivery = self.held(work)
        step = DELIVERY.step(delivery.status, trigger, delivery)
        keeps = driver or (None if step.target is DeliveryStatus.SEARCHING else delivery.driver)
        work.row = replace(delivery, status=step.target, version=delivery.version + 1, driver=keeps)
        if step.emits is not None:
            assert issubclass(step.emits, Event)
            asked = [offer.driver for offer in delivery.engaging]
            facts = {"driver_id": keeps or delivery.driver or next(iter(asked), None), "reason": trigger}
            known = {"delivery_id": DELIVERY_ID, "order_id": ORDER, "offer_id": DELIVERY_ID, "expires_at": FOREVER}
            work.publish(step.emits.model_validate({**known, **facts}), work.row.version)

    def held(self, work: Work[Dispatch]) -> Dispatch:
        """Return the node's row, which always is."""
        assert work.row is not None
        return work.row

    def known(self, work: Work[Dispatch]) -> Dispatch:
        """Return what there is of the delivery. Raises DeliveryNotFoundError before the order was paid."""
        if (delivery := self.held(work)).status is None:
            raise DeliveryNotFoundError
        return delivery

    def takes(self, work: Work[Dispatch], trigger: str) -> bool:
        """Tell whether the delivery has a step for `trigger` now. Raises DeliveryNotFoundError."""
        return DELIVERY.allows(self.known(work).status, trigger, work.row)
