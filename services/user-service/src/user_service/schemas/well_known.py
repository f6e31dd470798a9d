"""The documents for those who verify access tokens."""

from pydantic import Field

from foodchassis import Schema

KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF4…",
    "y": "x_FEzRu9m36…",
    "kid": "2026-05",
    "use": "sig",
    "alg": "ES256",
}


class Jwks(Schema):
    """The public keys that access tokens are signed with (RFC 7517)."""

    keys: list[dict[str, str]] = Field(examples=[[KEY]])
    """The keys, each with its `kid`."""


class Discovery(Schema):
    """Where to find keys and tokens, and what is supported (OpenID Connect Discovery, RFC 8414)."""

    issuer: str = Field(examples=["https://food.example"])
    """The `iss` of access tokens."""
    jwks_uri: str = Field(examples=["https://food.example/.well-known/jwks.json"])
    """Where the public keys are."""
    token_endpoint: str = Field(examples=["https://food.example/auth/token"])
    """Where to log in."""
    revocation_endpoint: str = Field(examples=["https://food.example/auth/revoke"])
    """Where to log out."""
    revocation_endpoint_auth_methods_supported: list[str] = Field(examples=[["none"]])
    """How a client authenticates there: not at all."""
    token_endpoint_auth_methods_supported: list[str] = Field(
        examples=[["none", "client_secret_basic", "client_secret_post"]]
    )
    """How a client authenticates: not at all for a user's log-in; an API client by its secret."""
    scopes_supported: list[str] = Field(examples=[["menu:write", "orders:read", "orders:write"]])
    """The scopes of API clients."""
    grant_types_supported: list[str] = Field(examples=[["password", "refresh_token", "client_credentials"]])
    """The grants that return tokens."""
    response_types_supported: list[str] = Field(examples=[["none"]])
    """There is no authorization endpoint."""
    subject_types_supported: list[str] = Field(examples=[["public"]])
    """A user's `sub` is the same for every client."""
    id_token_signing_alg_values_supported: list[str] = Field(examples=[["ES256"]])
    """How tokens are signed."""
    claims_supported: list[str] = Field(examples=[["iss", "aud", "sub", "roles", "iat", "exp", "jti", "sid"]])
    """The claims of an access token."""
    service_documentation: str = Field(examples=["https://food.example/docs"])
    """The documentation of this API."""
