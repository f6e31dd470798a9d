"""Decides what a trigger changes in a delivery and its offers, from facts only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from delivery_service.errors import DeliveryNotFoundError
from delivery_service.machine import ANSWERS, DELIVERY, OFFER, RESPONSIBLE, Answer
from delivery_service.models import DeliveryFacts, DeliveryStatus, OfferFacts, OfferStatus
from delivery_service.rules.deadlines import (
    DRIVER_SILENT,
    OVERDUE,
    PICKUP_OVERDUE,
    SEARCH_AGAIN,
    SEARCH_OVER,
    due,
    running,
    timing,
)
from delivery_service.rules.dispatch import Area, Candidate, Position, distance_m, radius_m, search_start
from delivery_service.rules.policy import Policy
from delivery_service.rules.privacy import erased_place
from foodchassis import Event
from foodchassis.kernel import Announcement, Decision, Step, Timer
from foodevents import OrderAssigned, OrderCancelRequested, OrderPaid

# Commands of users are refused when the tables have no step; other triggers may arrive late and are ignored then.
COMMANDS = frozenset(step.trigger for step in DELIVERY.steps if "driver" in step.by)
HANDS_FREE = {"order.assigned": "pickup", "order.picked_up": "deliver"}
REASONS = {
    "driver.silent": "The driver did not report any more.",
    "pickup.overdue": "The driver did not pick up the food in time.",
    "delivery.lost": "The driver did not report the delivery in time.",
}


@dataclass(frozen=True, slots=True)
class Input:
    """The inputs of a trigger: an event, the input of a driver, and data that the caller has read.

    `candidates` are sorted by distance. `delivery_id` is the id of a new delivery, and `nearest_m` the distance of
    the nearest driver in metres.
    """

    event: Event | None = None
    candidates: Sequence[Candidate] = ()
    delivery_id: UUID | None = None
    nearest_m: float | None = None
    offer_id: UUID | None = None
    reason: str = ""


class Offline(NamedTuple):
    """A change of a driver, who gets no offers until going online again."""

    driver_id: UUID


class _Case(NamedTuple):
    trigger: str
    given: Input
    now: datetime
    policy: Policy


Decided = Decision[DeliveryFacts]


def decide(
    delivery: DeliveryFacts | None, trigger: str, *, event: Event | Input | None, now: datetime, policy: Policy
) -> Decided:
    """Return what `trigger` changes, including the next offer or an automatic acceptance.

    Repeated and late events change nothing. Raises IllegalTransitionError for a driver's command without a step in
    the tables, and DeliveryNotFoundError when there is no delivery yet.
    """
    case = _Case(trigger, event if isinstance(event, Input) else Input(event), now, policy)
    if delivery is None:
        return _begin(case)
    decided = _react(delivery, case)
    return replace(decided, stopped=decided.stopped & running(delivery))


def search_area(decided: Decided, *, now: datetime, policy: Policy) -> Area | None:
    """Return the area to search for candidates before deciding the same trigger again; None without a search."""
    row = decided.row
    if Timer(SEARCH_AGAIN, row.id) not in decided.started or row.searching_since > now:
        return None
    return Area(_place(row), radius_m(policy.search_radii_m, now - row.searching_since, policy.search_interval))


def freed(before: DeliveryFacts | None, after: DeliveryFacts) -> UUID | None:
    """Return the driver who is free now and can get waiting deliveries; not one who declined."""
    offer = before and before.engaging
    if offer is None:
        return None
    now = next(one for one in after.offers if one.id == offer.id)
    stays = {OfferStatus.OPEN, OfferStatus.ACCEPTED, OfferStatus.DECLINED, OfferStatus.LAPSED}
    return None if now.status in stays else offer.driver_id


def _begin(case: _Case) -> Decided:
    order, delivery_id = case.given.event, case.given.delivery_id
    facts: dict[str, Any]
    if isinstance(order, OrderPaid):
        since = search_start(order.ready_at, case.now, case.given.nearest_m, case.policy)
        facts = {**order.model_dump(), "searching_since": since}
    elif isinstance(order, OrderCancelRequested):
        # A placeholder: when the order is announced as paid later, its delivery exists.
        ended = {"delivery_fee": 0, "tip": 0, "ended_at": case.now, "searching_since": case.now}
        facts = {**order.model_dump(), **ended}
    else:
        raise DeliveryNotFoundError
    step = DELIVERY.step(None, case.trigger)
    assert delivery_id is not None, "the caller gives a delivery that begins its id"
    begun = DeliveryFacts(id=delivery_id, status=step.target, created_at=case.now, **facts)
    started, _ = timing(None, begun, case.now, case.policy)
    decided = Decision(begun, events=_announced(step, begun, begun, {}), started=started).then(_search(begun, case))
    return replace(decided, stopped=frozenset())


def _react(delivery: DeliveryFacts, case: _Case) -> Decided:
    """Decide about an existing delivery."""
    if (reaction := _REACTIONS.get(case.trigger)) is not None:
        return reaction(delivery, case)
    if case.trigger in COMMANDS or DELIVERY.allows(delivery.status, case.trigger):
        return _take(delivery, case.trigger, case)
    return Decision(delivery)


def _unasked(delivery: DeliveryFacts, case: _Case) -> Decided:
    """Do the automatic step of a driver, unless it was done manually or the driver has changed."""
    step, event = HANDS_FREE[case.trigger], case.given.event
    theirs = not isinstance(event, OrderAssigned) or event.driver_id == delivery.driver_id
    if delivery.hands_free and theirs and DELIVERY.allows(delivery.status, step):
        return _take(delivery, step, case)
    return Decision(delivery)


def _expire(delivery: DeliveryFacts, case: _Case) -> Decided:
    """Do the step of a timer, or set it again when it is early according to the current facts."""
    timer = case.trigger
    if timer == OVERDUE:
        timer = DRIVER_SILENT if delivery.status is DeliveryStatus.ASSIGNED else SEARCH_OVER
    if not DELIVERY.allows(delivery.status, timer):
        return Decision(delivery)
    left = due(delivery, timer, case.now, case.policy) - case.now
    if left > timedelta():
        return Decision(delivery, started={Timer(timer, delivery.id): left})
    return _take(delivery, timer, case)


def _ready(delivery: DeliveryFacts, case: _Case) -> Decided:
    """Record that the food is ready, and begin the search if it has not begun."""
    if delivery.food_ready_at or delivery.picked_up_at or delivery.ended_at:
        return Decision(delivery)
    changes: dict[str, Any] = {"food_ready_at": case.now, "version": delivery.version + 1}
    if delivery.status is not DeliveryStatus.SEARCHING or delivery.searching_since <= case.now:
        return Decision(delivery.model_copy(update=changes))
    noted = delivery.model_copy(update={**changes, "searching_since": case.now})
    started, _ = timing(None, noted, case.now, case.policy)
    return Decision(noted, started=started).then(_search(noted, case))


def _erase(delivery: DeliveryFacts, _: _Case) -> Decided:
    """Erase the customer's address: immediately, or after the delivery if it is in progress."""
    if delivery.customer_erased:
        return Decision(delivery)
    changes: dict[str, Any] = {"customer_erased": True, "version": delivery.version + 1}
    if delivery.status in DELIVERY.terminal:
        changes["dropoff"] = erased_place(delivery.dropoff)
    return Decision(delivery.model_copy(update=changes))


