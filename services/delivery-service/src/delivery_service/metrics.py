"""What the business watches: how long drivers are searched for, and how long food travels."""

from prometheus_client import Counter, Histogram

from delivery_service.machine import DELIVERY
from delivery_service.states import OfferStatus
from foodchassis import at_zero

SECONDS = (0.1, 0.5, 1, 5, 15, 45, 90, 180, 300, 600, 900, 1800, 3600, 7200)

time_to_assign = Histogram("delivery_assign_seconds", "From the beginning of the search to its driver", buckets=SECONDS)
time_to_deliver = Histogram("delivery_deliver_seconds", "From the paid order to the door", buckets=SECONDS)
offers_closed = Counter("delivery_offers", "Offers to drivers by what became of them", ["outcome"])
deliveries_ended = Counter("delivery_ended", "Deliveries by how they ended", ["outcome"])
drivers_lost = Counter("delivery_drivers_lost", "Drivers gone before the pick-up, by what made it known", ["trigger"])
at_zero(offers_closed, [status for status in OfferStatus if status is not OfferStatus.OPEN])
at_zero(deliveries_ended, sorted(DELIVERY.terminal))
at_zero(drivers_lost, ("unassign", "driver.silent"))
