"""What a running service holds open: one object on the app's state and in each session."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from fastapi import Depends, Request
from redis.asyncio import Redis
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis.settings import ServiceSettings
from foodchassis.tokens import TokenVerifier

if TYPE_CHECKING:
    from foodchassis.broker import Broker
    from foodchassis.database import Database


T = TypeVar("T")


class NotOpenedError(RuntimeError):
    """A server is used whose URL the settings don't name."""


@dataclass
class Resources:
    """The settings of one running service, its open connections, and what `lifespan` adds as its own."""

    settings: ServiceSettings
    verifier: TokenVerifier
    maybe_redis: Redis | None = None
    maybe_database: "Database | None" = None
    maybe_broker: "Broker | None" = None
    draining: bool = False
    own: dict[str, Any] = field(default_factory=dict)

    @property
    def redis(self) -> Redis:
        """The connection to Redis; what is kept there may be lost."""
        return _opened(self.maybe_redis, "REDIS_URL")

    @property
    def database(self) -> "Database":
        """The service's own database, for a transaction of its own."""
        return _opened(self.maybe_database, "DATABASE_URL")

    @property
    def broker(self) -> "Broker":
        """The connection to RabbitMQ."""
        return _opened(self.maybe_broker, "RABBITMQ_URL")


def _opened(resource: T | None, setting: str) -> T:
    if resource is None:
        raise NotOpenedError(f"{setting} is not set, so there is nothing to use.")
    return resource


def resources(session: AsyncSession) -> Resources:
    """Return what the service that opened `session` holds: its settings, Redis, and own things."""
    found: Resources = session.info["resources"]
    return found


async def _from_request(request: Request) -> Resources:
    found: Resources = request.app.state.resources
    return found


ResourcesDep = Annotated[Resources, Depends(_from_request)]
