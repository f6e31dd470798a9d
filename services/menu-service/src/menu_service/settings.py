"""What menu-service is told by its surroundings."""

from pydantic import Field

from foodevents import ApplicationSettings


class MenuSettings(ApplicationSettings):
    """The chassis' knobs, and how long a menu may grow."""

    service_name: str = "menu-service"
    max_items: int = 500
    max_staff: int = Field(default=50, ge=1, description="people who work at one restaurant, and open invitations")
    invitation_days: float = Field(default=7, gt=0, description="how long a code to join a restaurant is good")
