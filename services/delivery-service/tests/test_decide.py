"""Decisions for each trigger in each state: the row, the offers, the events and the timers."""

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from delivery_service.decide import COMMANDS, TRIGGERS, Input, Offline, decide, freed, search_area
from delivery_service.errors import DeliveryNotFoundError
from delivery_service.machine import DELIVERY
from delivery_service.models import DeliveryFacts, DeliveryStatus, OfferFacts, OfferStatus
from delivery_service.rules.dispatch import Area, Candidate, Position
from delivery_service.rules.policy import Policy
from foodchassis.kernel import Announcement, Decision, IllegalTransitionError, Timer
from foodevents import (
    DeliveryAssigned,
    DeliveryCancelled,
    DeliveryCreated,
    DeliveryDelivered,
    DeliveryNoDriver,
    DeliveryOffered,
    DeliveryPickedUp,
    DeliveryUnassigned,
    DeliveryUndeliverable,
    OrderAssigned,
    OrderCancelRequested,
    OrderPaid,
    OrderPickedUp,
    Place,
)

S, O = DeliveryStatus, OfferStatus  # noqa: E741 - a table reads better with short names
Decided = Decision[DeliveryFacts]
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
ID, ORDER, CUSTOMER, RESTAURANT, OFFER, NEXT = (UUID(int=n) for n in range(1, 7))
FIRST, SECOND, THIRD = (UUID(int=n) for n in range(11, 14))
KITCHEN = Place(line1="Ofenstrasse 1", city="Berlin", postal_code="10115", lat=52.5, lng=13.4)
ADDRESS = Place(line1="Geheimweg 7", city="Berlin", postal_code="10117", lat=52.5312, lng=13.4567)
REGION = {"line1": "erased", "city": "erased", "postal_code": "erased", "lat": 52.5, "lng": 13.5}
POLICY = Policy(
    search_radii_m=(3000, 6000), search_lead=1200, driver_speed=5, search_interval=5, offer_lifetime=45,
    search_lifetime=900, driver_silence=180, position_interval=15, pickup_patience=1800, delivery_late=5400,
    delivery_lost=10_800,
)  # fmt: skip
STATES = {
    S.SEARCHING: None, S.OFFERED: O.OPEN, S.ASSIGNED: O.ACCEPTED, S.PICKED_UP: O.ACCEPTED, S.DELIVERED: O.FULFILLED,
    S.NO_DRIVER: O.WITHDRAWN, S.CANCELLED: O.WITHDRAWN, S.UNDELIVERABLE: O.FAILED,
}  # fmt: skip
DRIVEN = {S.ASSIGNED, S.PICKED_UP, S.DELIVERED, S.UNDELIVERABLE}
ABOUT = {"delivery_id": ID, "order_id": ORDER}


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def seconds(**timers: float) -> dict[Timer, timedelta]:
    return {timer(name): timedelta(seconds=wait) for name, wait in timers.items()}


def timer(name: str, offer: UUID = OFFER) -> Timer:
    return Timer(name.replace("_", "."), offer if name.startswith("offer") else ID)


def offered(status: OfferStatus, driver: UUID = FIRST, offer_id: UUID = OFFER) -> OfferFacts:
    return OfferFacts(
        id=offer_id, delivery_id=ID, driver_id=driver, status=status, distance_m=700, created_at=at(-10),
        expires_at=at(35), closed_at=None if status is O.OPEN else at(-5),
    )  # fmt: skip


def a_delivery(status: DeliveryStatus, **facts: Any) -> DeliveryFacts:
    offer = STATES[status]
    known = {
        "version": 7, "searching_since": at(-60), "ready_at": at(-100), "restaurant_name": "Ofen",
        "pickup": KITCHEN.model_dump(), "dropoff": ADDRESS.model_dump(),
        "driver_id": FIRST if status in DRIVEN else None,
        "assigned_at": at(-50) if status in DRIVEN else None, "offers": (offered(offer),) if offer else (),
        "picked_up_at": at(-40) if status in DRIVEN - {S.ASSIGNED} else None,
        "ended_at": at(-1) if status in DELIVERY.terminal else None,
    }  # fmt: skip
    return DeliveryFacts(
        id=ID, order_id=ORDER, customer_id=CUSTOMER, restaurant_id=RESTAURANT, status=status, delivery_fee=290, tip=150,
        currency="EUR", created_at=at(-70), **{**known, **facts},
    )  # fmt: skip


