"""The timers of each state of a delivery, as a declarative table."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from delivery_service.models import DeliveryFacts, DeliveryStatus, OfferStatus
from delivery_service.rules.policy import Policy
from foodchassis.kernel import Timer

D, O = DeliveryStatus, OfferStatus  # noqa: E741 - a table reads better with short names
SEARCH_AGAIN = "search.again"
SEARCH_OVER = "search.over"
OFFER_LAPSED = "offer.lapsed"
DRIVER_SILENT = "driver.silent"
PICKUP_OVERDUE = "pickup.overdue"
DELIVERY_LATE = "delivery.late"
DELIVERY_LOST = "delivery.lost"
# Set by the previous release: for the end of the search and for a silent driver.
OVERDUE = "delivery.overdue"


class Limit(NamedTuple):
    """One row of the table: a state, its timer, the setting of its time, and the consequence."""

    state: DeliveryStatus | OfferStatus
    timer: str
    setting: str
    follows: str


LIMITS = (
    Limit(D.SEARCHING, SEARCH_AGAIN, "search_interval", "drivers are searched for again, further out"),
    Limit(D.SEARCHING, SEARCH_OVER, "search_lifetime", "no_driver; the platform is responsible"),
    Limit(D.OFFERED, SEARCH_OVER, "search_lifetime", "no_driver; the platform is responsible"),
    Limit(D.ASSIGNED, DRIVER_SILENT, "driver_silence", "the driver goes offline, another is searched for"),
    Limit(D.ASSIGNED, PICKUP_OVERDUE, "pickup_patience", "the driver is unassigned, another is searched for"),
    Limit(D.PICKED_UP, DELIVERY_LATE, "delivery_late", "needs attention: logged and counted"),
    Limit(D.PICKED_UP, DELIVERY_LOST, "delivery_lost", "undeliverable; the courier is responsible"),
    Limit(O.OPEN, OFFER_LAPSED, "offer_lifetime", "lapsed; the next driver is asked"),
    Limit(O.ACCEPTED, PICKUP_OVERDUE, "pickup_patience", "abandoned with the assignment"),
    Limit(O.ACCEPTED, DELIVERY_LOST, "delivery_lost", "failed with the delivery"),
)


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Yield the table for documentation: state, timer, setting, consequence."""
    yield from ((str(one.state), one.timer, one.setting, one.follows) for one in LIMITS)


def running(delivery: DeliveryFacts) -> frozenset[Timer]:
    """Return the timers of a delivery's current state."""
    timers = {Timer(one.timer, delivery.id) for one in LIMITS if one.state == delivery.status}
    if (offer := delivery.engaging) is not None and offer.status is OfferStatus.OPEN:
        timers.add(Timer(OFFER_LAPSED, offer.id))
    return frozenset(timers)


def timing(
    before: DeliveryFacts | None, after: DeliveryFacts, now: datetime, policy: Policy
) -> tuple[dict[Timer, timedelta], frozenset[Timer]]:
    """Return the timers that a change starts, with their times, and those that it stops."""
    ran, runs = running(before) if before else frozenset(), running(after)
    return {timer: due(after, timer.name, now, policy) - now for timer in runs - ran}, ran - runs


def due(delivery: DeliveryFacts, timer: str, now: datetime, policy: Policy) -> datetime:
    """Return when a timer of a delivery's current state is due."""
    if timer == SEARCH_AGAIN and delivery.searching_since > now:
        return delivery.searching_since
    setting = next(one.setting for one in LIMITS if one.timer == timer)
    return _since(delivery, timer, now, policy) + timedelta(seconds=getattr(policy, setting))


def _since(delivery: DeliveryFacts, timer: str, now: datetime, policy: Policy) -> datetime:
    """Return the time from which a timer counts."""
    if timer == SEARCH_AGAIN:
        return now
    if timer == SEARCH_OVER:
        return delivery.searching_since
    if timer == OFFER_LAPSED and delivery.engaging is not None:
        return delivery.engaging.created_at
    if timer == DRIVER_SILENT:
        # Positions are stored in PostgreSQL only occasionally: the last report may be newer by this time.
        younger = timedelta(seconds=policy.position_interval)
        return _latest(delivery.assigned_at, delivery.heard_at and delivery.heard_at + younger)
    if timer == PICKUP_OVERDUE:
        return _latest(delivery.ready_at, delivery.food_ready_at, delivery.assigned_at)
    return _latest(delivery.picked_up_at)


def _latest(*moments: datetime | None) -> datetime:
    return max(moment for moment in moments if moment is not None)
