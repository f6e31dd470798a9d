"""The data stored about a user."""

from foodchassis import Schema, Timestamp
from user_service.schemas.accounts import AddressPublic, UserPublic
from user_service.schemas.api_clients import ApiClientPublic
from user_service.schemas.tokens import SessionPublic


class AccountExport(Schema):
    """All that user-service stores about a user, except the password's hash; orders are at `GET /orders`."""

    exported_at: Timestamp
    """When this was read."""
    profile: UserPublic
    """The account."""
    addresses: list[AddressPublic]
    """The stored addresses."""
    sessions: list[SessionPublic]
    """The open log-ins."""
    api_clients: list[ApiClientPublic]
    """The API clients, without their secrets."""