def paid(**facts: Any) -> OrderPaid:
    known = {
        "pickup": KITCHEN,
        "dropoff": ADDRESS,
        "ready_at": NOON,
        "delivery_fee": 290,
        "tip": 150,
        "currency": "EUR",
    }
    return OrderPaid.model_validate(
        {"order_id": ORDER, "customer_id": CUSTOMER, "restaurant_id": RESTAURANT, "restaurant_name": "Ofen"}
        | known
        | facts
    )


def cancelled(*, by: str = "customer") -> OrderCancelRequested:
    return OrderCancelRequested(
        order_id=ORDER, customer_id=CUSTOMER, restaurant_id=RESTAURANT, reason="Changed my mind.", by=by, keep=0,
        currency="EUR", paid=True,
    )  # fmt: skip


def candidate(driver: UUID = SECOND, *, hands_free: bool = False) -> Candidate:
    return Candidate(driver, NEXT, Position(52.51, 13.4), hands_free)


def decide_on(delivery: DeliveryFacts | None, trigger: str, given: Any = None, now: datetime = NOON) -> Decided:
    """Decide, and check that the given facts are unchanged."""
    before = delivery and delivery.model_copy(deep=True)
    decided = decide(delivery, trigger, event=given, now=now, policy=POLICY)
    assert delivery == before
    return decided


def changes(decided: Decided, before: DeliveryFacts) -> dict[str, Any]:
    """Return the changes of the row, except the offers."""
    after = dict(decided.row)
    return {name: after[name] for name, value in dict(before).items() if name != "offers" and after[name] != value}


def statuses(decided: Decided) -> list[tuple[UUID, OfferStatus]]:
    return [(one.driver_id, one.status) for one in decided.row.offers]


def test_a_paid_order_starts_a_search() -> None:
    decided = decide_on(None, "order.paid", Input(paid(), delivery_id=ID))

    row = decided.row
    assert (row.id, row.status, row.version, row.driver_id, row.offers) == (ID, S.SEARCHING, 1, None, ())
    assert {name: getattr(row, name) for name in OrderPaid.model_fields} == paid().model_dump()
    assert (row.created_at, row.searching_since, row.ended_at) == (NOON, NOON, None)
    assert decided.events == (Announcement(DeliveryCreated(**ABOUT), 1),)
    assert decided.started == seconds(search_again=5, search_over=900)
    assert decided.stopped == frozenset()
    assert search_area(decided, now=NOON, policy=POLICY) == Area(Position(52.5, 13.4), 3000)


def test_a_paid_order_is_offered_to_the_first_candidate() -> None:
    given = Input(paid(), candidates=(candidate(), candidate(THIRD)), delivery_id=ID)
    decided = decide_on(None, "order.paid", given)

    assert (decided.row.status, decided.row.version, decided.row.driver_id) == (S.OFFERED, 2, None)
    assert decided.row.offers == (
        OfferFacts(
            id=NEXT, delivery_id=ID, driver_id=SECOND, status=O.OPEN, distance_m=1112, created_at=NOON,
            expires_at=at(45), closed_at=None,
        ),
    )  # fmt: skip
    assert decided.events == (
        Announcement(DeliveryCreated(**ABOUT), 1),
        Announcement(DeliveryOffered(**ABOUT, offer_id=NEXT, driver_id=SECOND, expires_at=at(45)), 2),
    )
    assert decided.started == {
        timer("search.over"): timedelta(minutes=15),
        timer("offer.lapsed", NEXT): timedelta(0, 45),
    }
    assert decided.stopped == frozenset()
    assert search_area(decided, now=NOON, policy=POLICY) is None


