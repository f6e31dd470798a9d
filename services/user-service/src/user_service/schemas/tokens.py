"""The OAuth 2 forms and their responses."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, SecretStr

from foodchassis import Schema, Timestamp
from user_service.models import Login
from user_service.schemas.fields import Secret


class ClientForm(Schema):
    """Parameters that OAuth clients may send; for log-ins of users, which use a public client, they are ignored."""

    scope: str | None = None
    client_id: str | None = None
    client_secret: SecretStr | None = None


class PasswordGrant(ClientForm):
    """A log-in with e-mail and password."""

    grant_type: Literal["password"]
    # Not an Email: an invalid address is refused like a wrong password.
    username: Annotated[str, Field(min_length=1, max_length=1000)] = Field(examples=["emma@example.com"])
    password: Secret = Field(examples=["demo-password"])


class RefreshGrant(ClientForm):
    """A refresh token in exchange for new tokens."""

    grant_type: Literal["refresh_token"]
    refresh_token: Secret = Field(examples=["H3uS0m3r4nd0mB1t5"])


class ClientGrant(ClientForm):
    """An API client's id and secret in exchange for an access token; both may come by HTTP Basic instead."""

    grant_type: Literal["client_credentials"]


class RevocationRequest(ClientForm):
    """A log-out (RFC 7009)."""

    token: Secret = Field(examples=["H3uS0m3r4nd0mB1t5"])
    token_type_hint: str | None = None


class SessionPublic(Schema):
    """A log-in that has not ended; `current` marks that of this request."""

    id: UUID
    """The log-in."""
    created_at: Timestamp
    """When it began."""
    expires_at: Timestamp = Field(description="when it ends if it is not used before")
    current: bool = Field(examples=[True])
    """Whether this request came from it."""

    @classmethod
    def of(cls, login: Login, current: str | None) -> Self:
        """Return a log-in as its user sees it; `current` is the log-in of the request."""
        return cls(
            id=login.id, created_at=login.created_at, expires_at=login.expires_at, current=str(login.id) == current
        )


class StreamTicket(Schema):
    """A ticket that opens one stream."""

    ticket: str = Field(examples=["pX3n0b1Zc9s"])
    """Append it to the address of a stream: `?ticket=…`. It is valid once."""
    expires_in: int = Field(default=60, description="seconds until it expires")


class ClientToken(Schema):
    """The response to an API client: an access token, without a refresh token."""

    access_token: str = Field(examples=["eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiI…"])
    """Send it as `Authorization: Bearer …`."""
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the kind of token, not a token
    """The kind of access token."""
    expires_in: int = Field(description="seconds until the access token expires", examples=[900])
    scope: str = Field(examples=["orders:read orders:write"])
    """The scopes that it grants."""


class Tokens(Schema):
    """The response to a log-in."""

    access_token: str = Field(examples=["eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiI…"])
    """Send it as `Authorization: Bearer …`."""
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the kind of token, not a token
    """The kind of access token."""
    expires_in: int = Field(description="seconds until the access token expires", examples=[900])
    refresh_token: str = Field(description="good for one use", examples=["H3uS0m3r4nd0mB1t5"])
