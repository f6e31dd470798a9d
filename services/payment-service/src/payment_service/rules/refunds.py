"""Refunds of a payment: their amounts and order."""

from datetime import datetime
from typing import Any
from uuid import uuid5

from payment_service.errors import RefundTooLargeError, RefundTooLateError
from payment_service.models import PaymentFacts, RefundFacts, RefundStatus
from payment_service.rules.commands import RefundWanted
from payment_service.rules.policy import Policy


def unfinished(payment: PaymentFacts) -> list[RefundFacts]:
    """Return the refunds without a response, oldest first, in which order they are sent."""
    return [one for one in payment.refunds if one.status is RefundStatus.ASKED]


def known(payment: PaymentFacts, wanted: RefundWanted) -> bool:
    """Return whether an admin's refund was begun before."""
    return any(wanted.id in {one.id, one.request} for one in payment.refunds)


def by_admin(payment: PaymentFacts, wanted: RefundWanted, now: datetime, policy: Policy) -> RefundFacts:
    """Return an admin's refund of a captured payment. Raises RefundTooLateError or RefundTooLargeError."""
    assert payment.captured_at is not None
    if now > payment.captured_at + policy.refund_window:
        raise RefundTooLateError(f"The payment was captured more than {policy.refund_window} ago.")
    left = payment.amount - payment.refunded - sum(one.amount for one in unfinished(payment))
    amount = left if wanted.amount is None else wanted.amount
    if not 0 < amount <= left:
        raise RefundTooLargeError(f"The refund exceeds the remaining {left} {payment.currency}, in minor units.")
    facts = {"cause": str(wanted.id), "reason": wanted.reason, "request": wanted.id}
    return _refund(payment, now, id=wanted.id, amount=amount, **facts)


def of_the_rest(payment: PaymentFacts, cause: str, keep: int, now: datetime) -> RefundFacts | None:
    """Return the refund of all but `keep`, or None when that was refunded before; a refused one is a new attempt."""
    amount = max(0, payment.amount - payment.refunded - keep)
    before = next((one for one in payment.refunds if one.cause == cause), None)
    if before is None:
        return _refund(payment, now, id=uuid5(payment.id, cause), cause=cause, reason=cause, amount=amount)
    if before.status is RefundStatus.DONE:
        return None
    again = {"status": RefundStatus.ASKED, "attempt": before.attempt + 1, "refusal": None}
    return before.model_copy(update={**again, "amount": amount, "updated_at": now})


def answered(refund: RefundFacts, refusal: str | None, now: datetime) -> RefundFacts:
    """Return a refund after the provider's response."""
    status = RefundStatus.DONE if refusal is None else RefundStatus.REFUSED
    return refund.model_copy(update={"status": status, "refusal": refusal, "updated_at": now})


def stored(payment: PaymentFacts, refund: RefundFacts) -> PaymentFacts:
    """Return a payment with `refund` added or replaced."""
    others = {one.id: one for one in payment.refunds}
    return payment.model_copy(update={"refunds": tuple({**others, refund.id: refund}.values())})


def _refund(payment: PaymentFacts, now: datetime, **facts: Any) -> RefundFacts:
    return RefundFacts(payment_id=payment.id, currency=payment.currency, created_at=now, updated_at=now, **facts)