def test_a_hands_free_driver_accepts_immediately() -> None:
    decided = decide_on(None, "order.paid", Input(paid(), candidates=(candidate(hands_free=True),), delivery_id=ID))

    row = decided.row
    assert (row.status, row.version, row.driver_id, row.assigned_at) == (S.ASSIGNED, 3, SECOND, NOON)
    assert (row.hands_free, row.heard_at) == (True, None)
    (offer,) = row.offers
    assert (offer.status, offer.closed_at) == (O.ACCEPTED, NOON)
    assert [type(one.event) for one in decided.events] == [DeliveryCreated, DeliveryOffered, DeliveryAssigned]
    assert decided.events[-1] == Announcement(DeliveryAssigned(**ABOUT, driver_id=SECOND), 3)
    assert decided.started == seconds(driver_silent=180, pickup_overdue=1800)
    assert decided.stopped == frozenset()


@pytest.mark.parametrize(("nearest", "way"), [(None, 600), (500.0, 100), (50_000.0, 2400)])
def test_a_search_for_slow_food_starts_later(nearest: float | None, way: int) -> None:
    given = Input(paid(ready_at=at(3600)), candidates=(candidate(),), delivery_id=ID, nearest_m=nearest)
    decided = decide_on(None, "order.paid", given)

    wait = max(0, 3600 - 1200 - way)
    assert decided.row.searching_since == at(wait)
    if wait:
        assert (decided.row.status, decided.row.offers) == (S.SEARCHING, ())
        assert decided.started == seconds(search_again=wait, search_over=wait + 900)
        assert search_area(decided, now=NOON, policy=POLICY) is None
    else:
        assert decided.row.status is S.OFFERED


def test_a_cancellation_before_the_payment_creates_a_cancelled_delivery() -> None:
    decided = decide_on(None, "order.cancel_requested", Input(cancelled(), delivery_id=ID))

    row = decided.row
    assert (row.status, row.version, row.ended_at, row.created_at) == (S.CANCELLED, 1, NOON, NOON)
    assert (row.order_id, row.customer_id, row.restaurant_id, row.currency) == (ORDER, CUSTOMER, RESTAURANT, "EUR")
    assert (row.delivery_fee, row.tip, row.pickup, row.dropoff, row.driver_id) == (0, 0, None, None, None)
    assert decided.events == (Announcement(DeliveryCancelled(**ABOUT), 1),)
    assert (decided.started, decided.stopped) == ({}, frozenset())


@pytest.mark.parametrize("trigger", sorted(TRIGGERS - {"order.paid", "order.cancel_requested"}))
def test_no_other_trigger_creates_a_delivery(trigger: str) -> None:
    with pytest.raises(DeliveryNotFoundError):
        decide_on(
            None, trigger, Input(OrderPickedUp(order_id=ORDER, customer_id=CUSTOMER, delivery_id=ID), delivery_id=ID)
        )


def test_a_waiting_delivery_is_offered_to_a_found_driver() -> None:
    before = a_delivery(S.SEARCHING)
    decided = decide_on(before, "driver.found", Input(candidates=(candidate(),)))

    assert changes(decided, before) == {"status": S.OFFERED, "version": 8}
    assert [(one.id, one.status, one.distance_m) for one in decided.row.offers] == [(NEXT, O.OPEN, 1112)]
    assert decided.events == (
        Announcement(DeliveryOffered(**ABOUT, offer_id=NEXT, driver_id=SECOND, expires_at=at(45)), 8),
    )
    assert decided.started == {timer("offer.lapsed", NEXT): timedelta(seconds=45)}
    assert decided.stopped == {timer("search.again")}


@pytest.mark.parametrize("trigger", ["driver.found", "search.again"])
def test_a_search_without_result_is_repeated_with_a_larger_radius(trigger: str) -> None:
    before = a_delivery(S.SEARCHING, searching_since=at(-4))
    decided = decide_on(before, trigger)

    assert (decided.row, decided.events, decided.stopped) == (before, (), frozenset())
    assert decided.started == seconds(search_again=5)
    assert search_area(decided, now=NOON, policy=POLICY) == Area(Position(52.5, 13.4), 3000)
    assert search_area(decided, now=at(1), policy=POLICY) == Area(Position(52.5, 13.4), 6000)


