"""What order-service refuses."""

from foodchassis import ConflictError, ForbiddenError, NotFoundError, UnauthorizedError, UnprocessableError
from foodchassis.kernel import PreconditionFailedError


class AccountClosedError(UnauthorizedError):
    """The caller's account was closed after their access token was issued."""

    title = "This account was closed."


class SandboxClosedError(ForbiddenError):
    """The environment takes no test orders."""

    title = "This environment takes no test orders"


class TooManyOpenOrdersError(ConflictError):
    """The customer has as many orders under way as one may."""

    title = "You have too many open orders"


class OrderNotFoundError(NotFoundError):
    """There is no such order, or none that the caller may see."""

    title = "There is no such order"


class RestaurantNotFoundError(NotFoundError):
    """There is no such restaurant, or it is not the caller's."""

    title = "There is no such restaurant"


class StaffRoleError(ForbiddenError):
    """The caller works at the restaurant, in a role that may not do this."""

    title = "Your role at this restaurant may not do this"


class NeverVerifiedError(NotFoundError):
    """The invariants of the system were never checked, or not since this release stores what was found."""

    title = "The system was never verified"


class OrderChangedError(PreconditionFailedError):
    """The order has another version than the caller's If-Match."""

    title = "The order has changed since you read it"


class UnknownRestaurantError(UnprocessableError):
    """The basket names an unknown restaurant."""

    title = "The restaurant is unknown"


class RestaurantClosedError(ConflictError):
    """The restaurant's hours don't include this moment, or it has closed for good."""

    title = "The restaurant is closed now"


class RestaurantNotApprovedError(ConflictError):
    """The restaurant has applied and is not approved, or is suspended."""

    title = "The restaurant is not approved"


class RestaurantPausedError(ConflictError):
    """The restaurant takes no orders for the moment."""

    title = "The restaurant takes no orders for the moment"


class UnknownItemError(UnprocessableError):
    """The basket names a dish that is unknown or has left the menu."""

    title = "A dish is unknown"


class ForeignItemError(UnprocessableError):
    """The basket names a dish of another restaurant."""

    title = "A dish belongs to another restaurant"


class ItemUnavailableError(ConflictError):
    """A dish is sold out."""

    title = "A dish is not available"


class SectionClosedError(ConflictError):
    """A dish of a section of the menu that is not sold at this time of the day."""

    title = "A dish is not sold now"


class UnknownOptionError(UnprocessableError):
    """An option is not one of the dish's."""

    title = "An option is unknown"


class RepeatedOptionError(UnprocessableError):
    """An option is chosen twice on one line."""

    title = "An option is chosen twice"


class OptionUnavailableError(ConflictError):
    """An option is sold out."""

    title = "An option is not available"


class OptionCountError(UnprocessableError):
    """A group of options is answered with too few or too many."""

    title = "Too few or too many options are chosen"


class AddressOutOfReachError(UnprocessableError):
    """The address is outside the restaurant's delivery radius."""

    title = "The restaurant does not deliver there"


class BasketTooExpensiveError(UnprocessableError):
    """The basket costs more than one order may."""

    title = "The basket is too expensive for one order"


class PriceChangedError(ConflictError):
    """The basket costs another total than the caller expected; carries the newly priced basket."""

    title = "The price has changed"
