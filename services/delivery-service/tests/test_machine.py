from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from delivery_service.machine import ANSWERS, DELIVERY, OFFER, RESPONSIBLE, Answer
from delivery_service.models import DeliveryStatus, OfferStatus
from foodchassis.kernel import IllegalTransitionError

S, O = DeliveryStatus, OfferStatus  # noqa: E741 - a table reads better with short names
LEGAL = {
    (None, "order.paid"): S.SEARCHING,
    (S.SEARCHING, "driver.found"): S.OFFERED,
    (S.OFFERED, "offer.accepted"): S.ASSIGNED,
    (S.OFFERED, "offer.declined"): S.SEARCHING,
    (S.OFFERED, "offer.lapsed"): S.SEARCHING,
    (S.ASSIGNED, "pickup"): S.PICKED_UP,
    (S.PICKED_UP, "deliver"): S.DELIVERED,
    (S.ASSIGNED, "unassign"): S.SEARCHING,
    (S.ASSIGNED, "driver.silent"): S.SEARCHING,
    (S.ASSIGNED, "pickup.overdue"): S.SEARCHING,
    (S.SEARCHING, "search.over"): S.NO_DRIVER,
    (S.OFFERED, "search.over"): S.NO_DRIVER,
    (S.PICKED_UP, "fail"): S.UNDELIVERABLE,
    (S.PICKED_UP, "customer.absent"): S.UNDELIVERABLE,
    (S.PICKED_UP, "delivery.lost"): S.UNDELIVERABLE,
    (S.PICKED_UP, "delivery.late"): S.PICKED_UP,
    (None, "order.cancel_requested"): S.CANCELLED,
    (S.SEARCHING, "order.cancel_requested"): S.CANCELLED,
    (S.OFFERED, "order.cancel_requested"): S.CANCELLED,
    (S.ASSIGNED, "order.cancel_requested"): S.CANCELLED,
    (S.PICKED_UP, "order.cancel_requested"): S.CANCELLED,
}
LEGAL_OFFER = {
    (None, "driver.found"): O.OPEN,
    (O.OPEN, "accept"): O.ACCEPTED,
    (O.OPEN, "decline"): O.DECLINED,
    (O.OPEN, "lapse"): O.LAPSED,
    (O.ACCEPTED, "deliver"): O.FULFILLED,
    (O.OPEN, "withdraw"): O.WITHDRAWN,
    (O.ACCEPTED, "withdraw"): O.WITHDRAWN,
    (O.ACCEPTED, "unassign"): O.ABANDONED,
    (O.ACCEPTED, "fail"): O.FAILED,
}


NOTHING = "\N{EN DASH}"
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
IN_TIME = Answer(expires_at=NOON, at=NOON - timedelta(microseconds=1))


@pytest.mark.parametrize(("state", "trigger"), list(product([None, *S], DELIVERY.triggers)))
def test_a_delivery_allows_only_the_steps_of_its_table(state: DeliveryStatus | None, trigger: str) -> None:
    if (state, trigger) in LEGAL:
        assert DELIVERY.step(state, trigger).target is LEGAL[state, trigger]
    else:
        with pytest.raises(IllegalTransitionError, match=str(state)):
            DELIVERY.step(state, trigger)


@pytest.mark.parametrize(("state", "trigger"), list(product([None, *O], OFFER.triggers)))
def test_an_offer_allows_only_the_steps_of_its_table(state: OfferStatus | None, trigger: str) -> None:
    if (state, trigger) in LEGAL_OFFER:
        assert OFFER.step(state, trigger, IN_TIME).target is LEGAL_OFFER[state, trigger]
    else:
        with pytest.raises(IllegalTransitionError, match=str(state)):
            OFFER.step(state, trigger, IN_TIME)


@pytest.mark.parametrize("late", [0, 1])
def test_an_expired_offer_can_be_declined_but_not_accepted(late: int) -> None:
    over = Answer(expires_at=NOON, at=NOON + timedelta(microseconds=late))
    with pytest.raises(IllegalTransitionError, match="time is not over"):
        OFFER.step(O.OPEN, "accept", over)
    assert OFFER.step(O.OPEN, "decline", over).target is O.DECLINED


def test_an_offer_engages_its_driver_only_in_states_with_a_driver() -> None:
    """After a step the offer engages the driver if and only if the new state has a driver."""
    engaged = {S.OFFERED: {O.OPEN}, S.ASSIGNED: {O.ACCEPTED}, S.PICKED_UP: {O.ACCEPTED}}
    for step in DELIVERY.steps:
        for source in step.sources:
            for offer in engaged.get(source, ()) if source else ():
                answer = ANSWERS.get(step.trigger)
                target = OFFER.step(offer, answer, IN_TIME).target if answer else offer
                assert (target in {O.OPEN, O.ACCEPTED}) == (step.target in engaged), step.trigger


def test_every_undeliverable_step_names_the_responsible_party() -> None:
    assert {step.trigger for step in DELIVERY.steps if step.target is S.UNDELIVERABLE} == set(RESPONSIBLE)
    assert RESPONSIBLE == {"fail": "courier", "customer.absent": "customer", "delivery.lost": "courier"}


def test_a_delivery_has_four_terminal_states() -> None:
    assert DELIVERY.terminal == {S.DELIVERED, S.NO_DRIVER, S.CANCELLED, S.UNDELIVERABLE}
    assert OFFER.terminal == {O.DECLINED, O.LAPSED, O.FULFILLED, O.WITHDRAWN, O.ABANDONED, O.FAILED}


def test_the_documentation_shows_each_step_with_number_and_actor() -> None:
    by_driver = {"3", "4", "6", "7"}
    assert (DELIVERY.name, OFFER.name) == ("delivery.status", "offer.status")
    assert [(row, source, trigger) for row, source, _, trigger, *_ in DELIVERY.rows()] == [
        ("1", NOTHING, "order.paid"),
        ("2", "searching", "driver.found"),
        ("3", "offered", "offer.accepted"),
        ("4", "offered", "offer.declined"),
        ("5", "offered", "offer.lapsed"),
        ("6", "assigned", "pickup"),
        ("7", "picked_up", "deliver"),
        ("8", "assigned", "unassign"),
        ("9", "assigned", "driver.silent"),
        ("9", "assigned", "pickup.overdue"),
        ("10", "searching, offered", "search.over"),
        ("11", "picked_up", "fail"),
        ("11", "picked_up", "customer.absent"),
        ("11", "picked_up", "delivery.lost"),
        ("12", "searching, offered, assigned, picked_up", "order.cancel_requested"),
        ("13", NOTHING, "order.cancel_requested"),
        ("14", "picked_up", "delivery.late"),
    ]
    assert {row for row, *_, by, _, _ in DELIVERY.rows() if by == "driver"} == by_driver | {"11"}
    assert {row for row, *_, by, _, _ in DELIVERY.rows() if by == "driver or admin"} == {"8"}
    assert [(row, source, by, guard) for row, source, _, _, by, guard, _ in OFFER.rows()] == [
        ("1", NOTHING, "system", ""),
        ("2", "open", "driver", "the offer's time is not over"),
        ("3", "open", "driver", ""),
        ("4", "open", "system", ""),
        ("5", "accepted", "system", ""),
        ("6", "open, accepted", "system", ""),
        ("7", "accepted", "system", ""),
        ("8", "accepted", "system", ""),
    ]
