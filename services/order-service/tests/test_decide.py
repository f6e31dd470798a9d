from datetime import datetime, timedelta
from typing import Any

import pytest

from foodchassis import Event, new_id
from foodchassis.kernel import Announcement, Decision, IllegalTransitionError, Timer
from foodevents import OrderCreated
from order_service.decide import decide
from order_service.errors import OrderNotFoundError
from order_service.models import HistoryFacts, KitchenStatus, OrderFacts, OrderStatus, Party
from order_service.rules.commands import Accept, Cancel, PlaceOrder, Reject
from order_service.rules.policy import Policy
from order_service.rules.pricing import price

BOOKKEEPING = {"version", "status", "kitchen"}


class Case:
    """Decides about orders, half an hour after their creation."""

    def __init__(self, bistro: Any, policy: Policy) -> None:
        self.bistro, self.policy = bistro, policy

    def decide(
        self, order: OrderFacts | None, trigger: str, event: Any = None, *, now: datetime | None = None
    ) -> Decision[OrderFacts]:
        """Decide, and check that the given facts are unchanged."""
        before = order.model_dump() if order else None
        at = now or self.bistro.order().created_at + timedelta(minutes=30)
        decision = decide(order, trigger, event=event, now=at, policy=self.policy)
        assert (order.model_dump() if order else None) == before
        return decision

    def on(self, order: OrderFacts, trigger: str, **changes: Any) -> Decision[OrderFacts]:
        """Decide on the event of another service."""
        return self.decide(order, trigger, self.bistro.event(trigger, order, **changes))


@pytest.fixture
def case(bistro: Any, policy: Policy) -> Case:
    return Case(bistro, policy)


def changes(before: OrderFacts, after: OrderFacts) -> dict[str, Any]:
    """Return the changed facts, except version, status and kitchen."""
    return {
        name: getattr(after, name)
        for name in OrderFacts.model_fields.keys() - BOOKKEEPING
        if getattr(after, name) != getattr(before, name)
    }


def names(decision: Decision[OrderFacts]) -> list[str]:
    return [announcement.event.routing_key for announcement in decision.events]


def a_command(bistro: Any) -> PlaceOrder:
    basket = bistro.basket()
    priced = price(basket, bistro.menu())
    return PlaceOrder(new_id(), bistro.customer, bistro.restaurant, priced, basket.delivery_address, "tok_ok")


def test_a_new_order_has_all_facts_that_later_steps_need(bistro: Any, case: Case) -> None:
    command = a_command(bistro)
    now = bistro.order().created_at
    decision = case.decide(None, "place", command, now=now)

    taxed = [{"rate_ppm": 100_000, "taxed": 3680, "tax": 368}]
    taxes = {"prices_include_tax": False, "tax_included": 0, "fee_tax": 46, "taxes": taxed}
    expected = bistro.order("pending", id=command.order_id, version=1, created_at=now, **taxes)
    assert decision.row == expected
    created = OrderCreated(
        order_id=command.order_id, payment_method="tok_ok", **expected.model_dump(exclude={"pickup", "prep_minutes"})
    )
    assert decision.events == (Announcement(created, 1),)
    assert decision.started == {Timer("payment.unanswered", command.order_id): timedelta(seconds=300)}
    assert (decision.stopped, decision.effects) == (frozenset(), ())
    assert decision.history == (
        HistoryFacts(
            order_id=command.order_id,
            version=1,
            from_status=None,
            to_status=OrderStatus.PENDING,
            kitchen=KitchenStatus.WAITING,
            trigger="place",
            event="order.created",
            actor="customer",
            at=now,
            driver_id=None,
        ),
    )


def test_other_triggers_need_an_order(bistro: Any, case: Case) -> None:
    with pytest.raises(OrderNotFoundError):
        case.decide(None, "payment.authorized", bistro.event("payment.authorized", bistro.order()))


def test_an_order_is_placed_once(bistro: Any, case: Case) -> None:
    with pytest.raises(IllegalTransitionError):
        case.decide(bistro.order(), "place", a_command(bistro))


