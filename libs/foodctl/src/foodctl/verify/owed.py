"""What an order's customer owes at its stage, against what was taken and given back."""

from typing import Any

_UNPAID = frozenset({"pending", "payment_failed", "rejected"})
_PAID = frozenset({"paid", "assigned", "picked_up", "delivered", "undeliverable"})
_OVER = frozenset({"payment_failed", "rejected", "cancelled"})
# A payment that never answered may not exist.
_UNANSWERED = frozenset({"pending", "payment_failed", "cancelling"})
_HOLDING = frozenset({"authorizing", "authorized"})


def owed(journey: Any) -> str | None:
    """Say what is wrong with an order's money, if anything is; amounts in minor units."""
    order, payment = journey.order, journey.payment
    if order is None:
        return None
    if payment is None:
        return None if order.status in _UNANSWERED else "no payment"
    return _wrong(order, payment)


def _wrong(order: Any, payment: Any) -> str | None:
    if order.status in _OVER and payment.status in _HOLDING:
        return f"{order.status}, and the payment is {payment.status}"
    if order.status in _UNPAID and payment.captured:
        return f"{order.status}, and {payment.captured} captured"
    if order.status == "undeliverable" and order.responsible not in {None, "customer"}:
        left = payment.captured - payment.refunded
        return f"undeliverable by the {order.responsible}, and {left} not returned" if left else None
    if order.status in _PAID and (payment.captured != order.total or payment.for_cancel):
        return f"{order.status}, captured {payment.captured} of {order.total}, returned {payment.refunded}"
    if order.status == "cancelled" and not _kept(order, payment):
        return f"keeps {order.keep}, captured {payment.captured}, returned {payment.refunded}"
    return None


def _kept(order: Any, payment: Any) -> bool:
    """Tell whether what is left is what was to be kept; an admin may have given back more than the cancel."""
    left = payment.captured - payment.refunded
    by_admin = payment.refunded - payment.for_cancel
    return bool(left == order.keep or (by_admin and left < order.keep))
