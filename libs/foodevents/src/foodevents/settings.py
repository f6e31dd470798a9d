"""The names that all services of this system share with each other, and with those that run already."""

from typing import ClassVar

from pydantic import Field

from foodchassis import ServiceSettings
from foodevents.standing import Standing


class FoodSettings(ServiceSettings):
    """The settings of every service here: a name changed in one release would part it from the release before."""

    auth_scopes: ClassVar[dict[str, str]] = {
        "orders:read": "See the orders of the restaurant, and follow them.",
        "orders:write": "Accept, reject, cancel and finish them.",
        "menu:write": "Change the restaurant and its menu.",
    }

    service_namespace: str = "foodapp"
    auth_audience: str = "foodapp"
    events_exchange: str = "food.events"
    retry_prefix: str = "food.retry"


class ApplicationSettings(FoodSettings):
    """The settings of a service to which restaurants or drivers apply."""

    approve_applications: bool | None = Field(
        default=None,
        description="approve restaurants and drivers as they apply; without a value: everywhere but in prod",
    )

    @property
    def first_standing(self) -> Standing:
        """The standing of those who apply: in production an admin has to approve them."""
        chosen = self.approve_applications
        approved = self.environment != "prod" if chosen is None else chosen
        return Standing.APPROVED if approved else Standing.PENDING
