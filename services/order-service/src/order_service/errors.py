"""The errors of order-service."""

from foodchassis import ConflictError, ForbiddenError, NotFoundError, UnauthorizedError, UnprocessableError
from foodchassis.kernel import PreconditionFailedError


class AccountClosedError(UnauthorizedError):
    """The caller's account was closed after their access token was issued."""

    title = "This account was closed."


class SandboxClosedError(ForbiddenError):
    """The environment does not accept test orders."""

    title = "This environment does not accept test orders"


class TooManyOpenOrdersError(ConflictError):
    """The customer has reached the limit of open orders."""

    title = "You have too many open orders"


class OrderNotFoundError(NotFoundError):
    """The order does not exist, or the caller may not see it."""

    title = "There is no such order"


class RestaurantNotFoundError(NotFoundError):
    """The restaurant does not exist, or is not the caller's."""

    title = "There is no such restaurant"


class StaffRoleError(ForbiddenError):
    """The caller's role at the restaurant does not allow this."""

    title = "Your role at this restaurant may not do this"


class NeverVerifiedError(NotFoundError):
    """The invariants were never checked, or not since this release, which stores the result."""

    title = "The system was never verified"


class OrderChangedError(PreconditionFailedError):
    """The order has another version than the caller's If-Match."""

    title = "The order has changed since you read it"


class UnknownRestaurantError(UnprocessableError):
    """The restaurant of the basket is unknown."""

    title = "The restaurant is unknown"


class RestaurantClosedError(ConflictError):
    """The restaurant is closed at this time, or permanently."""

    title = "The restaurant is closed now"


class RestaurantNotApprovedError(ConflictError):
    """The restaurant is not approved yet, or is suspended."""

    title = "The restaurant is not approved"


class RestaurantPausedError(ConflictError):
    """The restaurant has paused orders."""

    title = "The restaurant accepts no orders now"


class UnknownItemError(UnprocessableError):
    """The basket has a dish that is unknown or was removed from the menu."""

    title = "A dish is unknown"


class ForeignItemError(UnprocessableError):
    """The basket has a dish of another restaurant."""

    title = "A dish belongs to another restaurant"


class ItemUnavailableError(ConflictError):
    """A dish is sold out."""

    title = "A dish is not available"


class SectionClosedError(ConflictError):
    """The section of a dish is not sold at this time of the day."""

    title = "A dish is not sold now"


class UnknownOptionError(UnprocessableError):
    """An option does not belong to the dish."""

    title = "An option is unknown"


class RepeatedOptionError(UnprocessableError):
    """An option is chosen twice on one line."""

    title = "An option is chosen twice"


class OptionUnavailableError(ConflictError):
    """An option is sold out."""

    title = "An option is not available"


class OptionCountError(UnprocessableError):
    """Too few or too many options of a group are chosen."""

    title = "Too few or too many options are chosen"


class AddressOutOfReachError(UnprocessableError):
    """The address is outside the restaurant's delivery radius."""

    title = "The restaurant does not deliver there"


class BasketTooExpensiveError(UnprocessableError):
    """The basket exceeds the maximum amount of an order."""

    title = "The basket is too expensive for one order"


class PriceChangedError(ConflictError):
    """The total differs from the expected one; contains the newly priced basket."""

    title = "The price has changed"
