"""Each order with its payment and delivery, and the amount owed."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from typing import Any

from foodctl.verify.check import Found, Violation
from foodctl.verify.places import Look

_UNPAID = frozenset({"pending", "payment_failed", "rejected"})
_PAID = frozenset({"paid", "assigned", "picked_up", "delivered", "undeliverable"})
_OVER = frozenset({"payment_failed", "rejected", "cancelled"})
# A payment without a response may not exist.
_UNANSWERED = frozenset({"pending", "payment_failed", "cancelling"})
_HOLDING = frozenset({"authorizing", "authorized"})


def owed(journey: Any) -> str | None:
    """Return what is wrong with an order's payment, if anything; amounts in minor units."""
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
    """Return whether the kept amount is right; an admin may have refunded more than the cancellation."""
    left = payment.captured - payment.refunded
    by_admin = payment.refunded - payment.for_cancel
    return bool(left == order.keep or (by_admin and left < order.keep))


_ORDERS = """
    SELECT id AS order_id, status, total, currency, keep, responsible, driver_id, fee_tax,
        coalesce(prices_include_tax, false) AS prices_include_tax
    FROM orders ORDER BY id
"""
_PAYMENTS = """
    SELECT order_id, payments.status, amount, currency, fee_tax, prices_include_tax,
        coalesce(captured, 0) AS captured, refunded, coalesce(for_cancel, 0) AS for_cancel
    FROM payments
    LEFT JOIN (
        SELECT payment_id, -sum(entry.amount) AS captured
        FROM ledger_transactions moved JOIN ledger_entries entry ON transaction_id = moved.id
        WHERE kind = 'capture' AND account = 'customer' GROUP BY payment_id
    ) took ON took.payment_id = payments.id
    LEFT JOIN (
        SELECT payment_id, sum(refunds.amount) AS for_cancel FROM refunds
        WHERE cause = 'cancel' AND refunds.status = 'done' GROUP BY payment_id
    ) gave ON gave.payment_id = payments.id
    ORDER BY order_id
"""
_DELIVERIES = "SELECT order_id, status, driver_id FROM deliveries ORDER BY order_id"
_DRIVEN = frozenset({"assigned", "picked_up", "delivered", "undeliverable"})
_RELEASED = frozenset({"voided", "refunded", "partially_refunded", "declined", "capture_failed"})
_AT_REST = frozenset({"cancelled", "no_driver", "delivered", "undeliverable"})


@dataclass(frozen=True)
class Journey:
    """The records of one order; each part may be missing."""

    order_id: str
    order: Any = None
    payment: Any = None
    delivery: Any = None


def journeys(look: Look) -> Found:
    """Check every order with its payment and delivery."""
    found = Found(Counter())
    for journey in _side_by_side(look):
        for invariant in (1, 4, 6, 8, 9):
            found.checked[invariant] += _concerns(journey, invariant)
        for invariant, says, wrong in RULES:
            if (detail := wrong(journey)) is not None:
                found.violations.append(Violation(invariant, journey.order_id, says, detail))
    return found


def _side_by_side(look: Look) -> Iterator[Journey]:
    parts = [
        (("order", row) for row in look.rows("order_service", _ORDERS)),
        (("payment", row) for row in look.rows("payment_service", _PAYMENTS)),
        (("delivery", row) for row in look.rows("delivery_service", _DELIVERIES)),
    ]
    for order_id, rows in groupby(merge(*parts, key=_id), key=_id):
        yield Journey(str(order_id), **dict(rows))


def _id(part: tuple[str, Any]) -> Any:
    return part[1].order_id


def _concerns(journey: Journey, invariant: int) -> bool:
    if invariant == 8:  # noqa: PLR2004 - the invariants are known by their numbers
        return journey.order is not None and journey.order.status == "cancelled"
    return (journey.delivery if invariant == 6 else journey.payment) is not None  # noqa: PLR2004 - the same


def _nobodys(journey: Journey) -> str | None:
    known = [name for name in ("payment", "delivery") if getattr(journey, name) is not None]
    return f"known by its {' and '.join(known)}" if journey.order is None else None


def _other_driver(journey: Journey) -> str | None:
    order, delivery = journey.order, journey.delivery
    if order is None or order.status not in _DRIVEN or delivery is None or delivery.driver_id == order.driver_id:
        return None
    return f"driver {order.driver_id}, by the delivery {delivery.driver_id}"


def _held(journey: Journey) -> str | None:
    order, payment = journey.order, journey.payment
    if order is None or order.status != "cancelled" or payment is None or payment.status in _RELEASED:
        return None
    # When everything is kept, there is nothing to refund.
    return None if payment.status == "captured" and order.keep == payment.amount else payment.status


def _on_the_way(journey: Journey) -> str | None:
    order, delivery = journey.order, journey.delivery
    if order is None or order.status != "cancelled" or delivery is None or delivery.status in _AT_REST:
        return None
    return f"delivery {delivery.status}"


def _other_charge(journey: Journey) -> str | None:
    order, payment = journey.order, journey.payment
    if order is None or payment is None or (order.total, order.currency) == (payment.amount, payment.currency):
        return None
    return f"{order.total} {order.currency}, payment {payment.amount} {payment.currency}"


def _other_tax(journey: Journey) -> str | None:
    order, payment = journey.order, journey.payment
    if order is None or payment is None:
        return None
    # A payment of the previous release has no tax on fees, and shares all tax in proportion.
    same = payment.fee_tax in {None, order.fee_tax}
    if same and payment.prices_include_tax == order.prices_include_tax:
        return None
    return f"{_tax(order)}, payment {_tax(payment)}"


def _tax(priced: Any) -> str:
    return f"{priced.fee_tax} on the fees {'included' if priced.prices_include_tax else 'added'}"


RULES: tuple[tuple[int, str, Callable[[Journey], str | None]], ...] = (
    (1, "is known elsewhere and no order", _nobodys),
    (4, "has not paid what is owed", owed),
    (6, "has another driver than its delivery", _other_driver),
    (8, "is cancelled and its money is held", _held),
    (8, "is cancelled and under way", _on_the_way),
    (9, "is charged other than its total", _other_charge),
    (9, "is taxed otherwise than its payment", _other_tax),
)
