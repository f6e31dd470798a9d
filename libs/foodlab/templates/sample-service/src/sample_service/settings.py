"""The settings of this service."""

from foodevents import FoodSettings


class SampleSettings(FoodSettings):
    """The common settings; it has no others yet."""

    service_name: str = "sample-service"
