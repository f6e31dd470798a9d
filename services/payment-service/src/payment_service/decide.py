"""Decides what a trigger changes in a payment, including follow-ups.

An operation of the provider is an effect, whose response is the next trigger. A payment has at most one open request,
`asking`. Further refunds wait in `refunds`, and the end of an order in `closing`, until the response arrives. A
response is identified by the request's key, so that a repeated one changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from foodchassis import Event
from foodchassis.kernel import Announcement, Decision, Timer
from foodevents import OrderCreated
from payment_service.errors import HoldMismatchError, PaymentNotFoundError
from payment_service.machine import PAYMENT, TAKEN
from payment_service.models import Ending, Operation, PaymentFacts, PaymentStatus, RefundFacts, Responsible
from payment_service.rules import deadlines, ledger, refunds
from payment_service.rules.cases import Attention, Case
from payment_service.rules.commands import Answer, RefundWanted, Settle
from payment_service.rules.ledger import Movement
from payment_service.rules.policy import Policy
from payment_service.rules.questions import ask, ask_for_refund, key_of
from payment_service.rules.sharing import fewer, shares_of

CANCEL, UNDELIVERABLE = "cancel", "undeliverable"
PARTS = {"restaurant_id", "subtotal", "delivery_fee", "service_fee", "tax", "tip", "prices_include_tax", "fee_tax"}
OPEN: Mapping[str, Any] = {"closing": None, "keep": None}
S = PaymentStatus


def decide(
    payment: PaymentFacts | None,
    trigger: str,
    *,
    event: Event | RefundWanted | Settle | Answer | None,
    now: datetime,
    policy: Policy,
) -> Decision[PaymentFacts]:
    """Return what `trigger` changes: facts, movements and refunds, events, timers, and requests to the provider.

    Raises PaymentNotFoundError and IllegalTransitionError for early triggers, HoldMismatchError,
    RefundTooLateError, RefundTooLargeError.
    """
    if payment is not None:
        decision = DECISIONS[trigger](Case(payment, trigger, event, now, policy))
    elif isinstance(event, OrderCreated):
        decision = _open(event, now)
    else:
        raise PaymentNotFoundError
    started, stopped = deadlines.changed(payment, decision.row, trigger, policy)
    return decision.then(Decision(decision.row, started=started, stopped=stopped))


def _open(order: OrderCreated, now: datetime) -> Decision[PaymentFacts]:
    """Store the payment with the request of its hold, so that no hold exists without a payment."""
    payment = PaymentFacts(
        **order.model_dump(include=PARTS),
        # It has the time of the order, by which payments are listed, and is the same for every repeat.
        id=UUID(int=order.order_id.int ^ 1),
        order_id=order.order_id,
        customer_id=order.customer_id,
        amount=order.total,
        currency=order.currency,
        status=PAYMENT.step(None, order.routing_key).target,
        created_at=now,
        updated_at=now,
    )
    return ask(payment, Operation.AUTHORIZE, payment.amount, method=order.payment_method)


def _created_before(case: Case) -> Decision[PaymentFacts]:
    """Ignore a repeat, unless the previous release stored the payment without a request."""
    if case.payment.status is S.AUTHORIZING and case.payment.asking is None:
        return ask(case.payment, Operation.AUTHORIZE, case.payment.amount, method=case.event.payment_method)
    return Decision(case.payment)


def _capture(case: Case) -> Decision[PaymentFacts]:
    """Capture the whole hold, unless it was captured or released, or a request is open."""
    payment, order = case.payment, case.event
    engaged = payment.status is S.AUTHORIZED and payment.asking is not None
    if engaged or payment.status in {*TAKEN, S.REFUNDED, S.CAPTURE_FAILED, S.VOIDED}:
        return Decision(payment)
    PAYMENT.step(payment.status, "provider.captured")
    if (order.total, order.currency) != (payment.amount, payment.currency):
        raise HoldMismatchError(f"{order.total} {order.currency} asked, {payment.amount} {payment.currency} held.")
    return ask(payment, Operation.CAPTURE, payment.amount)


def _close(case: Case) -> Decision[PaymentFacts]:
    """Release the hold, or refund the captured amount except the part that the order keeps."""
    return _go_on(case.having(closing=CANCEL, keep=getattr(case.event, "keep", 0)))


def _pick_up(case: Case) -> Decision[PaymentFacts]:
    """Record the driver, for the settlement."""
    return Decision(case.having(driver_id=case.event.driver_id).payment)


def _end(case: Case) -> Decision[PaymentFacts]:
    """Record the ending of the order, for the settlement."""
    driver_id = getattr(case.event, "driver_id", None) or case.payment.driver_id
    return Decision(case.having(ending=Ending(case.trigger.removeprefix("order.")), driver_id=driver_id).payment)


def _fail(case: Case) -> Decision[PaymentFacts]:
    """Record that the order was undeliverable; only a responsible customer pays for it."""
    responsible = Responsible(case.event.responsible)
    case = case.having(ending=Ending.UNDELIVERABLE, responsible=responsible)
    if responsible is not Responsible.CUSTOMER and case.payment.closing is None:
        case = case.having(closing=UNDELIVERABLE, keep=0)
    return _go_on(case)


def _refund(case: Case) -> Decision[PaymentFacts]:
    """Begin an admin's refund; a repeat finds the first one."""
    if refunds.known(case.payment, case.event):
        return Decision(case.payment)
    PAYMENT.step(case.payment.status, "provider.refunded", case.payment)
    refund = refunds.by_admin(case.payment, case.event, case.now, case.policy)
    return _go_on(case.of(refunds.stored(case.payment, refund)), refund)


