"""The owners of restaurants, replicated from menu-service."""

from uuid import UUID

from sqlmodel import Field

from payment_service.models.columns import Row


class Restaurant(Row, table=True):
    """The newest replicated owner of a restaurant."""

    __tablename__ = "restaurants"

    id: UUID = Field(primary_key=True)
    owner_id: UUID = Field(index=True)
    version: int
