"""The errors of this service."""

from foodchassis import NotFoundError


class SampleNotFoundError(NotFoundError):
    """The caller has no delivered order with this id."""

    title = "There is no such delivered order"
