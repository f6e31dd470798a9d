"""The states of a payment and of what belongs to it."""

from enum import StrEnum


class PaymentStatus(StrEnum):
    """How far a payment has come."""

    AUTHORIZING = "authorizing"
    AUTHORIZED = "authorized"
    DECLINED = "declined"
    CAPTURED = "captured"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    CAPTURE_FAILED = "capture_failed"
    VOIDED = "voided"


class Ending(StrEnum):
    """How the order ended that was paid."""

    DELIVERED = "delivered"
    UNDELIVERABLE = "undeliverable"
    CANCELLED = "cancelled"


class Responsible(StrEnum):
    """Who an ending that is not a delivery is due to; the customer pays only when responsible."""

    CUSTOMER = "customer"
    RESTAURANT = "restaurant"
    COURIER = "courier"
    PLATFORM = "platform"


class RefundStatus(StrEnum):
    """How far a refund has come: the provider is to be asked, returned the money, or refused to."""

    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"


class Operation(StrEnum):
    """What a payment provider is asked to do."""

    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"


class TransactionKind(StrEnum):
    """Why money moved; a clawback is a refund of what had been shared out."""

    CAPTURE = "capture"
    REFUND = "refund"
    SETTLEMENT = "settlement"
    CLAWBACK = "clawback"