def test_a_step_is_published_and_recorded_with_the_new_version(bistro: Any, case: Case) -> None:
    order = bistro.order("paid", "ready")
    decision = case.on(order, "delivery.assigned")

    assert decision.row.version == 6
    ((event, sequence),) = decision.events
    assert (event.model_dump(), sequence) == (
        {
            "order_id": order.id,
            "customer_id": bistro.customer,
            "delivery_id": bistro.delivery,
            "driver_id": bistro.driver,
        },
        6,
    )
    assert decision.history == (
        HistoryFacts(
            order_id=order.id,
            version=6,
            from_status=OrderStatus.PAID,
            to_status=OrderStatus.ASSIGNED,
            kitchen=KitchenStatus.READY,
            trigger="delivery.assigned",
            event="order.assigned",
            actor="system",
            at=order.created_at + timedelta(minutes=30),
            driver_id=bistro.driver,
        ),
    )
    assert decision.stopped == {Timer("delivery.unanswered", order.id)}
    assert decision.started == {Timer("pickup.overdue", order.id): timedelta(hours=1)}


def test_automatic_acceptance_is_immediate(bistro: Any, case: Case) -> None:
    order = bistro.order("pending", auto_accept=True, prep_minutes=25)
    decision = case.on(order, "payment.authorized")

    now = order.created_at + timedelta(minutes=30)
    assert names(decision) == ["order.placed", "order.accepted"]
    assert [announcement.sequence for announcement in decision.events] == [6, 7]
    assert [(row.trigger, row.actor, row.from_status, row.kitchen) for row in decision.history] == [
        ("payment.authorized", "system", "pending", "waiting"),
        ("accept", "system", "placed", "accepted"),
    ]
    assert changes(order, decision.row) == {"accepted_at": now, "ready_at": now + timedelta(minutes=25)}
    assert (decision.row.version, decision.row.status, decision.row.kitchen) == (7, "placed", "accepted")
    assert decision.started == {Timer("capture.unanswered", order.id): timedelta(seconds=300)}
    assert Timer("payment.unanswered", order.id) in decision.stopped


@pytest.mark.parametrize(
    ("status", "kitchen"), [("paid", "accepted"), ("assigned", "ready"), ("picked_up", "handed_over")]
)
def test_an_automatic_acceptance_happens_once(bistro: Any, case: Case, status: str, kitchen: str) -> None:
    order = bistro.order(status, kitchen, auto_accept=True)

    assert len(case.decide(order, "delivery.late" if status == "picked_up" else "owner.erased").history) == 1


@pytest.mark.parametrize(
    ("status", "trigger", "facts"),
    [
        ("pending", "payment.authorized", {}),
        ("pending", "payment.declined", {"payment_closed": True, "reason": "refused", "responsible": "customer"}),
        ("placed", "payment.completed", {"paid": True}),
        (
            "placed",
            "payment.capture_failed",
            {
                "payment_closed": True,
                "delivery_closed": True,
                "reason": "refused",
                "responsible": "platform",
                "cancelled_by": "system",
                "keep": 0,
            },
        ),
        (
            "paid",
            "delivery.no_driver",
            {
                "delivery_closed": True,
                "reason": "no driver was found",
                "responsible": "platform",
                "cancelled_by": "system",
                "keep": 0,
            },
        ),
        ("assigned", "delivery.picked_up", {}),
        ("picked_up", "delivery.delivered", {"delivery_closed": True}),
        ("picked_up", "delivery.undeliverable", {"delivery_closed": True, "reason": "lost", "responsible": "customer"}),
    ],
)
def test_an_event_changes_the_facts_of_an_order(
    bistro: Any, case: Case, status: str, trigger: str, facts: dict[str, Any]
) -> None:
    order = bistro.order(status, "accepted" if status in {"placed", "assigned", "paid"} else None)

    assert changes(order, case.on(order, trigger).row) == facts


