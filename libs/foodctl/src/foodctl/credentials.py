"""Passwords and signing keys, made once and kept in the state folder."""

import secrets
from dataclasses import asdict, dataclass, field

from foodctl.state import State, read_json, write_private
from user_service.keys import new_keys


def _password() -> str:
    return secrets.token_urlsafe(24)


@dataclass(frozen=True)
class Credentials:
    """Everything secret in one system, and the id that tells this system's data from another's."""

    id: str = field(default_factory=lambda: secrets.token_hex(4))
    postgres: str = field(default_factory=_password)
    redis: str = field(default_factory=_password)
    rabbitmq: str = field(default_factory=_password)
    roles: str = field(default_factory=_password)
    signing_keys: str = field(default_factory=new_keys)

    @classmethod
    def of(cls, state: State) -> "Credentials":
        """Load the credentials of this state folder, making them the first time."""
        stored = read_json(state.credentials)
        if stored is not None and set(stored) == set(cls.__dataclass_fields__):
            return cls(**stored)
        made = cls()
        write_private(state.credentials, asdict(made))
        return made

    def role(self, package: str) -> str:
        """Give the password of one service's database role."""
        return f"{package}-{self.roles}"
