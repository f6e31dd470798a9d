"""API clients: programs that act for a user at one restaurant."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from foodchassis import Id, Schema, Text, Timestamp

ScopeName = Literal["orders:read", "orders:write", "menu:write"]


def _distinct(scopes: list[ScopeName]) -> list[ScopeName]:
    if len(set(scopes)) < len(scopes):
        raise ValueError("must be distinct")
    return scopes


class ApiClientCreate(Schema):
    """A new API client."""

    name: Text = Field(examples=["Till at the counter"])
    """Your name for it."""
    restaurant_id: Id
    """The restaurant it is for: other restaurants answer 404."""
    scopes: Annotated[
        list[ScopeName],
        Field(min_length=1, json_schema_extra={"uniqueItems": True}, examples=[["orders:read"]]),
        AfterValidator(_distinct),
    ]
    """Its scopes; it can do no more than you yourself."""


class ApiClientPublic(Schema):
    """An API client."""

    id: UUID
    """Its `client_id`."""
    name: str = Field(examples=["Till at the counter"])
    """Your name for it."""
    restaurant_id: UUID
    """The restaurant it is for."""
    scopes: list[str] = Field(examples=[["orders:read"]])
    """Its scopes."""
    created_at: Timestamp
    """When it was created."""
    former_until: Timestamp | None = Field(examples=[None])
    """Until when the former secret is valid, after a rotation."""


class ApiClientSecret(ApiClientPublic):
    """An API client with a new secret, which is shown only once."""

    client_secret: str = Field(examples=["pX3n0b1Zc9sV5rW7tY2uI8oP4aS6dF0gH1jK3lZ5xC7"])
    """Store it where the client reads it; it is not shown again."""