@pytest.mark.parametrize(
    ("status", "trigger", "facts"),
    [
        ("pending", "payment.unanswered", {"reason": "no answer", "responsible": "platform"}),
        ("placed", "restaurant.slow", {}),
        ("placed", "restaurant.silent", {"reason": "the restaurant did not answer", "responsible": "restaurant"}),
        ("picked_up", "delivery.late", {"needs_attention": True}),
        ("picked_up", "delivery.lost", {"reason": "the courier did not deliver it", "responsible": "courier"}),
        ("assigned", "pickup.overdue", {"needs_attention": True}),
        ("cancelling", "cancelling.stuck", {"needs_attention": True}),
    ],
)
def test_an_expired_deadline_changes_the_facts_of_an_order(
    bistro: Any, case: Case, status: str, trigger: str, facts: dict[str, Any]
) -> None:
    known = {"keep": 0, "reason": "late", "cancelled_by": "customer"} if status == "cancelling" else {}
    order = bistro.order(status, **known)

    assert changes(order, case.decide(order, trigger).row) == facts


@pytest.mark.parametrize(
    ("status", "trigger", "reason", "responsible"),
    [
        ("placed", "capture.unanswered", "the payment was not taken in time", "platform"),
        ("paid", "delivery.unanswered", "no driver was found in time", "platform"),
        ("assigned", "owner.erased", "the restaurant has closed", "restaurant"),
    ],
)
def test_an_order_cancelled_by_the_system_is_fully_refunded(
    bistro: Any, case: Case, status: str, trigger: str, reason: str, responsible: str
) -> None:
    order = bistro.order(status, "accepted")
    decision = case.decide(order, trigger)

    ended = changes(order, decision.row)
    closed = {} if order.paid else {"delivery_closed": True}
    assert ended == closed | {"reason": reason, "responsible": responsible, "cancelled_by": "system", "keep": 0}
    ((event, _),) = decision.events
    assert (event.routing_key, event.model_dump()["responsible"]) == ("order.cancel_requested", responsible)


@pytest.mark.parametrize(
    ("status", "kitchen", "trigger"),
    [
        ("placed", "waiting", "payment.unanswered"),
        ("placed", "accepted", "restaurant.silent"),
        ("placed", "waiting", "capture.unanswered"),
        ("assigned", "accepted", "delivery.unanswered"),
        ("picked_up", "handed_over", "pickup.overdue"),
        ("delivered", "handed_over", "delivery.lost"),
        ("cancelled", "waiting", "cancelling.stuck"),
        ("picked_up", "handed_over", "owner.erased"),
        ("rejected", "waiting", "owner.erased"),
    ],
)
def test_a_late_deadline_changes_nothing(bistro: Any, case: Case, status: str, kitchen: str, trigger: str) -> None:
    order = bistro.order(status, kitchen)

    assert case.decide(order, trigger) == Decision(order)


def test_a_stuck_cancellation_restarts_its_deadline(bistro: Any, case: Case) -> None:
    order = bistro.order("cancelling", keep=0, reason="late", cancelled_by="customer", responsible="customer")
    decision = case.decide(order, "cancelling.stuck")

    assert names(decision) == ["order.cancel_requested"]
    assert decision.started == {Timer("cancelling.stuck", order.id): timedelta(seconds=300)}


@pytest.mark.parametrize("attention", [True, False])
def test_a_retry_by_an_admin_keeps_the_deadline(bistro: Any, case: Case, *, attention: bool) -> None:
    known = {"keep": 0, "reason": "late", "cancelled_by": "customer", "responsible": "customer"}
    order = bistro.order("cancelling", needs_attention=attention, **known)
    decision = case.decide(order, "retry")

    assert names(decision) == ["order.cancel_requested"]
    assert (changes(order, decision.row), decision.started, decision.stopped) == ({}, {}, frozenset())
    assert [(row.trigger, row.actor) for row in decision.history] == [("retry", "admin")]


def test_an_order_is_flagged_for_attention_once_without_an_event(bistro: Any, case: Case) -> None:
    order = bistro.order("picked_up")
    first = case.decide(order, "delivery.late")

    assert (first.events, first.started, first.stopped) == ((), {}, frozenset())
    assert [(row.event, row.to_status, row.actor) for row in first.history] == [(None, "picked_up", "system")]
    assert case.decide(first.row, "delivery.late") == Decision(first.row)


