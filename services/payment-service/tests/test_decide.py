"""The decisions for each trigger: facts, records, events, timers and requests to the provider."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID, uuid5

import pytest

from foodchassis import Event
from foodchassis.kernel import Decision, Effect, IllegalTransitionError, Timer
from payment_service.decide import DECISIONS, decide
from payment_service.errors import HoldMismatchError, PaymentNotFoundError, RefundTooLargeError, RefundTooLateError
from payment_service.machine import PAYMENT
from payment_service.models import PaymentFacts, PaymentStatus, RefundFacts
from payment_service.rules import ledger
from payment_service.rules.cases import Attention
from payment_service.rules.commands import Answer, RefundWanted, Settle
from payment_service.rules.policy import Policy
from payment_service.rules.sharing import Shares

if TYPE_CHECKING:
    from conftest import Order

Taken: TypeAlias = Decision[PaymentFacts]
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
POLICY = Policy(*(timedelta(seconds=n) for n in (11, 22, 33, 44, 55)))
PAYMENT_ID, OTHER, SETTLEMENT, DRIVER = UUID(int=2), UUID(int=7), UUID(int=8), UUID(int=9)
SILENT, UNUSED, ENDLESS = (Timer(name, PAYMENT_ID) for name in ("provider.silent", "hold.unused", "ending.unknown"))
CANCEL_ID, UNDELIVERABLE_ID = uuid5(PAYMENT_ID, "cancel"), uuid5(PAYMENT_ID, "undeliverable")
ENDED = ("declined", "voided", "capture_failed")
CLOSES = ("rejected", "payment_failed", "cancel_requested")


def a_payment(status: str = "authorizing", **facts: Any) -> PaymentFacts:
    usual: dict[str, Any] = {
        "id": PAYMENT_ID, "order_id": UUID(int=3), "customer_id": UUID(int=4), "restaurant_id": UUID(int=5),
        "amount": 2790, "subtotal": 2000, "delivery_fee": 300, "service_fee": 100, "tax": 240, "tip": 150,
        "currency": "EUR", "status": PaymentStatus(status), "version": 5, "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip
    if status not in {"authorizing", "declined"}:
        usual["hold"] = "h"
    if status in {"captured", "partially_refunded", "refunded"}:
        usual["captured_at"] = NOW
    return PaymentFacts(**{**usual, **facts})


def a_refund(number: int = 7, amount: int = 1000, **facts: Any) -> RefundFacts:
    usual: dict[str, Any] = {
        "id": UUID(int=number), "payment_id": PAYMENT_ID, "cause": str(UUID(int=number)), "request": UUID(int=number),
        "amount": amount, "currency": "EUR", "reason": "cold", "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip
    return RefundFacts(**{**usual, **facts})


def the_cancel(amount: int = 2790, **facts: Any) -> RefundFacts:
    return a_refund(amount=amount, **{
        "id": CANCEL_ID, "cause": "cancel", "request": None, "reason": "cancel", **facts,
    })  # fmt: skip


def of(payment: PaymentFacts, event: Event) -> Event:
    """Return an event about the order of `payment`."""
    return event.model_copy(update={"order_id": payment.order_id})


def decide_on(payment: PaymentFacts | None, trigger: str | Event, event: Any = None) -> Taken:
    event, name = (trigger, trigger.routing_key) if isinstance(trigger, Event) else (event, trigger)
    return decide(payment, name, event=event, now=NOW + timedelta(seconds=1), policy=POLICY)


def respond(payment: PaymentFacts, trigger: str, refusal: str | None = None) -> Taken:
    return decide_on(payment, f"provider.{trigger}", Answer(f"{payment.id}:{payment.asking}", "h", refusal))


def changes(before: PaymentFacts, decision: Taken) -> dict[str, Any]:
    """Return the facts that a decision changed, except the time of the change."""
    pairs = dict(before), dict(decision.row)
    return {name: pairs[1][name] for name in pairs[0] if pairs[0][name] != pairs[1][name] and name != "updated_at"}


def published(decision: Taken) -> list[tuple[str, int]]:
    return [(one.event.routing_key, one.sequence) for one in decision.events]


def request_to_provider(operation: str, amount: int = 0, *, part: str = "", **facts: Any) -> Effect:
    return Effect(
        f"{PAYMENT_ID}:{operation}{part}", "provider", PAYMENT_ID,
        {"operation": operation, "amount": amount, "currency": "EUR", "hold": "h", "method": None, **facts},
        (f"customer:{UUID(int=4)}", f"restaurant:{UUID(int=5)}"),
    )  # fmt: skip


def unchanged(payment: PaymentFacts, decision: Taken) -> bool:
    return decision == Decision(payment)


@pytest.fixture
def accepted() -> Callable[..., Event]:
    from foodevents import OrderAccepted  # noqa: PLC0415 - only here

    def made(total: int = 2790, currency: str = "EUR") -> Event:
        return OrderAccepted(
            order_id=UUID(int=3), restaurant_id=UUID(int=5), total=total, currency=currency, ready_at=NOW
        )

    return made


class TestCreation:
    def test_a_payment_is_stored_with_the_request_for_its_hold(self, order: "Order") -> None:
        decision = decide_on(None, order.created)

        payment, created = decision.row, order.created
        assert payment == PaymentFacts(
            id=UUID(int=created.order_id.int ^ 1), order_id=created.order_id, customer_id=created.customer_id,
            restaurant_id=created.restaurant_id, amount=2350, subtotal=2000, delivery_fee=200, service_fee=100, tax=50,
            tip=0, currency="EUR", status=PaymentStatus.AUTHORIZING, asking="authorize", version=1,
            created_at=NOW + timedelta(seconds=1), updated_at=NOW + timedelta(seconds=1),
        )  # fmt: skip
        assert decision.effects == (
            Effect(
                f"{payment.id}:authorize", "provider", payment.id,
                {"operation": "authorize", "amount": 2350, "currency": "EUR", "hold": None, "method": "tok_ok"},
                (f"customer:{created.customer_id}", f"restaurant:{created.restaurant_id}"),
            ),
        )  # fmt: skip
        assert decision.started == {Timer("provider.silent", payment.id): POLICY.provider_silence}
        assert (decision.events, decision.history, set(decision.stopped)) == ((), (), set())

    def test_repeats_get_the_same_uuid_with_the_time_of_the_order(self, order: "Order") -> None:
        first, again = decide_on(None, order.created).row.id, decide_on(None, order.created).row.id

        assert first == again != order.id
        assert (first.version, first.bytes[:6]) == (7, order.id.bytes[:6])

    @pytest.mark.parametrize("status", [status for status in PaymentStatus if status != "authorizing"])
    def test_a_repeat_changes_nothing(self, order: "Order", status: str) -> None:
        payment = a_payment(status)

        assert unchanged(payment, decide_on(payment, order.created))

    def test_a_repeat_during_a_request_changes_nothing(self, order: "Order") -> None:
        payment = a_payment(asking="authorize")

        assert unchanged(payment, decide_on(payment, order.created))

    def test_a_request_that_the_previous_release_did_not_send_is_sent(self, order: "Order") -> None:
        payment = a_payment()

        decision = decide_on(payment, order.created)

        assert changes(payment, decision) == {"asking": "authorize"}
        assert decision.effects == (request_to_provider("authorize", 2790, hold=None, method="tok_ok"),)
        assert decision.started == {SILENT: POLICY.provider_silence}

    def test_a_request_without_a_restaurant_is_grouped_by_customer(self, order: "Order") -> None:
        decision = decide_on(a_payment(restaurant_id=None), order.created)

        assert decision.effects[0].groups == (f"customer:{UUID(int=4)}",)

    @pytest.mark.parametrize("trigger", [trigger for trigger in DECISIONS if trigger != "order.created"])
    def test_no_other_trigger_creates_a_payment(self, order: "Order", trigger: str) -> None:
        with pytest.raises(PaymentNotFoundError):
            decide_on(None, trigger, order.rejected)


class TestHold:
    asking = a_payment(asking="authorize")

    def test_a_hold_is_published(self) -> None:
        decision = respond(self.asking, "authorized")

        assert changes(self.asking, decision) == {"asking": None, "status": "authorized", "hold": "h", "version": 6}
        assert decision.row.updated_at == NOW + timedelta(seconds=1)
        (announced,) = decision.events
        assert announced.event.model_dump() == {
            "payment_id": PAYMENT_ID, "order_id": UUID(int=3), "amount": 2790, "currency": "EUR",
        }  # fmt: skip
        assert published(decision) == [("payment.authorized", 6)]
        assert (decision.started, set(decision.stopped)) == ({UNUSED: POLICY.hold_unused}, {SILENT})
        assert (decision.effects, decision.history) == ((), ())

    def test_a_refused_card_is_published(self) -> None:
        decision = respond(self.asking, "declined", "no_money")

        assert changes(self.asking, decision) == {
            "asking": None, "status": "declined", "hold": "h", "reason": "no_money", "version": 6,
        }  # fmt: skip
        assert decision.events[0].event.model_dump() == {
            "payment_id": PAYMENT_ID, "order_id": UUID(int=3), "reason": "no_money",
        }  # fmt: skip
        assert (decision.started, set(decision.stopped), decision.effects) == ({}, {SILENT}, ())

    def test_the_hold_of_an_order_closed_meanwhile_is_voided(self) -> None:
        payment = a_payment(asking="authorize", closing="cancel", keep=0)

        decision = respond(payment, "authorized")

        assert (decision.row.status, decision.row.asking) == ("authorized", "void")
        assert published(decision) == [("payment.authorized", 6)]
        assert decision.effects == (request_to_provider("void"),)
        assert decision.started == {SILENT: POLICY.provider_silence, UNUSED: POLICY.hold_unused}
        assert set(decision.stopped) == set()

    def test_a_declined_card_needs_no_void_for_an_order_closed_meanwhile(self) -> None:
        decision = respond(a_payment(asking="authorize", closing="cancel", keep=0), "declined", "no")

        assert (decision.row.status, decision.row.closing, decision.row.keep) == ("declined", None, None)
        assert decision.effects == ()

    def test_an_undeliverable_order_keeps_its_hold_until_the_acceptance(self) -> None:
        decision = respond(a_payment(asking="authorize", closing="undeliverable", keep=0), "authorized")

        assert (decision.row.closing, decision.row.asking, decision.effects) == ("undeliverable", None, ())

    @pytest.mark.parametrize("key", ["authorize", "void", f"refund:{OTHER}:1", None])
    @pytest.mark.parametrize("trigger", [trigger for trigger in DECISIONS if trigger.startswith("provider.")])
    def test_a_response_to_another_request_changes_nothing(self, trigger: str, key: str | None) -> None:
        payment = a_payment("captured", asking="capture")
        if trigger == "provider.silent":
            return

        assert unchanged(payment, decide_on(payment, trigger, Answer(f"{PAYMENT_ID}:{key}", "h")))
        assert unchanged(payment, decide_on(payment, trigger, Answer(f"{OTHER}:capture", "h")))


class TestCapture:
    def test_an_accepted_order_is_captured_in_full(self, accepted: Callable[..., Event]) -> None:
        payment = a_payment("authorized")

        decision = decide_on(payment, accepted())

        assert changes(payment, decision) == {"asking": "capture"}
        assert decision.row.updated_at == NOW
        assert decision.effects == (request_to_provider("capture", 2790),)
        assert (decision.started, set(decision.stopped)) == ({SILENT: POLICY.provider_silence}, set())
        assert (decision.events, decision.history) == ((), ())

    @pytest.mark.parametrize(("total", "currency"), [(2791, "EUR"), (2789, "EUR"), (2790, "USD")])
    def test_another_amount_than_the_hold_is_refused(
        self, accepted: Callable[..., Event], total: int, currency: str
    ) -> None:
        with pytest.raises(HoldMismatchError, match=f"^{total} {currency} asked, 2790 EUR held.$"):
            decide_on(a_payment("authorized"), accepted(total, currency))

    @pytest.mark.parametrize("status", ["captured", "partially_refunded", "refunded", "capture_failed", "voided"])
    def test_an_answered_capture_is_not_requested_again(self, accepted: Callable[..., Event], status: str) -> None:
        payment = a_payment(status)

        assert unchanged(payment, decide_on(payment, accepted()))

    @pytest.mark.parametrize("asking", ["capture", "void"])
    def test_an_open_request_is_not_sent_again(self, accepted: Callable[..., Event], asking: str) -> None:
        payment = a_payment("authorized", asking=asking)

        assert unchanged(payment, decide_on(payment, accepted()))

    @pytest.mark.parametrize(("status", "asking"), [("authorizing", "authorize"), ("declined", None)])
    def test_an_acceptance_without_a_hold_is_refused(
        self, accepted: Callable[..., Event], status: str, asking: str | None
    ) -> None:
        with pytest.raises(IllegalTransitionError, match=f"provider.captured is not possible while .* is {status}"):
            decide_on(a_payment(status, asking=asking), accepted())

    def test_a_capture_is_booked_and_published(self) -> None:
        payment = a_payment("authorized", asking="capture", reason="before")

        decision = respond(payment, "captured")

        assert changes(payment, decision) == {
            "asking": None, "status": "captured", "captured_at": NOW + timedelta(seconds=1), "version": 6,
            "reason": None,
        }  # fmt: skip
        assert published(decision) == [("payment.completed", 6)]
        assert decision.history == (ledger.capture(2790),)
        assert (decision.started, set(decision.stopped)) == ({ENDLESS: POLICY.ending_unknown}, {SILENT, UNUSED})
        assert decision.effects == ()

    @pytest.mark.parametrize(("keep", "back"), [(0, 2790), (2000, 790)])
    def test_a_cancel_during_the_capture_is_applied_afterwards(self, keep: int, back: int) -> None:
        decision = respond(a_payment("authorized", asking="capture", closing="cancel", keep=keep), "captured")

        assert published(decision) == [("payment.completed", 6)]
        assert decision.history == (ledger.capture(2790), after(the_cancel(back)))
        assert decision.effects == (request_to_provider("refund", back, part=f":{CANCEL_ID}:1"),)
        assert decision.row.asking == f"refund:{CANCEL_ID}:1"
        assert decision.started == {SILENT: POLICY.provider_silence, ENDLESS: POLICY.ending_unknown}
        assert set(decision.stopped) == {UNUSED}

    def test_a_payment_captured_after_the_end_of_its_order_has_no_deadline(self) -> None:
        decision = respond(a_payment("authorized", asking="capture", ending="undeliverable"), "captured")

        assert (decision.started, set(decision.stopped)) == ({}, {SILENT, UNUSED})

    @pytest.mark.parametrize("closing", [None, "cancel"])
    def test_the_hold_of_a_refused_capture_is_voided(self, closing: str | None) -> None:
        payment = a_payment("authorized", asking="capture", closing=closing, keep=0 if closing else None)

        decision = respond(payment, "capture_refused", "stolen")

        row = decision.row
        assert (row.status, row.reason, row.asking, row.version) == ("capture_failed", "stolen", "void", 6)
        assert (row.closing, row.keep) == (None, None)
        assert published(decision) == [("payment.capture_failed", 6)]
        assert decision.effects == (request_to_provider("void"),)
        assert (decision.started, set(decision.stopped)) == ({SILENT: POLICY.provider_silence}, {UNUSED})

    def test_the_void_after_a_refused_capture_is_not_published(self) -> None:
        payment = a_payment("capture_failed", asking="void", reason="stolen")

        decision = respond(payment, "voided")

        assert changes(payment, decision) == {"asking": None}
        assert (decision.events, decision.history, set(decision.stopped)) == ((), (), {SILENT})

    def test_a_hold_that_cannot_be_voided_needs_attention(self) -> None:
        payment = a_payment("capture_failed", asking="void", closing="cancel", keep=0)

        decision = respond(payment, "void_refused", "gone")

        assert changes(payment, decision) == {"asking": None, "closing": None, "keep": None}
        assert (decision.events, decision.history) == ((), (Attention("hold_kept", "gone"),))


class TestClose:
    @pytest.mark.parametrize("why", CLOSES)
    def test_a_hold_is_voided(self, order: "Order", why: str) -> None:
        payment = a_payment("authorized")

        decision = decide_on(payment, close(order, why, 9))

        assert changes(payment, decision) == {"asking": "void", "closing": "cancel", "keep": kept(why, 9)}
        assert decision.effects == (request_to_provider("void"),)
        assert (decision.events, decision.history) == ((), ())

    @pytest.mark.parametrize("why", CLOSES)
    @pytest.mark.parametrize("status", ENDED)
    def test_a_close_without_a_hold_changes_nothing(self, order: "Order", status: str, why: str) -> None:
        payment = a_payment(status)

        assert unchanged(payment, decide_on(payment, close(order, why)))

    @pytest.mark.parametrize("why", CLOSES)
    @pytest.mark.parametrize(
        ("status", "asking"),
        [("authorizing", "authorize"), ("authorized", "capture"), ("authorized", "void"), ("captured", "refund:x:1")],
    )
    def test_a_close_waits_for_an_open_request(self, order: "Order", status: str, asking: str, why: str) -> None:
        payment = a_payment(status, asking=asking)

        decision = decide_on(payment, close(order, why, 9))

        assert changes(payment, decision) == {"closing": "cancel", "keep": kept(why, 9)}
        assert (decision.effects, decision.started, set(decision.stopped)) == ((), {}, set())

    def test_a_close_waits_for_a_request_of_the_previous_release(self, order: "Order") -> None:
        decision = decide_on(a_payment(), order.rejected)

        assert (decision.row.closing, decision.row.asking, decision.effects) == ("cancel", None, ())

    def test_a_voided_hold_is_published(self) -> None:
        payment = a_payment("authorized", asking="void", closing="cancel", keep=3)

        decision = respond(payment, "voided")

        assert changes(payment, decision) == {
            "asking": None, "closing": None, "keep": None, "status": "voided", "version": 6,
        }  # fmt: skip
        assert published(decision) == [("payment.voided", 6)]
        assert (decision.started, set(decision.stopped), decision.effects) == ({}, {SILENT, UNUSED}, ())

    def test_a_refused_void_keeps_the_payment_and_needs_attention(self) -> None:
        payment = a_payment("authorized", asking="void", closing="cancel", keep=3)

        decision = respond(payment, "void_refused", "gone")

        assert changes(payment, decision) == {"asking": None, "closing": None, "keep": None}
        assert (decision.events, decision.effects) == ((), ())
        assert decision.history == (Attention("hold_kept", "gone"),)
        assert (decision.started, set(decision.stopped)) == ({}, {SILENT})

    @pytest.mark.parametrize(
        ("status", "refunded", "keep", "back"),
        [
            ("captured", 0, 0, 2790), ("captured", 0, 2000, 790), ("captured", 0, 2789, 1),
            ("partially_refunded", 1000, 0, 1790), ("partially_refunded", 1000, 1000, 790),
        ],
    )  # fmt: skip
    def test_all_but_the_kept_amount_is_refunded(
        self, order: "Order", status: str, refunded: int, keep: int, back: int
    ) -> None:
        payment = a_payment(status, refunded=refunded)

        decision = decide_on(payment, order.cancel_requested(keep))

        refund = after(the_cancel(back))
        assert changes(payment, decision) == {
            "closing": "cancel", "keep": keep, "asking": f"refund:{CANCEL_ID}:1", "refunds": (refund,),
        }  # fmt: skip
        assert decision.history == (refund,)
        assert decision.effects == (request_to_provider("refund", back, part=f":{CANCEL_ID}:1"),)
        assert (decision.events, decision.started) == ((), {SILENT: POLICY.provider_silence})

    @pytest.mark.parametrize(
        ("status", "refunded", "keep"),
        [("captured", 0, 2790), ("captured", 0, 9999), ("partially_refunded", 1000, 2000), ("refunded", 2790, 0)],
    )
    def test_a_refund_of_zero_is_published_when_everything_is_kept(
        self, order: "Order", status: str, refunded: int, keep: int
    ) -> None:
        payment = a_payment(status, refunded=refunded, reason="before")

        decision = decide_on(payment, order.cancel_requested(keep))

        refund = after(the_cancel(0, status="done"))
        assert changes(payment, decision) == {"version": 6, "refunds": (refund,), "reason": None}
        assert decision.history == (refund,)
        assert published(decision) == [("payment.refunded", 6)]
        data = decision.events[0].event.model_dump()
        assert (data["amount"], data["refunded"], data["cause"]) == (0, refunded, "cancel")
        assert (decision.effects, set(decision.stopped)) == ((), {Timer("refund.unfinished", CANCEL_ID)})

    @pytest.mark.parametrize("status", ["captured", "partially_refunded", "refunded"])
    def test_an_order_is_closed_once(self, order: "Order", status: str) -> None:
        payment = a_payment(status, refunds=(the_cancel(status="done"),))

        assert unchanged(payment, decide_on(payment, order.rejected))

    def test_a_refused_refund_is_retried_on_request_of_the_order(self, order: "Order") -> None:
        refused = the_cancel(2790, status="refused", refusal="no", attempt=2)
        payment = a_payment("captured", closing="cancel", keep=0, refunds=(a_refund(status="done"), refused))

        decision = decide_on(payment, order.cancel_requested(90))

        again = refused.model_copy(update={
            "status": "asked", "attempt": 3, "refusal": None, "amount": 2700, "updated_at": NOW + timedelta(seconds=1),
        })  # fmt: skip
        assert decision.row.refunds == (a_refund(status="done"), again)
        assert decision.history == (again,)
        assert decision.effects == (request_to_provider("refund", 2700, part=f":{CANCEL_ID}:3"),)


class TestRefunds:
    wanted = RefundWanted(OTHER, 1000, "cold")

    def test_an_admins_refund_is_stored_and_requested(self) -> None:
        payment = a_payment("captured")

        decision = decide_on(payment, "refund", self.wanted)

        refund = after(a_refund())
        assert changes(payment, decision) == {"asking": f"refund:{OTHER}:1", "refunds": (refund,)}
        assert decision.history == (refund,)
        assert decision.effects == (request_to_provider("refund", 1000, part=f":{OTHER}:1"),)

    @pytest.mark.parametrize(("refunded", "back"), [(0, 2790), (2789, 1)])
    def test_a_refund_without_an_amount_returns_the_remainder(self, refunded: int, back: int) -> None:
        decision = decide_on(a_payment("captured", refunded=refunded), "refund", RefundWanted(OTHER, None, "cold"))

        assert decision.history == (after(a_refund(amount=back)),)

    @pytest.mark.parametrize("known", [{}, {"id": UUID(int=99)}, {"request": None}])
    @pytest.mark.parametrize("status", ["asked", "done", "refused"])
    def test_a_repeated_refund_changes_nothing(self, known: dict[str, Any], status: str) -> None:
        payment = a_payment("captured", refunds=(a_refund(1), a_refund(**known, status=status)))

        assert unchanged(payment, decide_on(payment, "refund", self.wanted))

    def test_the_next_refund_waits_for_the_response_to_the_first(self) -> None:
        first = a_refund(1, 1790)
        payment = a_payment("captured", asking="refund:x:1", refunds=(first,))

        decision = decide_on(payment, "refund", self.wanted)

        assert (decision.row.refunds, decision.row.asking) == ((first, after(a_refund())), "refund:x:1")
        assert (decision.effects, decision.history) == ((), (after(a_refund()),))

    @pytest.mark.parametrize(
        ("amount", "refunded", "on_its_way", "left"),
        [(2791, 0, 0, 2790), (1791, 1000, 0, 1790), (1000, 0, 1791, 999), (None, 0, 2790, 0), (1, 0, 2790, 0)],
    )
    def test_a_refund_of_more_than_the_remainder_is_refused(
        self, amount: int | None, refunded: int, on_its_way: int, left: int
    ) -> None:
        before = (a_refund(1, on_its_way),) if on_its_way else ()
        payment = a_payment("captured", refunded=refunded, refunds=(*before, a_refund(2, 9999, status="refused")))

        with pytest.raises(RefundTooLargeError, match=f"exceeds the remaining {left} EUR, in minor units.$"):
            decide_on(payment, "refund", RefundWanted(OTHER, amount, "cold"))

    def test_the_whole_remainder_may_be_refunded(self) -> None:
        assert decide_on(a_payment("captured"), "refund", RefundWanted(OTHER, 2790, "cold")).effects

    def test_a_refund_after_its_window_is_refused(self) -> None:
        in_time, late = (NOW + timedelta(seconds=1) - POLICY.refund_window - timedelta(0, 0, us) for us in (0, 1))

        assert decide_on(a_payment("captured", captured_at=in_time), "refund", self.wanted).effects
        with pytest.raises(RefundTooLateError, match=r"captured more than 0:00:11 ago\.$"):
            decide_on(a_payment("captured", captured_at=late), "refund", self.wanted)

    @pytest.mark.parametrize(
        "status", ["authorizing", "authorized", "declined", "capture_failed", "voided", "refunded"]
    )
    def test_an_uncaptured_payment_is_not_refunded(self, status: str) -> None:
        with pytest.raises(IllegalTransitionError, match=f"is {status}"):
            decide_on(a_payment(status), "refund", self.wanted)

    @pytest.mark.parametrize(
        ("before", "amount", "status"),
        [
            (0, 1000, "partially_refunded"),
            (1790, 1000, "refunded"),
            (0, 2790, "refunded"),
            (1, 2788, "partially_refunded"),
        ],
    )
    def test_a_successful_refund_is_booked_and_published(self, before: int, amount: int, status: str) -> None:
        payment = a_payment(
            "partially_refunded" if before else "captured", refunded=before, reason="before",
            asking=f"refund:{OTHER}:1", refunds=(a_refund(1, status="done"), a_refund(amount=amount)),
        )  # fmt: skip

        decision = respond(payment, "refunded")

        done = a_refund(amount=amount, status="done", updated_at=NOW + timedelta(seconds=1))
        row = decision.row
        assert (row.status, row.refunded, row.asking, row.version, row.reason) == (
            status, before + amount, None, 6, None,
        )  # fmt: skip
        assert row.refunds == (a_refund(1, status="done"), done)
        assert decision.history == (done, ledger.refund(OTHER, amount))
        assert decision.events[0].event.model_dump() == {
            "payment_id": PAYMENT_ID, "order_id": UUID(int=3), "amount": amount, "refunded": before + amount,
            "currency": "EUR", "cause": str(OTHER),
        }  # fmt: skip
        assert published(decision) == [("payment.refunded", 6)]
        ended = {ENDLESS} if status == "refunded" else set()
        assert set(decision.stopped) == {SILENT, Timer("refund.unfinished", OTHER), *ended}
        assert (decision.started, decision.effects) == ({}, ())

    def test_a_refused_refund_is_published_and_needs_attention(self) -> None:
        payment = a_payment("captured", asking=f"refund:{OTHER}:1", refunds=(a_refund(),))

        decision = respond(payment, "refund_refused", "no")

        refused = a_refund(status="refused", refusal="no", updated_at=NOW + timedelta(seconds=1))
        assert changes(payment, decision) == {"asking": None, "reason": "no", "version": 6, "refunds": (refused,)}
        assert decision.history == (refused, Attention("refund_refused", "no"))
        assert decision.events[0].event.model_dump() == {
            "payment_id": PAYMENT_ID, "order_id": UUID(int=3), "amount": 1000, "currency": "EUR", "reason": "no",
        }  # fmt: skip
        assert published(decision) == [("payment.refund_failed", 6)]
        assert (decision.started, set(decision.stopped), decision.effects) == ({}, {SILENT}, ())

    @pytest.mark.parametrize(("trigger", "refusal"), [("refunded", None), ("refund_refused", "no")])
    def test_the_next_refund_is_requested_after_the_response(self, trigger: str, refusal: str | None) -> None:
        payment = a_payment(
            "captured", asking=f"refund:{OTHER}:2", closing="cancel", keep=0,
            refunds=(a_refund(attempt=2), a_refund(8, 50), a_refund(9, 60)),
        )  # fmt: skip

        decision = respond(payment, trigger, refusal)

        assert decision.effects == (request_to_provider("refund", 50, part=f":{UUID(int=8)}:1"),)
        assert (decision.row.closing, decision.row.keep) == ("cancel", 0)
        assert (decision.started, set(decision.stopped) - {Timer("refund.unfinished", OTHER)}) == (
            {SILENT: POLICY.provider_silence}, set(),
        )  # fmt: skip

    @pytest.mark.parametrize(("trigger", "refusal", "back"), [("refunded", None, 1790), ("refund_refused", "no", 2790)])
    def test_the_refund_of_the_cancel_is_requested_last(self, trigger: str, refusal: str | None, back: int) -> None:
        payment = a_payment("captured", asking=f"refund:{OTHER}:1", closing="cancel", keep=0, refunds=(a_refund(),))

        decision = respond(payment, trigger, refusal)

        assert decision.effects == (request_to_provider("refund", back, part=f":{CANCEL_ID}:1"),)

    def test_a_completed_cancel_is_cleared(self) -> None:
        payment = a_payment(
            "captured", asking=f"refund:{CANCEL_ID}:1", closing="cancel", keep=790, refunds=(the_cancel(2000),)
        )

        decision = respond(payment, "refunded")

        assert (decision.row.closing, decision.row.keep, decision.row.status) == (None, None, "partially_refunded")
        assert published(decision) == [("payment.refunded", 6)]
        assert decision.events[0].event.model_dump()["cause"] == "cancel"

    def test_a_completed_cancel_is_cleared_although_a_refund_waits(self) -> None:
        payment = a_payment(
            "captured", asking=f"refund:{CANCEL_ID}:1", closing="cancel", keep=790,
            refunds=(the_cancel(1000), a_refund(amount=500)),
        )  # fmt: skip

        decision = respond(payment, "refunded")

        assert (decision.row.closing, decision.row.keep, decision.row.asking) == (None, None, f"refund:{OTHER}:1")

    def test_a_refused_cancel_is_retried_later(self) -> None:
        payment = a_payment(
            "captured", asking=f"refund:{CANCEL_ID}:1", closing="cancel", keep=0, refunds=(the_cancel(),)
        )

        decision = respond(payment, "refund_refused", "no")

        assert (decision.row.closing, decision.row.keep, decision.row.asking) == ("cancel", 0, None)
        assert decision.started == {Timer("refund.unfinished", CANCEL_ID): POLICY.refund_retry}
        assert (set(decision.stopped), decision.effects) == ({SILENT}, ())

    def test_an_admins_refund_after_a_refused_cancel_is_requested_immediately(self) -> None:
        payment = a_payment(
            "captured", asking=f"refund:{CANCEL_ID}:1", closing="cancel", keep=0, refunds=(the_cancel(), a_refund())
        )

        decision = respond(payment, "refund_refused", "no")

        assert decision.effects == (request_to_provider("refund", 1000, part=f":{OTHER}:1"),)
        assert decision.started == {
            Timer("refund.unfinished", CANCEL_ID): POLICY.refund_retry, SILENT: POLICY.provider_silence,
        }  # fmt: skip

    def test_a_refused_refund_is_retried_at_its_deadline(self) -> None:
        refused = the_cancel(status="refused", refusal="no")
        payment = a_payment("captured", closing="cancel", keep=0, refunds=(refused,))

        decision = decide_on(payment, "refund.unfinished")

        assert decision.effects == (request_to_provider("refund", 2790, part=f":{CANCEL_ID}:2"),)

    def test_a_refund_of_the_previous_release_is_requested_at_its_deadline(self) -> None:
        decision = decide_on(a_payment("captured", refunds=(a_refund(),)), "refund.unfinished")

        assert decision.effects == (request_to_provider("refund", 1000, part=f":{OTHER}:1"),)
        assert decision.history == ()

    @pytest.mark.parametrize("facts", [{"closing": "cancel", "asking": "refund:x:1"}, {}])
    def test_a_deadline_without_open_work_changes_nothing(self, facts: dict[str, Any]) -> None:
        payment = a_payment("captured", **facts)

        assert unchanged(payment, decide_on(payment, "refund.unfinished"))


class TestEndings:
    @pytest.mark.parametrize("ending", ["delivered", "cancelled"])
    def test_an_ending_is_recorded(self, order: "Order", ending: str) -> None:
        payment = a_payment("captured", driver_id=DRIVER)
        event = order.delivered() if ending == "delivered" else order.cancelled()

        decision = decide_on(payment, event)

        assert changes(payment, decision) == {"ending": ending}
        assert (decision.started, set(decision.stopped)) == ({}, {ENDLESS})
        assert (decision.events, decision.effects, decision.history) == ((), (), ())

    def test_a_delivered_event_may_name_its_courier(self, order: "Order") -> None:
        payment = a_payment("captured", driver_id=OTHER)

        assert changes(payment, decide_on(payment, order.delivered(DRIVER))) == {
            "ending": "delivered",
            "driver_id": DRIVER,
        }

    def test_a_pick_up_names_the_courier(self, order: "Order") -> None:
        payment = a_payment("authorized")

        assert changes(payment, decide_on(payment, order.picked_up(DRIVER))) == {"driver_id": DRIVER}

    @pytest.mark.parametrize("status", ["captured", "authorized"])
    def test_a_responsible_customer_pays(self, order: "Order", status: str) -> None:
        payment = a_payment(status)

        decision = decide_on(payment, order.undeliverable())

        assert changes(payment, decision) == {"ending": "undeliverable", "responsible": "customer"}
        assert decision.effects == ()

    @pytest.mark.parametrize("responsible", ["restaurant", "courier", "platform"])
    def test_a_customer_who_is_not_responsible_is_refunded(self, order: "Order", responsible: str) -> None:
        payment = a_payment("partially_refunded", refunded=90, driver_id=DRIVER)

        decision = decide_on(payment, order.undeliverable(responsible))

        refund = after(the_cancel(2700, id=UNDELIVERABLE_ID, cause="undeliverable", reason="undeliverable"))
        assert changes(payment, decision) == {
            "ending": "undeliverable", "responsible": responsible, "closing": "undeliverable", "keep": 0,
            "asking": f"refund:{UNDELIVERABLE_ID}:1", "refunds": (refund,),
        }  # fmt: skip
        assert decision.history == (refund,)
        assert decision.effects == (request_to_provider("refund", 2700, part=f":{UNDELIVERABLE_ID}:1"),)

    def test_a_closed_payment_keeps_its_cause(self, order: "Order") -> None:
        payment = a_payment("captured", asking="refund:x:1", closing="cancel", keep=7)

        decision = decide_on(payment, order.undeliverable("courier"))

        assert changes(payment, decision) == {"ending": "undeliverable", "responsible": "courier"}

    @pytest.mark.parametrize("asking", [None, "capture"])
    def test_an_undeliverable_order_before_the_capture_only_sets_the_closing(
        self, order: "Order", asking: str | None
    ) -> None:
        decision = decide_on(a_payment("authorized", asking=asking), order.undeliverable("courier"))

        assert (decision.row.closing, decision.row.keep, decision.row.asking) == ("undeliverable", 0, asking)
        assert decision.effects == ()

    def test_a_repeated_undeliverable_event_refunds_nothing(self, order: "Order") -> None:
        done = the_cancel(id=UNDELIVERABLE_ID, cause="undeliverable", status="done")
        payment = a_payment("refunded", refunded=2790, ending="undeliverable", responsible="courier", refunds=(done,))

        assert unchanged(payment, decide_on(payment, order.undeliverable("courier")))

    def test_an_unknown_responsible_party_is_refused(self, order: "Order") -> None:
        with pytest.raises(ValueError, match="martian"):
            decide_on(a_payment("captured"), order.undeliverable("martian"))


class TestSettlement:
    ended = a_payment("captured", ending="delivered", driver_id=DRIVER)
    command = Settle(SETTLEMENT, 1500)

    def test_a_payment_is_settled(self) -> None:
        decision = decide_on(self.ended, "settle", self.command)

        assert changes(self.ended, decision) == {
            "settled_at": NOW + timedelta(seconds=1), "settlement_id": SETTLEMENT, "commission_bp": 1500, "version": 6,
        }  # fmt: skip
        shared = Shares(restaurant=1900, driver=450, platform=400, tax=40)
        assert decision.history == (ledger.settlement(SETTLEMENT, shared, UUID(int=5), DRIVER),)
        assert decision.events[0].event.model_dump() == {
            "payment_id": PAYMENT_ID, "order_id": UUID(int=3), "settlement_id": SETTLEMENT, "restaurant": 1900,
            "driver": 450, "platform": 400, "tax": 40, "currency": "EUR",
        }  # fmt: skip
        assert published(decision) == [("payment.settled", 6)]

    def test_a_refunded_amount_is_not_settled(self) -> None:
        payment = self.ended.model_copy(update={"refunded": 500, "status": PaymentStatus.PARTIALLY_REFUNDED})

        (movement,) = decide_on(payment, "settle", self.command).history

        assert (movement.entries["platform_clearing"], movement.entries[f"restaurant:{UUID(int=5)}"]) == (-2290, 1400)

    def test_the_platform_gets_the_courier_share_without_a_courier(self) -> None:
        payment = a_payment("captured", ending="cancelled")

        (movement,) = decide_on(payment, "settle", self.command).history

        assert (movement.entries["platform"], movement.entries[f"restaurant:{UUID(int=5)}"]) == (850, 1900)
        assert not [account for account in movement.entries if account.startswith("driver")]

    @pytest.mark.parametrize("facts", [{"ending": None}, {"closing": "undeliverable"}])
    def test_an_open_payment_is_not_settled(self, facts: dict[str, Any]) -> None:
        with pytest.raises(IllegalTransitionError):
            decide_on(self.ended.model_copy(update=facts), "settle", self.command)

    def test_a_payment_is_settled_once(self) -> None:
        payment = self.ended.model_copy(update={"settled_at": NOW})

        assert unchanged(payment, decide_on(payment, "settle", self.command))

    def test_a_clawback_uses_the_commission_of_the_settlement(self) -> None:
        payment = self.ended.model_copy(update={
            "settlement_id": SETTLEMENT, "settled_at": NOW, "commission_bp": 1500, "refunded": 1500,
            "status": PaymentStatus.PARTIALLY_REFUNDED, "asking": f"refund:{OTHER}:1", "refunds": (a_refund(),),
        })  # fmt: skip

        decision = respond(payment, "refunded")

        less = Shares(restaurant=-400, driver=-200, platform=-400, tax=0)
        assert decision.history[1:] == (ledger.clawback(OTHER, less, UUID(int=5), DRIVER),)
        assert decision.row.refunded == 2500


class TestDeadlines:
    def test_a_missing_response_needs_attention_and_restarts_the_deadline(self) -> None:
        payment = a_payment("captured", asking="refund:x:1", ending="delivered")

        decision = decide_on(payment, "provider.silent")

        assert decision == Decision(
            payment, (Attention("provider_silent", "refund:x:1"),), started={SILENT: POLICY.provider_silence}
        )

    def test_an_unused_hold_is_voided(self) -> None:
        payment = a_payment("authorized")

        decision = decide_on(payment, "hold.unused")

        assert changes(payment, decision) == {"closing": "cancel", "keep": 0, "asking": "void"}
        assert decision.effects == (request_to_provider("void"),)
        assert decision.history == (Attention("hold_unused"),)
        assert decision.started == {SILENT: POLICY.provider_silence, UNUSED: POLICY.hold_unused}

    def test_the_deadline_of_a_hold_restarts_during_its_capture(self) -> None:
        payment = a_payment("authorized", asking="capture")

        assert decide_on(payment, "hold.unused") == Decision(payment, started={UNUSED: POLICY.hold_unused})

    def test_an_order_without_an_ending_needs_attention_and_restarts_the_deadline(self) -> None:
        payment = a_payment("partially_refunded")

        assert decide_on(payment, "ending.unknown") == Decision(
            payment, (Attention("ending_unknown"),), started={ENDLESS: POLICY.ending_unknown}
        )

    @pytest.mark.parametrize("timer", ["provider.silent", "hold.unused", "ending.unknown"])
    @pytest.mark.parametrize("status", ["declined", "voided", "refunded"])
    def test_a_late_deadline_changes_nothing(self, timer: str, status: str) -> None:
        payment = a_payment(status)

        assert unchanged(payment, decide_on(payment, timer))

    def test_the_deadline_for_an_ending_changes_nothing_after_the_ending(self) -> None:
        payment = a_payment("captured", ending="delivered")

        assert unchanged(payment, decide_on(payment, "ending.unknown"))


def test_every_trigger_of_the_table_has_a_decision() -> None:
    # `closed` is a follow-up and not an external trigger.
    assert set(PAYMENT.triggers) - set(DECISIONS) == {"cancel.kept"}


def test_an_unknown_trigger_is_an_error() -> None:
    with pytest.raises(KeyError):
        decide_on(a_payment(), "order.placed")


def after(refund: RefundFacts) -> RefundFacts:
    """Return a refund with the time at which `decide_on` decides."""
    at = NOW + timedelta(seconds=1)
    return refund.model_copy(update={"created_at": at, "updated_at": at})


def close(order: "Order", why: str, keep: int = 0) -> Event:
    if why == "cancel_requested":
        return order.cancel_requested(keep)
    event: Event = getattr(order, why)
    return event


def kept(why: str, keep: int) -> int:
    return keep if why == "cancel_requested" else 0
