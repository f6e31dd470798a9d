"""The errors of benchmarks."""

from foodctl.errors import FoodctlError


class MeasurementError(FoodctlError):
    """A measurement failed, so that its figures are invalid."""
