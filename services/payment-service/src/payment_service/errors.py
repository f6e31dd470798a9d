"""What this service refuses."""

from foodchassis import ConflictError, NotFoundError, UnavailableError


class PaymentNotFoundError(NotFoundError):
    """There is no such payment, or none that the caller may see."""

    title = "There is no such payment"


class HoldMismatchError(ConflictError):
    """An order asks for another amount than its payment holds."""

    title = "The amount is not the one that is held"


class VoidRefusedError(ConflictError):
    """The provider keeps a hold that it was asked to release."""

    title = "The provider did not release the hold"


class ProviderUnavailableError(UnavailableError):
    """The provider did not answer in time; what it did is found by asking again with the same key."""

    title = "The payment provider does not answer"
