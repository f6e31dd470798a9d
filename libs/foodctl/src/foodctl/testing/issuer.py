"""An issuer of access tokens for tests, whose keys the service under test is given."""

import json
import time
from typing import Any
from uuid import UUID, uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey


class Issuer:
    """Signs whatever claims a test wants."""

    url = "http://localhost:8000"
    audience = "foodapp"

    def __init__(self) -> None:
        self.key = OKPKey.generate_key("Ed25519", {"kid": "test", "use": "sig", "alg": "Ed25519"})

    @property
    def jwks(self) -> str:
        """The public keys, as the document an issuer serves."""
        return json.dumps({"keys": [self.key.as_dict(private=False)]})

    def token(self, role: str = "customer", user_id: UUID | None = None, **claims: Any) -> str:
        """Make an access token; `claims` replace the usual ones."""
        issued = int(time.time())
        usual = {
            "iss": self.url,
            "aud": self.audience,
            "sub": str(user_id or uuid4()),
            "roles": [role],
            "iat": issued,
            "exp": issued + 3600,
        }
        header = {"alg": "Ed25519", "typ": "at+jwt", "kid": "test"}
        return jwt.encode(header, {**usual, **claims}, self.key, algorithms=["Ed25519"])

    def bearer(self, role: str = "customer", user_id: UUID | None = None, **claims: Any) -> dict[str, str]:
        """Make the header that carries such a token."""
        return {"Authorization": f"Bearer {self.token(role, user_id, **claims)}"}


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    """Give an issuer with keys of its own."""
    return Issuer()