def _settle(case: Case) -> Decision[PaymentFacts]:
    """Settle the captured amount that was not refunded, once."""
    if case.payment.settled_at is not None:
        return Decision(case.payment)
    PAYMENT.step(case.payment.status, case.trigger, case.payment)
    case = case.having(**asdict(case.event), settled_at=case.now)
    payment, shared = case.payment, shares_of(case.payment, case.payment.refunded)
    assert payment.restaurant_id is not None
    movement = ledger.settlement(case.event.settlement_id, shared, payment.restaurant_id, payment.driver_id)
    return replace(_step(case, more=asdict(shared)), history=(movement,))


def _provider_silent(case: Case) -> Decision[PaymentFacts]:
    """Request attention; the chassis repeats the effect."""
    return Decision(case.payment, (Attention("provider_silent", case.payment.asking),) if case.payment.asking else ())


def _hold_unused(case: Case) -> Decision[PaymentFacts]:
    """Release a hold that was not captured in time."""
    if case.payment.status is not S.AUTHORIZED or case.payment.asking is not None:
        return Decision(case.payment)
    return _go_on(case.having(closing=CANCEL, keep=0), Attention("hold_unused"))


def _ending_unknown(case: Case) -> Decision[PaymentFacts]:
    """Request attention to a captured payment whose order has not ended."""
    waits = case.trigger in deadlines.running(case.payment)
    return Decision(case.payment, (Attention("ending_unknown"),) if waits else ())


def _answered(case: Case) -> Decision[PaymentFacts]:
    """Handle the provider's response, unless it was handled before."""
    if case.event.key != key_of(case.payment):
        return Decision(case.payment)
    return ANSWERED[case.trigger](case.having(asking=None))


def _authorized(case: Case) -> Decision[PaymentFacts]:
    step = _step(case.having(hold=case.event.hold), reason=case.event.refusal)
    return step.then(_go_on(case.of(step.row)))


def _captured(case: Case) -> Decision[PaymentFacts]:
    step = _step(case.having(captured_at=case.now))
    return replace(step, history=(ledger.capture(case.payment.amount),)).then(_go_on(case.of(step.row)))


def _not_captured(case: Case) -> Decision[PaymentFacts]:
    """Release a hold that could not be captured."""
    step = _step(case.having(**OPEN), reason=case.event.refusal)
    return step.then(ask(step.row, Operation.VOID))


def _voided(case: Case) -> Decision[PaymentFacts]:
    return _step(case.having(**OPEN))


def _not_voided(case: Case) -> Decision[PaymentFacts]:
    """Leave a hold that the provider does not release: the order ends anyway, and the hold expires at the provider."""
    return replace(_step(case.having(**OPEN)), history=(Attention("hold_kept", case.event.refusal),))


def _refunded(case: Case) -> Decision[PaymentFacts]:
    """Book the refund: from the clearing account, or from the payees if the payment was settled."""
    refund = refunds.answered(_asked_about(case), None, case.now)
    payment, refunded = case.payment, case.payment.refunded + refund.amount
    if payment.settlement_id is None:
        movement = ledger.refund(refund.id, refund.amount)
    else:
        assert payment.restaurant_id is not None
        less = fewer(shares_of(payment, payment.refunded), shares_of(payment, refunded))
        movement = ledger.clawback(refund.id, less, payment.restaurant_id, payment.driver_id)
    return _given_back(case.having(refunded=refunded), refund, movement)


