"""The customers of a benchmark: their access tokens, and rate limits that are never reached."""

import json
from uuid import UUID

from foodchassis import new_id
from foodctl.system import System
from user_service.adapters.signing import SigningKeys
from user_service.settings import UserSettings

# Each request still uses its limits in Redis.
LIMITS = {"IDENTITY_RATE": "1e5", "IDENTITY_BURST": "1000000", "ADDRESS_RATE": "1e5", "ADDRESS_BURST": "1000000"}


class Tokens:
    """Creates access tokens of one system, like user-service."""

    def __init__(self, system: System) -> None:
        """Sign with the system's own keys."""
        keys = {"signing_keys": system.credentials.signing_keys, "auth_issuer": system.gateway_url}
        self._keys = SigningKeys(UserSettings.model_validate(keys))
        # The setting that a service needs to accept them without user-service.
        self.settings = {"AUTH_JWKS": json.dumps(self._keys.published)}

    def of(self, user_id: UUID, role: str) -> str:
        """Make a token of a user."""
        return self._keys.access_token(user_id, role, new_id())

    def customers(self, count: int) -> tuple[str, ...]:
        """Make tokens of new customers."""
        return tuple(self.of(new_id(), "customer") for _ in range(count))
