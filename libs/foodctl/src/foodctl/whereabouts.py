"""Where the databases and the broker are: as the environment says, or as the system that was started here left it."""

from collections.abc import Mapping
from dataclasses import dataclass

from foodctl.settings import Settings
from foodctl.state import State
from foodctl.system import System


@dataclass(frozen=True)
class Whereabouts:
    """The databases' URLs by package, and the broker's."""

    databases: Mapping[str, str]
    broker: str | None

    @classmethod
    def known(cls) -> "Whereabouts":
        """Ask the environment, then the state folder."""
        settings = Settings()
        if settings.database_urls is not None:
            return cls(settings.database_urls, settings.rabbitmq_url)
        system = System.load(State(settings.state))
        return cls(system.database_urls, system.endpoints.rabbitmq_url)
