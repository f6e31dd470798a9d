"""Access tokens: signed with our first key, checked by everybody with the published ones."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from joserfc import jwt

from foodchassis import new_id, now
from user_service.settings import UserSettings

ALGORITHM = "Ed25519"


@dataclass(frozen=True)
class SigningKeys:
    """Signs access tokens (RFC 9068) and knows what the world needs to check them."""

    settings: UserSettings

    def access_token(self, user_id: UUID, role: str) -> str:
        """Return a signed access token for a user."""
        issued = int(now().timestamp())
        key = self.settings.key_set.keys[0]
        return jwt.encode(
            {"alg": ALGORITHM, "typ": "at+jwt", "kid": key.kid},
            {
                "iss": self.settings.auth_issuer,
                "aud": self.settings.auth_audience,
                "sub": str(user_id),
                "roles": [role],
                "iat": issued,
                "exp": issued + self.settings.access_token_seconds,
                "jti": str(new_id()),
            },
            key,
            algorithms=[ALGORITHM],
        )

    @cached_property
    def published(self) -> dict[str, Any]:
        """The public halves of all our keys, as a JWKS document."""
        keys = self.settings.key_set.as_dict(private=False)["keys"]
        return {"keys": [{**key, "use": "sig", "alg": ALGORITHM} for key in keys]}

    @cached_property
    def discovery(self) -> dict[str, Any]:
        """What an OpenID Connect client reads first."""
        issuer = self.settings.auth_issuer.rstrip("/")
        return {
            "issuer": self.settings.auth_issuer,
            "jwks_uri": f"{issuer}/.well-known/jwks.json",
            "token_endpoint": f"{issuer}/auth/token",
            "revocation_endpoint": f"{issuer}/auth/revoke",
            "grant_types_supported": ["password", "refresh_token"],
            "token_endpoint_auth_methods_supported": ["none"],
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
        }