def _look(delivery: DeliveryFacts, case: _Case) -> Decided:
    """Make an offer to a candidate; without one, repeat the search later with a larger radius."""
    if delivery.status is not DeliveryStatus.SEARCHING:
        return Decision(delivery)
    again = Timer(SEARCH_AGAIN, delivery.id)
    started = {again: due(delivery, SEARCH_AGAIN, case.now, case.policy) - case.now}
    return Decision(delivery, started=started).then(_search(delivery, case))


def _answer(delivery: DeliveryFacts, case: _Case) -> Decided:
    """Close an open offer by its driver or its deadline. Raises IllegalTransitionError."""
    offer_id = case.given.offer_id
    offer = next((one for one in delivery.offers if one.id == offer_id), delivery.engaging)
    if case.trigger not in COMMANDS and (offer is None or offer.status is not OfferStatus.OPEN):
        return Decision(delivery)
    if offer is not None:
        OFFER.step(offer.status, ANSWERS[case.trigger], Answer(offer.expires_at, case.now))
    return _take(delivery, case.trigger, case)


def _take(delivery: DeliveryFacts, trigger: str, case: _Case) -> Decided:
    """Do the step of `trigger`, and search when the new state is a search. Raises IllegalTransitionError."""
    changes: dict[str, Any] = {}
    if trigger == "offer.accepted" and delivery.engaging is not None:
        changes = {"driver_id": delivery.engaging.driver_id, "assigned_at": case.now, "heard_at": None}
    elif trigger == "pickup":
        changes = {"picked_up_at": case.now}
    elif trigger == "deliver":
        changes = {"delivered_at": case.now}
    elif ANSWERS.get(trigger) == "unassign":
        changes = {"driver_id": None, "assigned_at": None, "searching_since": case.now, "hands_free": False}
    decided = _step(delivery, trigger, case, changes)
    if trigger == DRIVER_SILENT and delivery.driver_id is not None:
        decided = replace(decided, history=(Offline(delivery.driver_id),))
    return decided.then(_search(decided.row, case))


