"""Access tokens: signed with the first key, verified by all services with the published keys."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.jwk import Key

from foodchassis import new_id, now
from user_service.models import ApiClient
from user_service.settings import UserSettings

# Every library supports ES256; earlier releases created Ed25519 keys.
ALGORITHMS = {"EC": "ES256", "OKP": "Ed25519"}


def algorithm(key: Key) -> str:
    """Return the algorithm that a key signs with."""
    return ALGORITHMS[key.key_type]


@dataclass(frozen=True)
class SigningKeys:
    """Signs access tokens (RFC 9068), and publishes the keys that verify them."""

    settings: UserSettings

    def access_token(self, user_id: UUID, role: str, session: UUID) -> str:
        """Return a signed access token for a user's log-in."""
        return self._signed({"sub": str(user_id), "roles": [role], "sid": str(session)})

    def client_token(self, client: ApiClient, role: str, scopes: list[str]) -> str:
        """Return a signed access token for an API client, which acts for a user at one restaurant."""
        return self._signed(
            {
                "sub": str(client.id),
                "client_id": str(client.id),
                "roles": [role],
                "sid": str(client.id),
                "scope": " ".join(scopes),
                "acts_for": str(client.user_id),
                "bound_to": str(client.restaurant_id),
            }
        )

    def _signed(self, claims: dict[str, Any]) -> str:
        issued = int(now().timestamp())
        key = self.settings.key_set.keys[0]
        return jwt.encode(
            {"alg": algorithm(key), "typ": "at+jwt", "kid": key.kid},
            {
                "iss": self.settings.auth_issuer,
                "aud": self.settings.auth_audience,
                **claims,
                "iat": issued,
                "exp": issued + self.settings.access_token_seconds,
                "jti": str(new_id()),
            },
            key,
            algorithms=[algorithm(key)],
        )

    @cached_property
    def published(self) -> dict[str, Any]:
        """The public halves of all our keys, as a JWKS document."""
        keys = self.settings.key_set.keys
        return {"keys": [{**key.as_dict(private=False), "use": "sig", "alg": algorithm(key)} for key in keys]}

    @cached_property
    def discovery(self) -> dict[str, Any]:
        """The discovery document (OpenID Connect Discovery, RFC 8414)."""
        issuer = self.settings.auth_issuer.rstrip("/")
        return {
            "issuer": self.settings.auth_issuer,
            "jwks_uri": f"{issuer}/.well-known/jwks.json",
            "token_endpoint": f"{issuer}/auth/token",
            "revocation_endpoint": f"{issuer}/auth/revoke",
            "revocation_endpoint_auth_methods_supported": ["none"],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
            "scopes_supported": sorted(self.settings.auth_scopes),
            "grant_types_supported": ["password", "refresh_token", "client_credentials"],
            # There is no authorization endpoint, so no response type.
            "response_types_supported": ["none"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": list(dict.fromkeys(map(algorithm, self.settings.key_set.keys))),
            "claims_supported": ["iss", "aud", "sub", "roles", "iat", "exp", "jti", "sid"],
            "service_documentation": f"{issuer}/docs",
        }
