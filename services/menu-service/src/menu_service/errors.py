"""What menu-service refuses."""

from foodchassis import ConflictError, ForbiddenError, NotFoundError, UnprocessableError
from foodchassis.kernel import PreconditionFailedError


class RestaurantNotFoundError(NotFoundError):
    """There is no such restaurant, or it belongs to another owner."""

    title = "There is no such restaurant"


class StaffRoleError(ForbiddenError):
    """The caller works at this restaurant, in a role that may not do this."""

    title = "Your role at this restaurant may not do this"


class InvitationNotFoundError(NotFoundError):
    """The code is wrong, was used or has expired, or the restaurant has closed."""

    title = "There is no such invitation"


class MemberNotFoundError(NotFoundError):
    """The user does not work at the restaurant."""

    title = "There is no such member of the staff"


class StaffFullError(ConflictError):
    """The restaurant has as many members and invitations as it may."""

    title = "There is no room for another member"


class AlreadyOwnerError(ConflictError):
    """An owner uses an invitation to the own restaurant."""

    title = "The restaurant is your own"


class OwnerErasedError(ForbiddenError):
    """The caller's token is good, and its account is no more."""

    title = "This account was erased"


class TooManyRestaurantsError(ConflictError):
    """The account has as many restaurants as it may."""

    title = "There is no room for another restaurant"


class ItemNotFoundError(NotFoundError):
    """No such dish on this menu, or none any more."""

    title = "There is no such dish on this menu"


class StaleVersionError(PreconditionFailedError):
    """If-Match names a version or tag that is no longer the newest."""


class CurrencyInUseError(ConflictError):
    """Prices on the menu are in the old currency."""

    title = "The menu has prices in another currency"


class AmountTooLargeError(UnprocessableError):
    """An amount is more than its currency allows; `most` says how much that is."""

    title = "The amount is too large"


class MenuFullError(ConflictError):
    """The menu has as many dishes as it may."""

    title = "The menu is full"


class UnknownOptionError(UnprocessableError):
    """An id of a group or option that the dish does not have."""

    title = "The dish has no such option"


class MenuTooLargeError(ConflictError):
    """The dishes of the menu take more room than all may."""

    title = "The menu is too large"


class UnknownItemError(UnprocessableError):
    """An id of a dish that the menu does not have."""

    title = "The menu has no such dish"


class UnknownSectionError(UnprocessableError):
    """An id of a section that the menu does not have."""

    title = "The menu has no such section"


class ExternalIdTakenError(ConflictError):
    """Another dish of the menu has the same external id."""

    title = "Another dish has this external id"
