"""The names that all services of this system share, including running ones of other releases."""

from typing import ClassVar

from pydantic import Field

from foodchassis import ServiceSettings
from foodevents.standing import Standing


class FoodSettings(ServiceSettings):
    """The settings of every service: a changed name would separate a release from the previous one."""

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
        default=None, description="approve restaurants and drivers automatically; by default everywhere but in prod"
    )

    @property
    def first_standing(self) -> Standing:
        """The initial standing of applicants: in production an admin must approve them."""
        chosen = self.approve_applications
        approved = self.environment != "prod" if chosen is None else chosen
        return Standing.APPROVED if approved else Standing.PENDING
