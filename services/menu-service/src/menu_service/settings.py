"""What menu-service is told by its surroundings."""

from foodevents import ApplicationSettings


class MenuSettings(ApplicationSettings):
    """The chassis' knobs, and how long a menu may grow."""

    service_name: str = "menu-service"
    max_items: int = 500
