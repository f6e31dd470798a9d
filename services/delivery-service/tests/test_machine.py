from datetime import timedelta
from itertools import product

import pytest

from delivery_service.machine import DELIVERY, OFFER
from delivery_service.models import DeliveryStatus, Offer, OfferStatus
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
}
LEGAL_OFFER = {
    (None, "driver.found"): O.OPEN,
    (O.OPEN, "accept"): O.ACCEPTED,
    (O.OPEN, "decline"): O.DECLINED,
    (O.OPEN, "lapse"): O.LAPSED,
    (O.ACCEPTED, "deliver"): O.FULFILLED,
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


def test_a_delivery_ends_at_the_door() -> None:
    assert DELIVERY.terminal == {S.DELIVERED}
    assert OFFER.terminal == {O.DECLINED, O.LAPSED, O.FULFILLED}
