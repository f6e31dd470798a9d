"""What delivery-service keeps in a history: the drivers who are online, the order's delivery and its offers."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from delivery_service.machine import OFFER, Answer
from delivery_service.models import DeliveryStatus, OfferStatus
from foodctl.simulation.people import FOREVER


@dataclass(frozen=True, slots=True)
class Offer:
    """One driver asked to take the delivery."""

    driver: UUID
    status: OfferStatus
    expires_at: datetime

    @property
    def engaging(self) -> bool:
        """Tell whether it keeps its driver busy."""
        return self.status in {OfferStatus.OPEN, OfferStatus.ACCEPTED}


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The delivery of the order, once there is one; `status` is None before."""

    status: DeliveryStatus | None = None
    version: int = 0
    driver: UUID | None = None
    drivers: tuple[UUID, ...] = ()
    offers: tuple[Offer, ...] = ()

    @property
    def engaging(self) -> list[Offer]:
        """The offers that keep a driver busy."""
        return [offer for offer in self.offers if offer.engaging]

    def asking(self, driver: UUID) -> "Dispatch":
        """Return it with `driver` asked."""
        offer = Offer(driver, OFFER.step(None, "driver.found").target, FOREVER)
        return replace(self, offers=(*self.offers, offer))

    def answered(self, trigger: str) -> "Dispatch":
        """Return it with the offer moved that keeps a driver busy. Raises IllegalTransitionError."""
        moved = (
            replace(offer, status=OFFER.step(offer.status, trigger, in_time(offer)).target) if offer.engaging else offer
            for offer in self.offers
        )
        return replace(self, offers=tuple(moved))

    def candidate(self) -> UUID | None:
        """Return a driver who is online, free, and was not asked before."""
        asked = {offer.driver for offer in self.offers}
        return next((driver for driver in self.drivers if driver not in asked), None)


def in_time(offer: Offer) -> Answer:
    """Answer an offer while it is open."""
    return Answer(offer.expires_at, offer.expires_at - timedelta(seconds=1))
