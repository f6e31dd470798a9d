"""What this service refuses."""

from foodchassis import NotFoundError


class SampleNotFoundError(NotFoundError):
    """No delivered order of the caller's has this id."""

    title = "There is no such delivered order"
