"""What this service refuses."""

from foodchassis import ConflictError, NotFoundError, UnavailableError


class PaymentNotFoundError(NotFoundError):
    """There is no such payment, or none that the caller may see."""

    title = "There is no such payment"


class SettlementNotFoundError(NotFoundError):
    """There is no such settlement."""

    title = "There is no such settlement"


class HoldMismatchError(ConflictError):
    """An order asks for another amount than its payment holds."""

    title = "The amount is not the one that is held"


class VoidRefusedError(ConflictError):
    """The provider keeps a hold that it was asked to release."""

    title = "The provider did not release the hold"


class RefundTooLateError(ConflictError):
    """The payment was captured too long ago to be refunded."""

    title = "It is too late for a refund"


class RefundTooLargeError(ConflictError):
    """More is asked back than is left."""

    title = "So much is not left"


class ProviderUnavailableError(UnavailableError):
    """The provider did not answer in time; what it did is found by asking again with the same key."""

    title = "The payment provider does not answer"


class PaymentUnansweredError(UnavailableError):
    """The payment can't be closed while the provider has not said whether it holds the money."""

    title = "The payment is still being authorised"
