"""The settings of this service."""

from foodchassis import ServiceSettings


class SampleSettings(ServiceSettings):
    """None of its own yet."""

    service_name: str = "sample-service"
