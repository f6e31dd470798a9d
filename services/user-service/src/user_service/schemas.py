"""What the API takes and gives."""

import unicodedata
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, SecretStr

from foodchassis import Latitude, Longitude, Schema, Text, Timestamp
from user_service.emails import normalise
from user_service.models import UserRole


def _no_control(secret: SecretStr) -> SecretStr:
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in secret.get_secret_value()):
        raise ValueError("must not contain control characters")
    return secret


Email = Annotated[str, Field(max_length=254, json_schema_extra={"format": "email"}), AfterValidator(normalise)]
NewPassword = Annotated[SecretStr, Field(min_length=10, max_length=128), AfterValidator(_no_control)]
Secret = Annotated[SecretStr, Field(min_length=1, max_length=1000), AfterValidator(_no_control)]


class UserCreate(Schema):
    """A sign-up; nobody makes himself an admin."""

    email: Email
    password: NewPassword
    name: Text
    role: Literal["customer", "restaurant", "driver"]


class AdminCreate(Schema):
    """An admin, whom only an operator makes."""

    email: Email
    password: NewPassword
    name: Text


class UserUpdate(Schema):
    """What a user may change about himself."""

    name: Text


class UserPublic(Schema):
    """A user, as he sees himself."""

    id: UUID
    email: str
    name: str
    role: UserRole
    created_at: Timestamp


class AddressCreate(Schema):
    """A place to deliver to; without `label` it is also an order's `delivery_address`."""

    label: Text | None = None
    line1: Text
    city: Text
    postal_code: Text
    lat: Latitude
    lng: Longitude


class AddressPublic(AddressCreate):
    """A stored address."""

    id: UUID
    created_at: Timestamp


class ClientForm(Schema):
    """What OAuth clients may send along; all our clients are public, so none of it changes anything."""

    scope: str | None = None
    client_id: str | None = None
    client_secret: SecretStr | None = None


class PasswordGrant(ClientForm):
    """A log-in with e-mail and password."""

    grant_type: Literal["password"]
    # Not an Email: what can't be anybody's address is refused like a wrong password.
    username: Annotated[str, Field(min_length=1, max_length=1000)]
    password: Secret


class RefreshGrant(ClientForm):
    """A refresh token in exchange for new tokens."""

    grant_type: Literal["refresh_token"]
    refresh_token: Secret


class RevocationRequest(ClientForm):
    """A log-out (RFC 7009)."""

    token: Secret
    token_type_hint: str | None = None


class SessionPublic(Schema):
    """A log-in that has not ended; `current` is the one that asks."""

    id: UUID
    created_at: Timestamp
    expires_at: Timestamp = Field(description="when it ends if it is not used before")
    current: bool


class Tokens(Schema):
    """The answer to a log-in."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the kind of token, not a token
    expires_in: int = Field(description="seconds until the access token expires")
    refresh_token: str = Field(description="good for one use")
