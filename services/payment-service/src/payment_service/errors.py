"""What this service refuses."""

from foodchassis import ConflictError, NotFoundError, UnavailableError


class PaymentNotFoundError(NotFoundError):
    """There is no such payment, or none that the caller may see."""

    title = "There is no such payment"


class RefundNotFoundError(NotFoundError):
    """The payment has no such refund."""

    title = "There is no such refund"


class SettlementNotFoundError(NotFoundError):
    """There is no such settlement."""

    title = "There is no such settlement"


class HoldMismatchError(ConflictError):
    """An order asks for another amount than its payment holds."""

    title = "The amount differs from the authorized one"


class RefundTooLateError(ConflictError):
    """The payment was captured too long ago to be refunded."""

    title = "It is too late for a refund"


class RefundTooLargeError(ConflictError):
    """A refund exceeds what is left of the payment."""

    title = "The refund exceeds the remaining amount"


class ProviderUnavailableError(UnavailableError):
    """The provider did not answer in time; it is asked again with the same key."""

    title = "The payment provider does not answer"
