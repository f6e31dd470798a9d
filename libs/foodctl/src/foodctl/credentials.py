"""Passwords and signing keys, made once and kept in the state folder."""

from dataclasses import asdict, dataclass, field

from devservers import credentials
from devservers.credentials import password
from devservers.state import State, read_json, write_private
from user_service.keys import new_keys


@dataclass(frozen=True)
class Credentials(credentials.Credentials):
    """Everything secret in one system, and the id that tells this system's data from another's."""

    roles: str = field(default_factory=password)
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
        """Return the password of one service's database role."""
        return f"{package}-{self.roles}"
