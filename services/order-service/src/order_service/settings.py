"""What this service is told by its surroundings."""

from foodchassis import ServiceSettings


class OrderSettings(ServiceSettings):
    """The chassis' knobs under this service's name."""

    service_name: str = "order-service"
