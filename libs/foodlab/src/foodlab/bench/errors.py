"""What a bench gives up on."""

from foodctl.errors import FoodctlError


class MeasurementError(FoodctlError):
    """A measurement failed, so its figures would mean nothing."""
