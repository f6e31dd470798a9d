"""An issuer of access tokens for tests, whose keys the service under test trusts."""

import json
import time
from typing import Any
from uuid import UUID, uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey

from foodchassis import ServiceSettings


class Issuer:
    """Signs any claims."""

    url = "http://localhost:8000"
    audience: str = ServiceSettings.model_fields["auth_audience"].default

    def __init__(self, kid: str = "test", algorithm: str = "Ed25519") -> None:
        self.kid, self.algorithm = kid, algorithm
        parameters: Any = {"kid": kid, "use": "sig", "alg": algorithm}
        # Any: tests use the private key in ways that the library's types do not allow.
        self.key: Any = (
            ECKey.generate_key("P-256", parameters)
            if algorithm == "ES256"
            else OKPKey.generate_key("Ed25519", parameters)
        )

    @property
    def jwks(self) -> str:
        """The public keys as a JWKS document."""
        return json.dumps({"keys": [self.key.as_dict(private=False)]})

    def token(self, role: str = "customer", user_id: UUID | None = None, **claims: Any) -> str:
        """Return an access token; `claims` replace the default ones."""
        issued = int(time.time())
        usual = {
            "iss": self.url,
            "aud": self.audience,
            "sub": str(user_id or uuid4()),
            "roles": [role],
            "iat": issued,
            "exp": issued + 3600,
        }
        header = {"alg": self.algorithm, "typ": "at+jwt", "kid": self.kid}
        return jwt.encode(header, {**usual, **claims}, self.key, algorithms=[self.algorithm])

    def bearer(self, role: str = "customer", user_id: UUID | None = None, **claims: Any) -> dict[str, str]:
        """Return the Authorization header with such a token."""
        return {"Authorization": f"Bearer {self.token(role, user_id, **claims)}"}


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    """Return an issuer with keys of its own."""
    return Issuer()
