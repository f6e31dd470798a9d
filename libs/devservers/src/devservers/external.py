"""Servers that run elsewhere, with URLs from the environment."""

from collections.abc import Callable

from devservers.errors import StartError, UsageError
from devservers.interface import Endpoints, answers, nothing_to_do, status
from devservers.settings import Settings
from devservers.steps import Step


class External:
    """The servers at FOODAPP_POSTGRES_URL, FOODAPP_REDIS_URL and FOODAPP_RABBITMQ_URL."""

    name = "external"

    def __init__(self, endpoints: Endpoints) -> None:
        """Use servers at these URLs."""
        self.endpoints = endpoints

    def steps(self) -> list[Step]:
        """Return the steps that probe each server once: external servers cannot be started."""
        return [Step(name, nothing_to_do, _at_once(name, ask)) for name, ask in answers(self.endpoints).items()]

    def undo(self) -> None:
        """Do nothing: no server was started."""

    def stop(self) -> list[str]:
        """Do nothing: external servers are not stopped."""
        return []

    def wipe(self) -> None:
        """Do nothing: the databases are dropped by name."""

    def status(self) -> dict[str, str]:
        """Probe every server."""
        return status(self.endpoints)


def external_endpoints(settings: Settings) -> Endpoints | None:
    """Read the three URLs; None when none is set, an error when only some are."""
    urls = {
        "FOODAPP_POSTGRES_URL": settings.postgres_url,
        "FOODAPP_REDIS_URL": settings.redis_url,
        "FOODAPP_RABBITMQ_URL": settings.rabbitmq_url,
    }
    if not any(urls.values()):
        return None
    if absent := [name for name, url in urls.items() if not url]:
        raise UsageError(f"external servers need all three URLs; not set: {', '.join(absent)}")
    postgres, redis, rabbitmq = map(str, urls.values())
    return Endpoints(postgres, redis, rabbitmq, settings.rabbitmq_management_url)


def _at_once(name: str, ask: Callable[[], str | None]) -> Callable[[], str | None]:
    def missing() -> str | None:
        if reason := ask():
            raise StartError(f"FOODAPP_{name.upper()}_URL does not respond: {reason}")
        return None

    return missing