@pytest.mark.parametrize(
    ("status", "trigger", "after"),
    [
        ("assigned", "delivery.picked_up", False),
        ("assigned", "delivery.unassigned", False),
        ("assigned", "ready", True),
        ("picked_up", "delivery.delivered", False),
    ],
)
def test_progress_of_an_order_clears_its_attention_flag(
    bistro: Any, case: Case, status: str, trigger: str, after: bool
) -> None:
    order = bistro.order(status, needs_attention=True)
    event = bistro.event(trigger, order) if "." in trigger else None

    assert case.decide(order, trigger, event).row.needs_attention is after


@pytest.mark.parametrize(
    ("command", "trigger", "facts"),
    [
        (Reject("out of flour"), "reject", {"reason": "out of flour", "responsible": "restaurant"}),
        (
            Cancel(Party.CUSTOMER, "late"),
            "cancel",
            {
                "reason": "late",
                "responsible": "customer",
                "cancelled_by": "customer",
                "keep": 0,
                "delivery_closed": True,
            },
        ),
        (
            Cancel(Party.ADMIN, "fraud"),
            "cancel",
            {"reason": "fraud", "responsible": "platform", "cancelled_by": "admin", "keep": 0, "delivery_closed": True},
        ),
    ],
)
def test_a_command_changes_the_facts_of_an_order(
    bistro: Any, case: Case, command: Any, trigger: str, facts: dict[str, Any]
) -> None:
    order = bistro.order("placed")
    decision = case.decide(order, trigger, command)

    assert changes(order, decision.row) == facts
    assert [row.actor for row in decision.history] == [command.by]


def test_acceptance_sets_the_time_of_ready_food(bistro: Any, case: Case) -> None:
    order = bistro.order("placed")
    decision = case.decide(order, "accept", Accept(40))

    now = order.created_at + timedelta(minutes=30)
    assert changes(order, decision.row) == {"accepted_at": now, "ready_at": now + timedelta(minutes=40)}
    assert [(row.actor, row.event) for row in decision.history] == [("restaurant", "order.accepted")]
    assert decision.stopped == {Timer("restaurant.slow", order.id), Timer("restaurant.silent", order.id)}


def test_ready_changes_only_the_kitchen_status(bistro: Any, case: Case) -> None:
    order = bistro.order("assigned")
    decision = case.decide(order, "ready")

    assert changes(order, decision.row) == {}
    assert (decision.row.status, decision.row.kitchen) == ("assigned", "ready")
    assert [(row.actor, row.event) for row in decision.history] == [("restaurant", "order.ready")]
    assert (decision.started, decision.stopped) == ({}, frozenset())


@pytest.mark.parametrize(
    ("by", "minutes", "keep"), [("customer", 1, 0), ("customer", 30, 3542), ("restaurant", 30, 0), ("admin", 30, 0)]
)
def test_the_kept_amount_is_fixed_when_a_cancel_is_requested(
    bistro: Any, case: Case, by: str, minutes: int, keep: int
) -> None:
    order = bistro.order("assigned")
    now = order.created_at + timedelta(minutes=minutes)
    decision = case.decide(order, "cancel", Cancel(Party(by), "late"), now=now)

    ((event, _),) = decision.events
    published = event.model_dump(include={"by", "keep", "paid", "reason", "responsible"})
    responsible = {"admin": "platform"}.get(by, by)
    assert published == {"by": by, "keep": keep, "paid": True, "reason": "late", "responsible": responsible}
    assert (decision.row.keep, decision.row.delivery_closed) == (keep, False)


def cancelling(bistro: Any, **facts: Any) -> OrderFacts:
    usual = {"paid": True, "keep": 0, "cancelled_by": "customer", "reason": "late", "responsible": "customer"}
    order: OrderFacts = bistro.order("cancelling", **usual | facts)
    return order


