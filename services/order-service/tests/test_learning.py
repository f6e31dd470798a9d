from types import SimpleNamespace
from typing import Any

import pytest

from foodchassis import new_id
from order_service.learning import learnt
from order_service.states import OrderStatus

NOTHING = {"payment_closed": False, "delivery_closed": False, "lost_drivers": []}


def an_order(status: str = "paid", **facts: Any) -> Any:
    usual = {"id": new_id(), "total": 4248, "currency": "EUR", "paid": True}
    return SimpleNamespace(status=OrderStatus(status), **{**usual, **NOTHING, **facts})


@pytest.mark.parametrize(
    ("trigger", "facts"),
    [
        ("payment.authorized", {}),
        ("payment.declined", {"payment_closed": True, "reason": "refused"}),
        ("payment.completed", {"paid": True}),
        (
            "payment.capture_failed",
            {"payment_closed": True, "delivery_closed": True, "reason": "refused", "cancelled_by": "system", "keep": 0},
        ),
        ("payment.voided", {"payment_closed": True}),
        ("delivery.picked_up", {}),
        ("delivery.delivered", {"delivery_closed": True}),
        (
            "delivery.no_driver",
            {"delivery_closed": True, "reason": "no driver was found", "cancelled_by": "system", "keep": 0},
        ),
        ("delivery.undeliverable", {"delivery_closed": True, "reason": "lost"}),
        ("delivery.cancelled", {"delivery_closed": True}),
    ],
)
def test_an_event_that_moves_an_order_tells_it_this(bistro: Any, trigger: str, facts: dict[str, Any]) -> None:
    order = an_order()

    assert learnt(order, bistro.event(trigger, order), moves=True) == NOTHING | facts


def test_a_driver_comes_and_is_lost(bistro: Any) -> None:
    order = an_order()
    assigned = learnt(order, bistro.event("delivery.assigned", order), moves=True)
    lost = learnt(order, bistro.event("delivery.unassigned", order), moves=True)

    assert assigned == NOTHING | {"delivery_id": bistro.delivery, "driver_id": bistro.driver}
    assert lost == NOTHING | {"driver_id": None, "lost_drivers": [bistro.driver]}


def test_an_event_that_is_only_noted_tells_no_more_than_ends(bistro: Any) -> None:
    order = an_order("cancelling")
    for trigger in ("delivery.assigned", "delivery.unassigned", "payment.completed", "payment.authorized"):
        assert learnt(order, bistro.event(trigger, order), moves=False) == NOTHING
    declined = learnt(order, bistro.event("payment.declined", order), moves=False)
    assert declined == NOTHING | {"payment_closed": True}


@pytest.mark.parametrize(
    ("cause", "refunded", "closed"), [("cancel", 0, True), ("an admin's", 4247, False), ("an admin's", 4248, True)]
)
def test_a_refund_ends_the_payment_when_it_is_the_cancels_or_leaves_nothing(
    bistro: Any, cause: str, refunded: int, closed: bool
) -> None:
    order = an_order("cancelling")
    event = bistro.event("payment.refunded", order, cause=cause, refunded=refunded)

    assert learnt(order, event, moves=False)["payment_closed"] is closed


def test_what_has_ended_stays_ended(bistro: Any) -> None:
    order = an_order("cancelling", payment_closed=True, delivery_closed=True)
    learned = learnt(order, bistro.event("payment.completed", order), moves=False)

    assert learned == {"payment_closed": True, "delivery_closed": True, "lost_drivers": []}
