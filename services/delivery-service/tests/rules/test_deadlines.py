"""Every open state has a deadline."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from delivery_service.machine import DELIVERY, OFFER
from delivery_service.models import DeliveryFacts, DeliveryStatus, OfferFacts, OfferStatus
from delivery_service.rules.deadlines import LIMITS, due, rows, running, timing
from delivery_service.rules.policy import Policy
from delivery_service.settings import DeliverySettings
from foodchassis.kernel import Timer

S, O = DeliveryStatus, OfferStatus  # noqa: E741 - a table reads better with short names
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
ID, OFFER_ID = UUID(int=1), UUID(int=2)
POLICY = Policy(
    search_radii_m=(3000,), search_lead=1200, driver_speed=5, search_interval=5, offer_lifetime=45, search_lifetime=900,
    driver_silence=180, position_interval=15, pickup_patience=1800, delivery_late=5400, delivery_lost=10_800,
)  # fmt: skip


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def delivery(status: DeliveryStatus, offer: OfferStatus | None = None, **facts: Any) -> DeliveryFacts:
    offer_facts = OfferFacts(
        id=OFFER_ID, delivery_id=ID, driver_id=UUID(int=3), status=offer or O.LAPSED, distance_m=1, created_at=at(-1),
        expires_at=at(30),
    )  # fmt: skip
    known = {"searching_since": NOON, "ready_at": at(-60), "assigned_at": NOON, "picked_up_at": NOON}
    return DeliveryFacts(
        id=ID, order_id=ID, customer_id=ID, restaurant_id=ID, status=status, delivery_fee=0, tip=0, currency="EUR",
        created_at=NOON, offers=(offer_facts,) if offer else (), **{**known, **facts},
    )  # fmt: skip


@pytest.mark.parametrize("machine", [DELIVERY, OFFER])
def test_every_open_state_and_no_ended_state_has_a_timer(machine: Any) -> None:
    assert {one.state for one in LIMITS if isinstance(one.state, machine.states)} == {
        state for state in machine.states if state not in machine.terminal
    }


def test_every_timer_has_a_step_in_its_state_or_repeats_the_search() -> None:
    for limit in LIMITS:
        if isinstance(limit.state, DeliveryStatus) and limit.timer != "search.again":
            assert DELIVERY.allows(limit.state, limit.timer), limit
    assert OFFER.allows(O.OPEN, "lapse")


def test_the_defaults_are_as_documented() -> None:
    fields = DeliverySettings.model_fields
    assert {(str(one.state), one.timer): fields[one.setting].default for one in LIMITS} == {
        ("searching", "search.again"): 5,
        ("searching", "search.over"): 15 * 60,
        ("offered", "search.over"): 15 * 60,
        ("assigned", "driver.silent"): 3 * 60,
        ("assigned", "pickup.overdue"): 30 * 60,
        ("picked_up", "delivery.late"): 90 * 60,
        ("picked_up", "delivery.lost"): 3 * 3600,
        ("open", "offer.lapsed"): 45,
        ("accepted", "pickup.overdue"): 30 * 60,
        ("accepted", "delivery.lost"): 3 * 3600,
    }


def test_the_documentation_shows_the_deadlines_of_each_state() -> None:
    settings = {limit.timer: limit.setting for limit in LIMITS}
    no_driver = "no_driver; the platform is responsible"
    follows = [
        ("searching", "search.again", "drivers are searched for again, further out"),
        ("searching", "search.over", no_driver),
        ("offered", "search.over", no_driver),
        ("assigned", "driver.silent", "the driver goes offline, another is searched for"),
        ("assigned", "pickup.overdue", "the driver is unassigned, another is searched for"),
        ("picked_up", "delivery.late", "needs attention: logged and counted"),
        ("picked_up", "delivery.lost", "undeliverable; the courier is responsible"),
        ("open", "offer.lapsed", "lapsed; the next driver is asked"),
        ("accepted", "pickup.overdue", "abandoned with the assignment"),
        ("accepted", "delivery.lost", "failed with the delivery"),
    ]
    assert [*rows()] == [(state, timer, settings[timer], text) for state, timer, text in follows]


@pytest.mark.parametrize(
    ("status", "offer", "names"),
    [
        (S.SEARCHING, None, {"search.again", "search.over"}),
        (S.SEARCHING, O.DECLINED, {"search.again", "search.over"}),
        (S.OFFERED, O.OPEN, {"search.over", "offer.lapsed"}),
        (S.ASSIGNED, O.ACCEPTED, {"driver.silent", "pickup.overdue"}),
        (S.PICKED_UP, O.ACCEPTED, {"delivery.late", "delivery.lost"}),
        (S.DELIVERED, O.FULFILLED, set()),
        (S.NO_DRIVER, O.WITHDRAWN, set()),
    ],
)
def test_each_state_runs_its_timers(status: DeliveryStatus, offer: OfferStatus | None, names: set[str]) -> None:
    expected = {Timer(name, OFFER_ID if name == "offer.lapsed" else ID) for name in names}
    assert running(delivery(status, offer)) == expected


@pytest.mark.parametrize(
    ("timer", "facts", "passes"),
    [
        ("search.again", {}, 12),
        ("search.again", {"searching_since": at(7)}, 12),
        ("search.again", {"searching_since": at(7.5)}, 7.5),
        ("search.again", {"searching_since": at(600)}, 600),
        ("search.over", {"searching_since": at(600)}, 1500),
        ("search.over", {"searching_since": at(-600)}, 300),
        ("offer.lapsed", {}, 44),
        ("driver.silent", {"heard_at": None}, 180),
        ("driver.silent", {"heard_at": at(-16)}, 180),
        ("driver.silent", {"heard_at": at(5)}, 200),
        ("pickup.overdue", {"ready_at": at(600), "assigned_at": at(10)}, 2400),
        ("pickup.overdue", {"ready_at": at(5), "assigned_at": at(10)}, 1810),
        ("pickup.overdue", {"ready_at": at(5), "assigned_at": at(10), "food_ready_at": at(20)}, 1820),
        ("delivery.late", {"picked_up_at": at(3)}, 5403),
        ("delivery.lost", {"picked_up_at": at(3)}, 10_803),
    ],
)
def test_each_timer_is_due_at_the_right_time(timer: str, facts: dict[str, Any], passes: float) -> None:
    status = {"search": S.SEARCHING, "offer.": S.OFFERED, "driver": S.ASSIGNED, "pickup": S.ASSIGNED}.get(timer[:6])
    offer_status = {S.OFFERED: O.OPEN, S.SEARCHING: None}.get(status or S.PICKED_UP, O.ACCEPTED)
    assert due(delivery(status or S.PICKED_UP, offer_status, **facts), timer, at(7), POLICY) == at(passes)


def test_a_change_starts_new_timers_and_stops_old_ones() -> None:
    started, stopped = timing(delivery(S.SEARCHING), delivery(S.OFFERED, O.OPEN), at(4), POLICY)
    assert started == {Timer("offer.lapsed", OFFER_ID): timedelta(seconds=40)}
    assert stopped == {Timer("search.again", ID)}


def test_a_new_delivery_starts_all_timers_of_its_state() -> None:
    started, stopped = timing(None, delivery(S.SEARCHING), NOON, POLICY)
    assert started == {
        Timer("search.again", ID): timedelta(seconds=5), Timer("search.over", ID): timedelta(seconds=900),
    }  # fmt: skip
    assert stopped == frozenset()


def test_a_stored_position_may_be_older_than_the_last_report() -> None:
    assert POLICY.silence == timedelta(seconds=195)