def test_a_search_that_starts_later_makes_no_offer_before() -> None:
    before = a_delivery(S.SEARCHING, searching_since=at(0.5))
    decided = decide_on(before, "search.again", Input(candidates=(candidate(),)))

    assert (decided.row, decided.started) == (before, seconds(search_again=0.5))
    assert search_area(decided, now=NOON, policy=POLICY) is None
    assert decide_on(before, "search.again", Input(candidates=(candidate(),)), now=at(0.5)).row.status is S.OFFERED


def test_a_driver_gets_no_second_offer_of_the_same_delivery() -> None:
    before = a_delivery(S.SEARCHING, offers=(offered(O.DECLINED, SECOND), offered(O.LAPSED, FIRST, UUID(int=9))))
    given = Input(candidates=(candidate(SECOND), candidate(FIRST), candidate(THIRD)))

    decided = decide_on(before, "search.again", given)

    assert statuses(decided) == [(SECOND, O.DECLINED), (FIRST, O.LAPSED), (THIRD, O.OPEN)]
    assert decide_on(before, "search.again", Input(candidates=given.candidates[:2])).row == before


@pytest.mark.parametrize("given", [None, Input(offer_id=OFFER)])
def test_a_driver_who_accepts_is_assigned(given: Input | None) -> None:
    before = a_delivery(S.OFFERED, heard_at=at(-500))
    decided = decide_on(before, "offer.accepted", given)

    assert changes(decided, before) == {
        "status": S.ASSIGNED, "version": 8, "driver_id": FIRST, "assigned_at": NOON, "heard_at": None,
    }  # fmt: skip
    (offer,) = decided.row.offers
    assert (offer.status, offer.closed_at, offer.expires_at) == (O.ACCEPTED, NOON, at(35))
    assert decided.events == (Announcement(DeliveryAssigned(**ABOUT, driver_id=FIRST), 8),)
    assert decided.started == seconds(driver_silent=180, pickup_overdue=1800)
    assert decided.stopped == {timer("search.over"), timer("offer.lapsed")}


def test_an_expired_offer_may_be_declined_but_not_accepted() -> None:
    with pytest.raises(IllegalTransitionError, match="time is not over"):
        decide_on(a_delivery(S.OFFERED), "offer.accepted", now=at(35))
    assert decide_on(a_delivery(S.OFFERED), "offer.declined", now=at(35)).row.status is S.SEARCHING


@pytest.mark.parametrize(("trigger", "outcome"), [("offer.declined", O.DECLINED), ("offer.lapsed", O.LAPSED)])
def test_after_an_unsuccessful_offer_the_next_driver_gets_one(trigger: str, outcome: OfferStatus) -> None:
    before = a_delivery(S.OFFERED)

    decided = decide_on(before, trigger, Input(offer_id=OFFER))
    assert changes(decided, before) == {"status": S.SEARCHING, "version": 8}
    assert [(one.status, one.closed_at) for one in decided.row.offers] == [(outcome, NOON)]
    assert (decided.events, decided.started, decided.stopped) == (
        (),
        seconds(search_again=5),
        frozenset({timer("offer.lapsed")}),
    )
    assert search_area(decided, now=NOON, policy=POLICY) == Area(Position(52.5, 13.4), 6000)

    found = decide_on(before, trigger, Input(candidates=(candidate(FIRST), candidate()), offer_id=OFFER))
    assert statuses(found) == [(FIRST, outcome), (SECOND, O.OPEN)]
    assert found.events == (
        Announcement(DeliveryOffered(**ABOUT, offer_id=NEXT, driver_id=SECOND, expires_at=at(45)), 9),
    )
    assert found.started == {timer("offer.lapsed", NEXT): timedelta(seconds=45)}
    assert found.stopped == {timer("offer.lapsed")}


