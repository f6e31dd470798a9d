"""The names that all services of this system share with each other, and with those that run already."""

from foodchassis import ServiceSettings


class FoodSettings(ServiceSettings):
    """The settings of every service here: a name changed in one release would part it from the release before."""

    service_namespace: str = "foodapp"
    auth_audience: str = "foodapp"
    events_exchange: str = "food.events"
    retry_prefix: str = "food.retry"