@pytest.mark.parametrize(
    ("first", "second"), [("payment.refunded", "delivery.cancelled"), ("delivery.cancelled", "payment.voided")]
)
def test_a_cancellation_completes_when_both_services_confirmed(
    bistro: Any, case: Case, first: str, second: str
) -> None:
    order = cancelling(bistro, needs_attention=True)
    half = case.on(order, first)
    assert (half.row.status, half.row.needs_attention, names(half), half.stopped) == (
        "cancelling",
        True,
        [],
        frozenset(),
    )
    end = case.on(half.row, second)

    assert (end.row.status, end.row.version, end.row.needs_attention) == ("cancelled", 8, False)
    assert [(row.trigger, row.event) for row in end.history] == [(second, None), ("closed", "order.cancelled")]
    ((event, sequence),) = end.events
    assert (event.model_dump()["responsible"], sequence) == ("customer", 8)
    assert end.stopped == {Timer("cancelling.stuck", order.id)}


def test_a_cancel_after_a_full_refund_waits_only_for_the_delivery(bistro: Any, case: Case) -> None:
    order = bistro.order("paid", payment_closed=True)
    decision = case.decide(order, "cancel", Cancel(Party.ADMIN, "fraud"))
    assert decision.row.status == "cancelling"

    assert case.on(decision.row, "delivery.cancelled").row.status == "cancelled"


@pytest.mark.parametrize(
    ("cause", "refunded", "closed"),
    [("cancel", 0, True), ("an admin's", 4247, False), ("an admin's", 4248, True), ("an admin's", 4249, True)],
)
def test_a_refund_closes_the_payment_if_it_is_of_the_cancel_or_complete(
    bistro: Any, case: Case, cause: str, refunded: int, closed: bool
) -> None:
    decision = case.on(cancelling(bistro), "payment.refunded", cause=cause, refunded=refunded)

    assert decision.row.payment_closed is closed
    assert len(decision.history) == closed


@pytest.mark.parametrize(
    ("trigger", "facts"),
    [
        ("payment.voided", {"payment_closed": True}),
        ("payment.declined", {"payment_closed": True}),
        ("payment.capture_failed", {"payment_closed": True}),
        ("delivery.cancelled", {"delivery_closed": True}),
        ("delivery.no_driver", {"delivery_closed": True}),
        ("delivery.delivered", {"delivery_closed": True}),
        ("delivery.undeliverable", {"delivery_closed": True}),
        ("payment.authorized", {}),
        ("payment.completed", {}),
        ("delivery.assigned", {}),
        ("delivery.unassigned", {}),
        ("delivery.picked_up", {}),
    ],
)
def test_an_event_during_a_cancellation_only_closes_its_part(
    bistro: Any, case: Case, trigger: str, facts: dict[str, Any]
) -> None:
    order = cancelling(bistro)
    decision = case.on(order, trigger)

    assert changes(order, decision.row) == facts
    assert (decision.row.version, names(decision)) == (5 + len(facts), [])


def test_a_closed_payment_and_delivery_stay_closed(bistro: Any, case: Case) -> None:
    order = bistro.order("placed", "accepted", payment_closed=True, delivery_closed=True)
    decision = case.on(order, "payment.completed")

    assert changes(order, decision.row) == {"paid": True}


@pytest.mark.parametrize("status", ["cancelled", "payment_failed", "rejected", "delivered", "undeliverable"])
def test_an_ended_order_never_changes(bistro: Any, case: Case, status: str) -> None:
    trigger = "payment.refunded" if status in {"delivered", "undeliverable"} else "payment.voided"
    order = bistro.order(status)

    assert case.on(order, trigger) == Decision(order)


def test_delivery_events_after_a_lost_delivery_change_nothing(bistro: Any, case: Case) -> None:
    order = case.decide(bistro.order("picked_up"), "delivery.lost").row

    for trigger in ("delivery.delivered", "delivery.undeliverable"):
        assert case.on(order, trigger) == Decision(order)


def test_a_lost_driver_is_recorded_once(bistro: Any, case: Case) -> None:
    order = bistro.order("assigned")
    lost = case.on(order, "delivery.unassigned")
    assert changes(order, lost.row) == {"driver_id": None, "lost_drivers": [bistro.driver]}
    assert names(lost) == ["order.driver_lost"]

    assert case.on(lost.row, "delivery.unassigned") == Decision(lost.row)
    assert case.on(lost.row, "delivery.assigned") == Decision(lost.row)
    other = case.on(lost.row, "delivery.assigned", driver_id=new_id())
    assert (other.row.status, other.row.lost_drivers) == ("assigned", [bistro.driver])
    again = case.on(other.row, "delivery.unassigned", driver_id=other.row.driver_id)
    assert again.row.lost_drivers == [bistro.driver, other.row.driver_id]


