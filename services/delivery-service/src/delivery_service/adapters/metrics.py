"""Business metrics: the duration of searches and of rides."""

from prometheus_client import Counter, Gauge, Histogram

from delivery_service.machine import ANSWERS, DELIVERY
from delivery_service.models import DeliveryFacts, OfferStatus
from foodchassis import at_zero

SECONDS = (0.1, 0.5, 1, 5, 15, 45, 90, 180, 300, 600, 900, 1800, 3600, 7200)

time_to_assign = Histogram("delivery_assign_seconds", "From the beginning of the search to its driver", buckets=SECONDS)
time_to_deliver = Histogram("delivery_deliver_seconds", "From the payment to the delivery", buckets=SECONDS)
offers_closed = Counter("delivery_offers", "Offers to drivers by what became of them", ["outcome"])
deliveries_ended = Counter("delivery_ended", "Deliveries by how they ended", ["outcome"])
deliveries_late = Counter("delivery_late", "Deliveries that needed attention long after the pick-up")
drivers_lost = Counter("delivery_drivers_lost", "Drivers gone before the pick-up, by what made it known", ["trigger"])
streams = Gauge("driver_streams", "Streams of drivers that are open on this instance")
at_zero(offers_closed, [status for status in OfferStatus if status is not OfferStatus.OPEN])
at_zero(deliveries_ended, sorted(DELIVERY.terminal))
at_zero(drivers_lost, [trigger for trigger, answer in ANSWERS.items() if answer == "unassign"])


def count(before: DeliveryFacts | None, after: DeliveryFacts, trigger: str) -> None:
    """Count the change of a committed trigger."""
    closed = {one.id for one in before.offers if one.closed_at} if before else set()
    for offer in after.offers:
        if offer.closed_at and offer.id not in closed:
            offers_closed.labels(offer.status).inc()
    if after.ended_at and not (before and before.ended_at):
        deliveries_ended.labels(after.status).inc()
    if after.delivered_at and not (before and before.delivered_at):
        time_to_deliver.observe((after.delivered_at - after.created_at).total_seconds())
    if after.assigned_at and after.assigned_at != (before and before.assigned_at):
        time_to_assign.observe((after.assigned_at - after.searching_since).total_seconds())
    if before and ANSWERS.get(trigger) == "unassign":
        drivers_lost.labels(trigger).inc()
    if trigger == "delivery.late":
        deliveries_late.inc()
