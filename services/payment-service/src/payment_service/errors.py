"""The errors of this service."""

from foodchassis import ConflictError, NotFoundError, UnavailableError


class PaymentNotFoundError(NotFoundError):
    """The payment does not exist, or the caller may not see it."""

    title = "There is no such payment"


class RefundNotFoundError(NotFoundError):
    """The payment has no such refund."""

    title = "There is no such refund"


class SettlementNotFoundError(NotFoundError):
    """There is no such settlement."""

    title = "There is no such settlement"


class HoldMismatchError(ConflictError):
    """The amount of the order differs from that of the hold."""

    title = "The amount differs from the authorized one"


class RefundTooLateError(ConflictError):
    """The payment was captured too long ago to be refunded."""

    title = "It is too late for a refund"


class RefundTooLargeError(ConflictError):
    """A refund exceeds the remaining amount of the payment."""

    title = "The refund exceeds the remaining amount"


class ProviderUnavailableError(UnavailableError):
    """The provider did not respond in time; the request is repeated with the same key."""

    title = "The payment provider does not respond"