def test_an_answer_to_a_closed_offer_is_refused_with_its_status() -> None:
    offers = (offered(O.LAPSED), offered(O.OPEN, SECOND, NEXT))
    before = a_delivery(S.OFFERED, offers=offers)

    for trigger in ("offer.accepted", "offer.declined"):
        with pytest.raises(IllegalTransitionError, match="lapsed"):
            decide_on(before, trigger, Input(offer_id=OFFER))
    assert decide_on(before, "offer.lapsed", Input(offer_id=OFFER)) == Decision(before)
    assert statuses(decide_on(before, "offer.accepted", Input(offer_id=NEXT))) == [
        (FIRST, O.LAPSED),
        (SECOND, O.ACCEPTED),
    ]
    # Without an offer id, the offer that engages the driver is used.
    assert statuses(decide_on(before, "offer.lapsed")) == [(FIRST, O.LAPSED), (SECOND, O.LAPSED)]


def test_the_food_is_picked_up() -> None:
    before = a_delivery(S.ASSIGNED)
    decided = decide_on(before, "pickup")

    assert changes(decided, before) == {"status": S.PICKED_UP, "version": 8, "picked_up_at": NOON}
    assert decided.row.offers == before.offers
    assert decided.events == (Announcement(DeliveryPickedUp(**ABOUT, driver_id=FIRST), 8),)
    assert decided.started == seconds(delivery_late=5400, delivery_lost=10_800)
    assert decided.stopped == {timer("driver.silent"), timer("pickup.overdue")}
    assert freed(before, decided.row) is None


def test_the_food_is_delivered() -> None:
    before = a_delivery(S.PICKED_UP)
    decided = decide_on(before, "deliver")

    assert changes(decided, before) == {
        "status": S.DELIVERED, "version": 8, "delivered_at": NOON, "ended_at": NOON,
    }  # fmt: skip
    # The offer keeps the closing time of its acceptance.
    assert [(one.status, one.closed_at) for one in decided.row.offers] == [(O.FULFILLED, at(-5))]
    assert decided.events == (Announcement(DeliveryDelivered(**ABOUT, driver_id=FIRST), 8),)
    assert (decided.started, decided.stopped) == ({}, frozenset({timer("delivery.late"), timer("delivery.lost")}))
    assert freed(before, decided.row) == FIRST


LOST = [
    ("unassign", at(0), "Flat tyre.", ()),
    ("driver.silent", at(130), "The driver did not report any more.", (Offline(FIRST),)),
    ("pickup.overdue", at(1750), "The driver did not pick up the food in time.", ()),
]


@pytest.mark.parametrize(("trigger", "now", "reason", "history"), LOST)
def test_a_driver_who_leaves_is_replaced(trigger: str, now: datetime, reason: str, history: tuple[Any, ...]) -> None:
    before = a_delivery(S.ASSIGNED, hands_free=True)
    unassigned = Announcement(DeliveryUnassigned(**ABOUT, driver_id=FIRST, reason=reason), 8)

    decided = decide_on(before, trigger, Input(reason="Flat tyre."), now)
    assert changes(decided, before) == {
        "status": S.SEARCHING, "version": 8, "driver_id": None, "assigned_at": None, "searching_since": now,
        "hands_free": False,
    }  # fmt: skip
    assert [(one.status, one.closed_at) for one in decided.row.offers] == [(O.ABANDONED, at(-5))]
    assert (decided.history, decided.events) == (history, (unassigned,))
    assert decided.started == seconds(search_again=5, search_over=900)
    assert decided.stopped == {timer("driver.silent"), timer("pickup.overdue")}
    assert freed(before, decided.row) == FIRST

    found = decide_on(
        before, trigger, Input(candidates=(candidate(FIRST), candidate(hands_free=True)), reason="Flat tyre."), now
    )
    assert (found.row.status, found.row.driver_id, found.row.version) == (S.ASSIGNED, SECOND, 10)
    assert (found.row.assigned_at, found.row.hands_free) == (now, True)
    assert statuses(found) == [(FIRST, O.ABANDONED), (SECOND, O.ACCEPTED)]
    assert (found.history, found.events[0]) == (history, unassigned)
    # The timers of the previous driver are replaced by those of the next.
    assert (found.started, found.stopped) == (seconds(driver_silent=180, pickup_overdue=1800), frozenset())


