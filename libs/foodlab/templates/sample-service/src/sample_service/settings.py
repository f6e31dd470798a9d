"""The settings of this service."""

from foodevents import FoodSettings


class SampleSettings(FoodSettings):
    """None of its own yet."""

    service_name: str = "sample-service"
