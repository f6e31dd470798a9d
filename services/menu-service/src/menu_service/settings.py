"""The settings of menu-service."""

from pydantic import Field

from foodevents import ApplicationSettings


class MenuSettings(ApplicationSettings):
    """The chassis' settings, and how large a menu may be: in dishes, and in bytes of texts, options and sections.

    The rest of `max_body_bytes` is for the fields of so many dishes: a whole menu comes in one request.
    """

    service_name: str = "menu-service"
    max_items: int = 2_000
    max_menu_bytes: int = 786_432
    restaurants_per_account: int = Field(default=100, ge=1, description="further ones are refused with 409")
    max_staff: int = Field(default=50, ge=1, description="people who work at one restaurant, and open invitations")
    invitation_days: float = Field(default=7, gt=0, description="how long a code to join a restaurant is valid")
