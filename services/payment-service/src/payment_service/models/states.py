"""The states of a payment and its parts."""

from enum import StrEnum


class PaymentStatus(StrEnum):
    """The status of a payment."""

    AUTHORIZING = "authorizing"
    AUTHORIZED = "authorized"
    DECLINED = "declined"
    CAPTURED = "captured"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    CAPTURE_FAILED = "capture_failed"
    VOIDED = "voided"


class Ending(StrEnum):
    """The ending of the order."""

    DELIVERED = "delivered"
    UNDELIVERABLE = "undeliverable"
    CANCELLED = "cancelled"


class Responsible(StrEnum):
    """The party responsible for an ending without a delivery; the customer pays only when responsible."""

    CUSTOMER = "customer"
    RESTAURANT = "restaurant"
    COURIER = "courier"
    PLATFORM = "platform"


class RefundStatus(StrEnum):
    """The status of a refund: requested, done, or refused by the provider."""

    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"


class Operation(StrEnum):
    """An operation of a payment provider."""

    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"


class TransactionKind(StrEnum):
    """The kind of a movement; a clawback is a refund after the settlement."""

    CAPTURE = "capture"
    REFUND = "refund"
    SETTLEMENT = "settlement"
    CLAWBACK = "clawback"
