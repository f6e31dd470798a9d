"""The errors of delivery-service."""

from foodchassis import NotFoundError


class DriverNotFoundError(NotFoundError):
    """The caller has no driver profile."""

    title = "There is no driver profile"


class UnknownDriverError(NotFoundError):
    """There is no such driver."""

    title = "There is no such driver"


class DeliveryNotFoundError(NotFoundError):
    """The delivery does not exist, or the caller may not see it."""

    title = "There is no such delivery"


class OfferNotFoundError(NotFoundError):
    """The offer does not exist, or belongs to another driver."""

    title = "There is no such offer"
