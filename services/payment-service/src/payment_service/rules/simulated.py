"""The rules of the simulated provider: by the token, and by the earlier operations of the hold."""

from collections.abc import Sequence

from payment_service.models import Operation, ProviderEntry

DECLINED = "tok_declined"
CAPTURE_FAILS = "tok_capture_fails"
REFUND_FAILS = "tok_refund_fails"
SLOW = "tok_slow"
TIMEOUT_AFTER_EFFECT = "tok_timeout_after_effect"
ACCEPTED = frozenset({"tok_ok", CAPTURE_FAILS, REFUND_FAILS, SLOW, TIMEOUT_AFTER_EFFECT})


def refusal_to_authorize(method: str) -> str | None:
    """Return the reason to refuse a hold on the card of `method`, or None."""
    if method in ACCEPTED:
        return None
    return "card_declined" if method == DECLINED else "unknown_payment_method"


def refusal(operation: Operation, amount: int, past: Sequence[ProviderEntry]) -> str | None:
    """Return the reason to refuse `operation` for the hold with the log `past`, or None."""
    held, captured, refunded = (
        _done(done, past) for done in (Operation.AUTHORIZE, Operation.CAPTURE, Operation.REFUND)
    )
    if held is None:
        return "unknown_hold"
    if operation is Operation.REFUND:
        return _refusal_to_refund(amount + (refunded or 0) - (captured or 0), past)
    if captured is not None or _done(Operation.VOID, past) is not None:
        return "hold_already_closed"
    if operation is Operation.CAPTURE and amount > held:
        return "more_than_held"
    if operation is Operation.CAPTURE and past[0].method == CAPTURE_FAILS:
        return "capture_refused"
    return None


def _refusal_to_refund(too_much: int, past: Sequence[ProviderEntry]) -> str | None:
    if past[0].method == REFUND_FAILS and all(entry.operation is not Operation.REFUND for entry in past):
        # Only the first attempt is refused.
        return "refund_refused"
    return "more_than_captured" if too_much > 0 else None


def _done(operation: Operation, past: Sequence[ProviderEntry]) -> int | None:
    """Return the total amount of one operation, or None without any."""
    amounts = [entry.amount for entry in past if entry.operation is operation and entry.refusal is None]
    return sum(amounts) if amounts else None
