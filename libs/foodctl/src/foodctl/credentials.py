"""Passwords and signing keys, created once and stored in the state folder."""

from dataclasses import asdict, dataclass, field

from typing_extensions import override

from devservers import credentials
from devservers.credentials import password
from devservers.state import State, read_json, write_private
from foodctl.catalog import SERVICES
from foodctl.redis_users import redis_user


def _signing_keys() -> str:
    from user_service.keys import new_keys  # noqa: PLC0415 - with the chassis, which most commands do without

    return new_keys()


@dataclass(frozen=True)
class Credentials(credentials.Credentials):
    """The secrets of one system, and the id that distinguishes its data from another's."""

    roles: str = field(default_factory=password)
    signing_keys: str = field(default_factory=_signing_keys)

    @classmethod
    def of(cls, state: State) -> "Credentials":
        """Load the credentials of this state folder, or create them."""
        stored = read_json(state.credentials)
        if stored is not None and set(stored) == set(cls.__dataclass_fields__):
            return cls(**stored)
        made = cls()
        write_private(state.credentials, asdict(made))
        return made

    def role(self, package: str) -> str:
        """Return the password of one service for all its servers."""
        return f"{package}-{self.roles}"

    @property
    @override
    def redis_users(self) -> tuple[str, ...]:
        """Return the Redis users of the services, with their keys and channels."""
        return tuple(" ".join(redis_user(one, self.role(one.package))) for one in SERVICES if "redis" in one.needs)
