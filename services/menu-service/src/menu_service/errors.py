"""The errors of menu-service."""

from foodchassis import ConflictError, ForbiddenError, NotFoundError, UnprocessableError
from foodchassis.kernel import PreconditionFailedError


class RestaurantNotFoundError(NotFoundError):
    """The restaurant does not exist, or belongs to another owner."""

    title = "There is no such restaurant"


class StaffRoleError(ForbiddenError):
    """The caller's role at this restaurant does not allow this."""

    title = "Your role at this restaurant may not do this"


class InvitationNotFoundError(NotFoundError):
    """The code is wrong, used or expired, or the restaurant has closed."""

    title = "There is no such invitation"


class MemberNotFoundError(NotFoundError):
    """The user does not work at the restaurant."""

    title = "There is no such member of the staff"


class StaffFullError(ConflictError):
    """The restaurant has the maximum number of members and invitations."""

    title = "Too many members and invitations"


class AlreadyOwnerError(ConflictError):
    """The invitation is to the caller's own restaurant."""

    title = "The restaurant is your own"


class OwnerErasedError(ForbiddenError):
    """The caller's token is valid, but the account was erased."""

    title = "This account was erased"


class TooManyRestaurantsError(ConflictError):
    """The account has reached the limit of restaurants."""

    title = "The account may not have more restaurants"


class ItemNotFoundError(NotFoundError):
    """There is no such dish on this menu, or it was removed."""

    title = "There is no such dish on this menu"


class StaleVersionError(PreconditionFailedError):
    """The version or ETag in If-Match is not the current one."""


class CurrencyInUseError(ConflictError):
    """Prices on the menu are in the old currency."""

    title = "The menu has prices in another currency"


class AmountTooLargeError(UnprocessableError):
    """An amount exceeds the maximum of its currency, `most`."""

    title = "The amount is too large"


class MenuFullError(ConflictError):
    """The menu has the maximum number of dishes."""

    title = "The menu is full"


class UnknownOptionError(UnprocessableError):
    """An id of a group or option that the dish does not have."""

    title = "The dish has no such option"


class MenuTooLargeError(ConflictError):
    """The menu exceeds the maximum size."""

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
