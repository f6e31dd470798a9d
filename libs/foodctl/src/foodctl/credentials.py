"""Passwords and signing keys, made once and kept in the state folder."""

import json
import secrets
from dataclasses import asdict, dataclass, field

from joserfc.jwk import KeySet, OKPKey

from foodctl.state import State, read_json, write_private


def _password() -> str:
    return secrets.token_urlsafe(24)


def _signing_keys() -> str:
    key = OKPKey.generate_key("Ed25519", parameters={"alg": "Ed25519", "use": "sig"}, auto_kid=True)
    return json.dumps(KeySet([key]).as_dict(private=True))


@dataclass(frozen=True)
class Credentials:
    """Everything secret in one system, and the id that tells this system's data from another's."""

    id: str = field(default_factory=lambda: secrets.token_hex(4))
    postgres: str = field(default_factory=_password)
    redis: str = field(default_factory=_password)
    rabbitmq: str = field(default_factory=_password)
    roles: str = field(default_factory=_password)
    signing_keys: str = field(default_factory=_signing_keys)

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