@pytest.mark.parametrize(
    ("reported", "now", "left"), [(None, 129.5, 0.5), (-20, 174, 1), (-70, 129, 1), (-70, 129.999, 0.001)]
)
def test_a_driver_who_reported_recently_keeps_the_delivery(reported: float | None, now: float, left: float) -> None:
    before = a_delivery(S.ASSIGNED, heard_at=None if reported is None else at(reported))
    assert decide_on(before, "driver.silent", now=at(now)) == Decision(before, started=seconds(driver_silent=left))
    assert decide_on(before, "driver.silent", now=at(now + left)).row.status is S.SEARCHING


@pytest.mark.parametrize(
    ("facts", "due"), [({}, 1750), ({"ready_at": at(60)}, 1860), ({"food_ready_at": at(90)}, 1890)]
)
def test_reports_do_not_extend_the_time_for_the_pick_up(facts: dict[str, Any], due: float) -> None:
    before = a_delivery(S.ASSIGNED, heard_at=at(due), **facts)
    assert decide_on(before, "pickup.overdue", now=at(due - 1)) == Decision(before, started=seconds(pickup_overdue=1))
    assert decide_on(before, "pickup.overdue", now=at(due)).row.status is S.SEARCHING


@pytest.mark.parametrize(
    ("trigger", "responsible", "reason"),
    [
        ("fail", "courier", "I fell."),
        ("customer.absent", "customer", "I fell."),
        ("delivery.lost", "courier", "The driver did not report the delivery in time."),
    ],
)
def test_undeliverable_food_names_the_responsible_party(trigger: str, responsible: Any, reason: str) -> None:
    before = a_delivery(S.PICKED_UP)
    decided = decide_on(before, trigger, Input(reason="I fell."))

    assert changes(decided, before) == {"status": S.UNDELIVERABLE, "version": 8, "ended_at": NOON}
    assert statuses(decided) == [(FIRST, O.FAILED)]
    ended = DeliveryUndeliverable(**ABOUT, driver_id=FIRST, reason=reason, responsible=responsible)
    assert decided.events == (Announcement(ended, 8),)
    assert (decided.started, decided.stopped) == ({}, frozenset({timer("delivery.late"), timer("delivery.lost")}))
    assert freed(before, decided.row) == FIRST


def test_late_food_only_needs_attention() -> None:
    before = a_delivery(S.PICKED_UP)
    decided = decide_on(before, "delivery.late")

    assert changes(decided, before) == {"version": 8}
    assert (decided.events, decided.started, decided.stopped) == ((), {}, frozenset())


@pytest.mark.parametrize("status", [S.SEARCHING, S.OFFERED])
def test_the_end_of_the_search_ends_the_delivery(status: DeliveryStatus) -> None:
    before = a_delivery(status)
    decided = decide_on(before, "search.over")

    assert changes(decided, before) == {"status": S.NO_DRIVER, "version": 8, "ended_at": NOON}
    assert statuses(decided) == [(FIRST, O.WITHDRAWN)] * len(before.offers)
    assert decided.events == (Announcement(DeliveryNoDriver(**ABOUT), 8),)
    extra = "offer.lapsed" if status is S.OFFERED else "search.again"
    assert (decided.started, decided.stopped) == ({}, frozenset({timer("search.over"), timer(extra)}))
    assert freed(before, decided.row) == (FIRST if before.offers else None)


