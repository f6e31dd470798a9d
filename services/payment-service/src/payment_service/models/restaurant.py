"""Whose restaurants are, as menu-service published it."""

from uuid import UUID

from sqlmodel import Field

from payment_service.models.columns import Row


class Restaurant(Row, table=True):
    """The newest that is known of a restaurant's owner."""

    __tablename__ = "restaurants"

    id: UUID = Field(primary_key=True)
    owner_id: UUID = Field(index=True)
    version: int
