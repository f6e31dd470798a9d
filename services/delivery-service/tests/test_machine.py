from datetime import timedelta
from itertools import product

import pytest

from delivery_service.machine import DELIVERY, OFFER
from delivery_service.models import Offer
from delivery_service.states import DeliveryStatus, OfferStatus
from foodchassis import IllegalTransitionError, new_id, now

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
    (S.SEARCHING, "search.over"): S.NO_DRIVER,
    (S.OFFERED, "search.over"): S.NO_DRIVER,
    (S.PICKED_UP, "fail"): S.UNDELIVERABLE,
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


def an_offer(seconds: float = 45) -> Offer:
    return Offer(
        delivery_id=new_id(),
        driver_id=new_id(),
        status=O.OPEN,
        distance_m=1,
        expires_at=now() + timedelta(seconds=seconds),
    )


@pytest.mark.parametrize(("state", "trigger"), list(product([None, *S], DELIVERY.triggers)))
def test_a_delivery_takes_the_steps_of_its_table_and_no_other(state: DeliveryStatus | None, trigger: str) -> None:
    if (state, trigger) in LEGAL:
        assert DELIVERY.step(state, trigger).target is LEGAL[state, trigger]
    else:
        with pytest.raises(IllegalTransitionError, match=str(state)):
            DELIVERY.step(state, trigger)


@pytest.mark.parametrize(("state", "trigger"), list(product([None, *O], OFFER.triggers)))
def test_an_offer_takes_the_steps_of_its_table_and_no_other(state: OfferStatus | None, trigger: str) -> None:
    if (state, trigger) in LEGAL_OFFER:
        assert OFFER.step(state, trigger, an_offer()).target is LEGAL_OFFER[state, trigger]
    else:
        with pytest.raises(IllegalTransitionError, match=str(state)):
            OFFER.step(state, trigger, an_offer())


def test_an_offer_whose_time_is_over_cannot_be_accepted_but_still_declined() -> None:
    with pytest.raises(IllegalTransitionError, match="time is not over"):
        OFFER.step(O.OPEN, "accept", an_offer(seconds=-0.001))
    assert OFFER.step(O.OPEN, "decline", an_offer(seconds=-0.001)).target is O.DECLINED


def test_a_delivery_ends_in_four_ways() -> None:
    assert DELIVERY.terminal == {S.DELIVERED, S.NO_DRIVER, S.CANCELLED, S.UNDELIVERABLE}
    assert OFFER.terminal == {O.DECLINED, O.LAPSED, O.FULFILLED, O.WITHDRAWN, O.ABANDONED, O.FAILED}