@pytest.mark.parametrize("status", [S.SEARCHING, S.OFFERED, S.ASSIGNED, S.PICKED_UP])
def test_a_cancelled_order_ends_its_delivery(status: DeliveryStatus) -> None:
    before = a_delivery(status)
    decided = decide_on(before, "order.cancel_requested", cancelled())

    assert changes(decided, before) == {"status": S.CANCELLED, "version": 8, "ended_at": NOON}
    assert statuses(decided) == [(FIRST, O.WITHDRAWN)] * len(before.offers)
    assert decided.events == (Announcement(DeliveryCancelled(**ABOUT), 8),)
    assert decided.started == {}
    assert len(decided.stopped) == 2
    assert freed(before, decided.row) == (FIRST if before.offers else None)


def test_food_that_is_ready_early_starts_the_search_immediately() -> None:
    before = a_delivery(S.SEARCHING, searching_since=at(600))

    decided = decide_on(before, "order.ready")
    assert changes(decided, before) == {"food_ready_at": NOON, "version": 8, "searching_since": NOON}
    assert decide_on(before, "order.ready", now=at(600)).started == {}
    assert decided.started == seconds(search_again=5, search_over=900)
    assert search_area(decided, now=NOON, policy=POLICY) == Area(Position(52.5, 13.4), 3000)

    found = decide_on(before, "order.ready", Input(candidates=(candidate(),)))
    assert (found.row.status, found.row.version) == (S.OFFERED, 9)
    assert found.started == {timer("search.over"): timedelta(minutes=15), timer("offer.lapsed", NEXT): timedelta(0, 45)}
    assert found.stopped == {timer("search.again")}


@pytest.mark.parametrize("status", [S.SEARCHING, S.OFFERED, S.ASSIGNED])
def test_ready_food_is_recorded_once(status: DeliveryStatus) -> None:
    before = a_delivery(status)
    decided = decide_on(before, "order.ready", Input(candidates=(candidate(),)))

    assert changes(decided, before) == {"food_ready_at": NOON, "version": 8}
    assert (decided.events, decided.started, decided.stopped) == ((), {}, frozenset())
    assert decide_on(decided.row, "order.ready", now=at(1)) == Decision(decided.row)


@pytest.mark.parametrize("status", [S.PICKED_UP, S.DELIVERED, S.NO_DRIVER, S.CANCELLED, S.UNDELIVERABLE])
def test_ready_food_is_not_recorded_after_the_pick_up(status: DeliveryStatus) -> None:
    before = a_delivery(status)
    assert decide_on(before, "order.ready") == Decision(before)


def order_assigned(driver: UUID) -> OrderAssigned:
    return OrderAssigned(order_id=ORDER, customer_id=CUSTOMER, delivery_id=ID, driver_id=driver)


UNDER_WAY = OrderPickedUp(order_id=ORDER, customer_id=CUSTOMER, delivery_id=ID)


def test_a_hands_free_delivery_advances_with_the_order_events() -> None:
    taken = decide_on(a_delivery(S.ASSIGNED, hands_free=True), "order.assigned", order_assigned(FIRST))
    assert (taken.row.status, taken.row.picked_up_at) == (S.PICKED_UP, NOON)
    given = decide_on(taken.row, "order.picked_up", UNDER_WAY)
    assert (given.row.status, given.row.delivered_at) == (S.DELIVERED, NOON)


@pytest.mark.parametrize(
    ("status", "hands_free", "trigger", "event"),
    [
        (S.ASSIGNED, False, "order.assigned", order_assigned(FIRST)),
        (S.ASSIGNED, True, "order.assigned", order_assigned(SECOND)),
        (S.PICKED_UP, True, "order.assigned", order_assigned(FIRST)),
        (S.PICKED_UP, False, "order.picked_up", UNDER_WAY),
        (S.ASSIGNED, True, "order.picked_up", UNDER_WAY),
        (S.DELIVERED, True, "order.picked_up", UNDER_WAY),
        (S.SEARCHING, True, "order.assigned", order_assigned(FIRST)),
    ],
)
def test_order_events_change_nothing_for_manual_drivers_and_when_late(
    status: DeliveryStatus, hands_free: bool, trigger: str, event: Any
) -> None:
    before = a_delivery(status, hands_free=hands_free)
    assert decide_on(before, trigger, event) == Decision(before)


