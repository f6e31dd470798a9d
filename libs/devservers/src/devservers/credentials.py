"""The passwords of the three servers."""

import secrets
from dataclasses import dataclass, field


def password() -> str:
    """Return a new password."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True)
class Credentials:
    """The servers' passwords, and the id that distinguishes their data from that of other systems."""

    id: str = field(default_factory=lambda: secrets.token_hex(4))
    postgres: str = field(default_factory=password)
    redis: str = field(default_factory=password)
    rabbitmq: str = field(default_factory=password)

    @property
    def redis_users(self) -> tuple[str, ...]:
        """Return additional Redis users, each as a configuration line without `user`."""
        return ()