def _given_back(case: Case, refund: RefundFacts, *movements: Movement) -> Decision[PaymentFacts]:
    """Publish a completed refund, and continue; the order may wait for it."""
    case = case.of(refunds.stored(case.payment, refund))
    case = case.having(**OPEN) if refund.cause == case.payment.closing else case
    trigger = "provider.refunded" if refund.amount else "cancel.kept"
    step = _step(replace(case, trigger=trigger), more={"amount": refund.amount, "cause": refund.cause})
    stopped = frozenset({Timer(deadlines.REFUND_UNFINISHED, refund.id)})
    return replace(step, history=(refund, *movements), stopped=stopped).then(_go_on(case.of(step.row)))


def _not_refunded(case: Case) -> Decision[PaymentFacts]:
    """Request attention; a refund of an order's ending is retried later, an admin's refund by the admin."""
    refund = refunds.answered(_asked_about(case), case.event.refusal, case.now)
    case = case.of(refunds.stored(case.payment, refund))
    step = _step(case, reason=refund.refusal, more={"amount": refund.amount})
    step = replace(step, history=(refund, Attention("refund_refused", refund.refusal)))
    if refund.cause == step.row.closing:
        waits = {Timer(deadlines.REFUND_UNFINISHED, refund.id): case.policy.refund_retry}
        step = replace(step, started=waits)
        if not refunds.unfinished(step.row):
            return step
    return step.then(_go_on(case.of(step.row)))


def _asked_about(case: Case) -> RefundFacts:
    """Return the refund of a response."""
    return next(one for one in case.payment.refunds if case.event.key.endswith(f":{one.id}:{one.attempt}"))


def _step(case: Case, *, reason: str | None = None, more: Mapping[str, Any] | None = None) -> Decision[PaymentFacts]:
    """Do the step of the machine and publish it, with `more` fields that are not facts of the payment."""
    step = PAYMENT.step(case.payment.status, case.trigger, case.payment)
    if step.emits is None:
        return Decision(case.payment)
    assert issubclass(step.emits, Event)
    facts = {"status": step.target, "reason": reason, "updated_at": case.now, "version": case.payment.version + 1}
    payment = case.having(**facts).payment
    event = step.emits.model_validate({**dict(payment), "payment_id": payment.id, **(more or {})})
    return Decision(payment, events=(Announcement(event, payment.version),))


def _go_on(case: Case, *history: Any) -> Decision[PaymentFacts]:
    """Send the next request, unless one is open."""
    here = Decision(case.payment, history)
    return here if case.payment.asking is not None else here.then(_next(case))


def _next(case: Case) -> Decision[PaymentFacts]:
    """Return the next request: first the refunds in order, then the end of the order."""
    payment = case.payment
    if begun := refunds.unfinished(payment):
        return ask_for_refund(payment, begun[0])
    # An order that was picked up is paid for: the event of its acceptance has not arrived yet.
    early = payment.status is S.AUTHORIZING or (payment.status is S.AUTHORIZED and payment.closing == UNDELIVERABLE)
    if payment.closing is None or early:
        return Decision(payment)
    if payment.status is S.AUTHORIZED:
        return ask(payment, Operation.VOID)
    refund = None
    if payment.status in {*TAKEN, S.REFUNDED}:
        refund = refunds.of_the_rest(payment, payment.closing, payment.keep or 0, case.now)
    if refund is None:
        return Decision(case.having(**OPEN).payment)
    if refund.amount == 0:
        return _given_back(case, refunds.answered(refund, None, case.now))
    payment = refunds.stored(payment, refund)
    return replace(ask_for_refund(payment, refund), history=(refund,))


ANSWERED: Mapping[str, Callable[[Case], Decision[PaymentFacts]]] = {
    "provider.authorized": _authorized,
    "provider.declined": _authorized,
    "provider.captured": _captured,
    "provider.capture_refused": _not_captured,
    "provider.voided": _voided,
    "provider.void_refused": _not_voided,
    "provider.refunded": _refunded,
    "provider.refund_refused": _not_refunded,
}
DECISIONS: Mapping[str, Callable[[Case], Decision[PaymentFacts]]] = {
    "order.created": _created_before,
    "order.accepted": _capture,
    "order.rejected": _close,
    "order.payment_failed": _close,
    "order.cancel_requested": _close,
    "delivery.picked_up": _pick_up,
    "order.delivered": _end,
    "order.cancelled": _end,
    "order.undeliverable": _fail,
    "refund": _refund,
    "settle": _settle,
    deadlines.PROVIDER_SILENT: _provider_silent,
    deadlines.HOLD_UNUSED: _hold_unused,
    deadlines.ENDING_UNKNOWN: _ending_unknown,
    deadlines.REFUND_UNFINISHED: _go_on,
    **dict.fromkeys(ANSWERED, _answered),
}