@pytest.mark.parametrize("status", list(S))
def test_the_address_is_erased_immediately_or_at_the_end_of_the_delivery(status: DeliveryStatus) -> None:
    before = a_delivery(status)
    decided = decide_on(before, "customer.erased")

    ended = {"dropoff": REGION} if status in DELIVERY.terminal else {}
    assert changes(decided, before) == {"customer_erased": True, "version": 8, **ended}
    assert (decided.events, decided.started, decided.stopped) == ((), {}, frozenset())
    assert decide_on(decided.row, "customer.erased") == Decision(decided.row)
    if not ended:
        assert decide_on(decided.row, "order.cancel_requested", cancelled()).row.dropoff == REGION


@pytest.mark.parametrize(
    ("status", "facts", "outcome", "left"),
    [
        (S.SEARCHING, {"searching_since": at(-900)}, S.NO_DRIVER, {}),
        (S.OFFERED, {"searching_since": at(-900)}, S.NO_DRIVER, {}),
        (S.SEARCHING, {"searching_since": at(-899)}, S.SEARCHING, {"search_over": 1}),
        (S.ASSIGNED, {"assigned_at": at(-180)}, S.SEARCHING, None),
        (S.ASSIGNED, {"assigned_at": at(-179)}, S.ASSIGNED, {"driver_silent": 1}),
        (S.PICKED_UP, {}, S.PICKED_UP, {}),
        (S.DELIVERED, {}, S.DELIVERED, {}),
    ],
)
def test_the_timer_of_the_previous_release_keeps_its_meaning(
    status: DeliveryStatus, facts: dict[str, Any], outcome: DeliveryStatus, left: dict[str, float] | None
) -> None:
    decided = decide_on(a_delivery(status, **facts), "delivery.overdue")

    assert decided.row.status is outcome
    assert left is None or decided.started == seconds(**left)


SPECIAL = {"order.ready", "order.assigned", "order.picked_up", "customer.erased", "search.again", "delivery.overdue"}


@pytest.mark.parametrize(("status", "trigger"), list(product(S, sorted(TRIGGERS - SPECIAL))))
def test_an_illegal_step_is_refused_to_drivers_and_otherwise_ignored(status: DeliveryStatus, trigger: str) -> None:
    before = a_delivery(status)
    if DELIVERY.allows(status, trigger):
        assert decide_on(before, trigger, Input(candidates=(candidate(),)), at(10)).row != before or trigger in {
            "driver.silent", "pickup.overdue",
        }  # fmt: skip
    elif trigger in COMMANDS:
        with pytest.raises(IllegalTransitionError):
            decide_on(before, trigger)
    else:
        assert decide_on(before, trigger) == Decision(before)


def test_inputs_and_policies_are_immutable() -> None:
    assert Input().reason == ""
    for given, name in ((Input(), "reason"), (POLICY, "search_lead")):
        with pytest.raises(FrozenInstanceError):
            setattr(given, name, None)
    assert not hasattr(Input(), "__dict__")


def test_triggers_of_drivers_and_of_the_system_are_as_listed() -> None:
    assert {
        "order.paid", "order.ready", "order.assigned", "order.picked_up", "order.cancel_requested", "driver.found",
        "customer.erased", "search.again", "search.over", "offer.lapsed", "driver.silent", "pickup.overdue",
        "delivery.late", "delivery.lost", "delivery.overdue",
    } == TRIGGERS - COMMANDS  # fmt: skip
    assert {
        "offer.accepted", "offer.declined", "pickup", "deliver", "unassign", "fail", "customer.absent",
    } == COMMANDS  # fmt: skip


@pytest.mark.parametrize("trigger", ["offer.declined", "offer.lapsed"])
def test_a_driver_without_an_ended_delivery_is_not_freed(trigger: str) -> None:
    before = a_delivery(S.OFFERED)
    assert freed(before, decide_on(before, trigger).row) is None
    assert freed(before, decide_on(before, "offer.accepted").row) is None
    assert freed(before, decide_on(before, "order.ready").row) is None
    assert freed(None, before) is None