@pytest.mark.parametrize("status", ["paid", "assigned", "picked_up"])
def test_a_late_event_about_an_earlier_driver_is_only_recorded(bistro: Any, case: Case, status: str) -> None:
    order, earlier = bistro.order(status), new_id()
    decision = case.on(order, "delivery.unassigned", driver_id=earlier)

    assert changes(order, decision.row) == {"lost_drivers": [earlier]}
    assert (decision.row.version, decision.row.status, decision.events) == (6, status, ())


REPEATS: list[tuple[str, str]] = [
    *((status, "payment.authorized") for status in ("placed", "rejected", "paid", "assigned", "picked_up")),
    *((status, "payment.authorized") for status in ("delivered", "undeliverable")),
    *((status, "payment.completed") for status in ("paid", "assigned", "picked_up", "delivered", "undeliverable")),
    *((status, "delivery.assigned") for status in ("assigned", "picked_up", "delivered", "undeliverable")),
    *((status, "delivery.picked_up") for status in ("picked_up", "delivered", "undeliverable")),
    ("delivered", "delivery.delivered"),
    ("undeliverable", "delivery.undeliverable"),
]


@pytest.mark.parametrize(("status", "trigger"), REPEATS)
def test_a_repeated_event_changes_nothing(bistro: Any, case: Case, status: str, trigger: str) -> None:
    order = bistro.order(status)

    assert case.on(order, trigger) == Decision(order)


@pytest.mark.parametrize(
    ("status", "trigger", "changed"),
    [
        ("placed", "payment.authorized", {"amount": 1}),
        ("paid", "payment.completed", {"currency": "USD"}),
        ("assigned", "delivery.assigned", {"driver_id": new_id()}),
        ("picked_up", "delivery.picked_up", {"delivery_id": new_id()}),
        ("delivered", "delivery.delivered", {"driver_id": new_id()}),
        ("undeliverable", "delivery.undeliverable", {"delivery_id": new_id()}),
    ],
)
def test_a_repeated_event_that_contradicts_the_order_is_refused(
    bistro: Any, case: Case, status: str, trigger: str, changed: dict[str, Any]
) -> None:
    with pytest.raises(IllegalTransitionError):
        case.on(bistro.order(status), trigger, **changed)


@pytest.mark.parametrize(
    ("status", "trigger"),
    [
        ("pending", "payment.completed"),
        ("pending", "delivery.assigned"),
        ("placed", "payment.completed"),
        ("paid", "delivery.picked_up"),
        ("assigned", "delivery.delivered"),
        ("undeliverable", "payment.declined"),
        ("rejected", "payment.completed"),
    ],
)
def test_an_early_event_is_refused(bistro: Any, case: Case, status: str, trigger: str) -> None:
    with pytest.raises(IllegalTransitionError):
        case.on(bistro.order(status), trigger)


def test_every_end_without_delivery_has_a_responsible_party(bistro: Any, case: Case) -> None:
    ends: list[tuple[OrderFacts, str, Any]] = [
        (bistro.order("pending"), "payment.declined", None),
        (bistro.order("pending"), "payment.unanswered", None),
        (bistro.order("placed"), "restaurant.silent", None),
        (bistro.order("placed"), "owner.erased", None),
        (bistro.order("placed"), "reject", Reject("closing")),
        (bistro.order("picked_up"), "delivery.undeliverable", None),
        (bistro.order("picked_up"), "delivery.lost", None),
    ]
    others = {"payment.declined", "delivery.undeliverable"}
    for order, trigger, command in ends:
        event: Event | Any = bistro.event(trigger, order) if trigger in others else command
        ((published, _),) = case.decide(order, trigger, event).events
        assert published.model_dump()["responsible"] in {"customer", "restaurant", "courier", "platform"}
