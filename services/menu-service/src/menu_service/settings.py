"""The settings of menu-service."""

from foodevents import ApplicationSettings


class MenuSettings(ApplicationSettings):
    """The chassis' settings, and how large a menu may be: in dishes, and in bytes of their texts and options."""

    service_name: str = "menu-service"
    max_items: int = 2_000
    max_menu_bytes: int = 4_194_304