def _search(delivery: DeliveryFacts, case: _Case) -> Decided:
    """Make an offer to the first candidate without an earlier one; an automatic driver accepts at once."""
    if delivery.status is not DeliveryStatus.SEARCHING or delivery.searching_since > case.now:
        return Decision(delivery)
    driver_ids = {one.driver_id for one in delivery.offers}
    candidate = next((one for one in case.given.candidates if one.driver_id not in driver_ids), None)
    if candidate is None:
        return Decision(delivery)
    offer = OfferFacts(
        id=candidate.offer_id,
        delivery_id=delivery.id,
        driver_id=candidate.driver_id,
        status=OFFER.step(None, "driver.found").target,
        distance_m=round(distance_m(_place(delivery), candidate.here)),
        created_at=case.now,
        expires_at=case.now + timedelta(seconds=case.policy.offer_lifetime),
    )
    changes = {"offers": (*delivery.offers, offer), "hands_free": candidate.hands_free}
    decided = _step(delivery, "driver.found", case, changes)
    return decided.then(_take(decided.row, "offer.accepted", case)) if candidate.hands_free else decided


def _step(delivery: DeliveryFacts, trigger: str, case: _Case, changes: dict[str, Any]) -> Decided:
    """Change the delivery and the offer that engages its driver. Raises IllegalTransitionError."""
    step = DELIVERY.step(delivery.status, trigger)
    changes = {"offers": _moved(delivery, trigger, case.now), **changes}
    changes |= {"status": step.target, "version": delivery.version + 1}
    if step.target in DELIVERY.terminal:
        changes["ended_at"] = case.now
        if delivery.customer_erased:
            changes["dropoff"] = erased_place(delivery.dropoff)
    after = delivery.model_copy(update=changes)
    words = {"reason": REASONS.get(trigger, case.given.reason), "responsible": RESPONSIBLE.get(trigger)}
    started, stopped = timing(delivery, after, case.now, case.policy)
    return Decision(after, events=_announced(step, delivery, after, words), started=started, stopped=stopped)


def _moved(delivery: DeliveryFacts, trigger: str, now: datetime) -> tuple[OfferFacts, ...]:
    """Return the offers with the engaging one changed according to the step. Raises IllegalTransitionError."""
    engaging = delivery.engaging
    if engaging is None or trigger not in ANSWERS:
        return delivery.offers
    target = OFFER.step(engaging.status, ANSWERS[trigger], Answer(engaging.expires_at, now)).target
    moved = engaging.model_copy(update={"status": target, "closed_at": engaging.closed_at or now})
    return tuple(moved if one is engaging else one for one in delivery.offers)


def _announced(
    step: Step[DeliveryStatus], before: DeliveryFacts, after: DeliveryFacts, words: dict[str, Any]
) -> tuple[Announcement, ...]:
    """Return the event of a step, if it has one; `words` are fields that the delivery does not store."""
    if step.emits is None:
        return ()
    assert issubclass(step.emits, Event)
    offer = after.engaging
    driver_id = after.driver_id or (offer.driver_id if offer else before.driver_id)
    facts = {"delivery_id": after.id, "order_id": after.order_id, "driver_id": driver_id, **words}
    if offer is not None:
        facts |= {"offer_id": offer.id, "expires_at": offer.expires_at}
    return (Announcement(step.emits.model_validate(facts), after.version),)


def _place(delivery: DeliveryFacts) -> Position:
    assert delivery.pickup is not None, "a delivery that is searched for knows its restaurant"
    return Position(delivery.pickup["lat"], delivery.pickup["lng"])


_REACTIONS: dict[str, Callable[[DeliveryFacts, _Case], Decided]] = {
    **dict.fromkeys(HANDS_FREE, _unasked),
    **dict.fromkeys((OVERDUE, DRIVER_SILENT, PICKUP_OVERDUE), _expire),
    **dict.fromkeys((SEARCH_AGAIN, "driver.found"), _look),
    **dict.fromkeys(("offer.accepted", "offer.declined", "offer.lapsed"), _answer),
    "order.ready": _ready,
    "customer.erased": _erase,
}
TRIGGERS = frozenset({*DELIVERY.triggers, *_REACTIONS})
