"""The interface of all ways to run the servers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from devservers import probes
from devservers.credentials import Credentials
from devservers.steps import Say, Step


@dataclass(frozen=True)
class Endpoints:
    """The URLs of the three servers; the PostgreSQL role may create databases and roles."""

    postgres_url: str
    redis_url: str
    rabbitmq_url: str
    management_url: str | None = None
    broker_metrics_url: str | None = None

    @classmethod
    def here(
        cls,
        credentials: Credentials,
        postgres: int,
        redis: int,
        amqp: int,
        *,
        management: int | None,
        metrics: int | None = None,
    ) -> "Endpoints":
        """Return the URLs of servers with these passwords on these loopback ports."""
        return cls(
            f"postgresql://postgres:{credentials.postgres}@127.0.0.1:{postgres}/postgres",
            f"redis://:{credentials.redis}@127.0.0.1:{redis}/0",
            f"amqp://foodapp:{credentials.rabbitmq}@127.0.0.1:{amqp}/",
            f"http://127.0.0.1:{management}" if management else None,
            f"http://127.0.0.1:{metrics}/metrics" if metrics else None,
        )


class Servers(Protocol):
    """The three servers, run in one way."""

    @property
    def name(self) -> str:
        """The way: external, compose or native."""

    @property
    def endpoints(self) -> Endpoints:
        """Return the servers' URLs."""

    def steps(self) -> list[Step]:
        """Return the steps that start the servers; the last ones are named postgres, redis and rabbitmq."""

    def undo(self) -> None:
        """Stop the servers that this run started."""

    def stop(self) -> list[str]:
        """Stop the servers, keep their data, and return the names of the stopped ones."""

    def wipe(self) -> None:
        """Drop the data of stopped servers."""

    def status(self) -> dict[str, str]:
        """Return for each server None, or the reason why it is not ready."""


def answers(endpoints: Endpoints) -> dict[str, Callable[[], str | None]]:
    """Return for each server its probe, which returns None when it is ready."""
    return {
        "postgres": lambda: probes.postgres(endpoints.postgres_url),
        "redis": lambda: probes.redis_(endpoints.redis_url),
        "rabbitmq": lambda: probes.rabbitmq(endpoints.rabbitmq_url),
    }


def status(endpoints: Endpoints) -> dict[str, str]:
    """Probe every server."""
    return {name: ask() or "ready" for name, ask in answers(endpoints).items()}


def nothing_to_do(_say: Say) -> None:
    """Launch nothing, because another step does."""
