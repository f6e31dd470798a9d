"""What delivery-service refuses."""

from foodchassis import NotFoundError


class DriverNotFoundError(NotFoundError):
    """The caller has no driver profile."""

    title = "There is no driver profile"


class UnknownDriverError(NotFoundError):
    """No such driver has applied."""

    title = "There is no such driver"


class DeliveryNotFoundError(NotFoundError):
    """There is no such delivery, or none that the caller may see."""

    title = "There is no such delivery"


class OfferNotFoundError(NotFoundError):
    """There is no such offer, or it was made to another driver."""

    title = "There is no such offer"
