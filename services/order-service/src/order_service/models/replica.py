"""The tables replicated from events: restaurants, dishes, contacts and erased users."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from foodchassis.storage import TIMESTAMP
from order_service.models.columns import Row


class RestaurantCopy(Row, table=True):
    """The newest published snapshot of a restaurant."""

    __tablename__ = "restaurants"
    __table_args__ = (Index("restaurants_staff", text("(snapshot -> 'staff')"), postgresql_using="gin"),)

    id: UUID = Field(primary_key=True)
    version: int
    owner_id: UUID
    snapshot: dict[str, Any] = Field(sa_type=JSONB)


class MenuItemCopy(Row, table=True):
    """The newest snapshot of a dish; a removed one stays as a tombstone against late snapshots."""

    __tablename__ = "menu_items"

    id: UUID = Field(primary_key=True)
    version: int
    restaurant_id: UUID
    removed: bool
    snapshot: dict[str, Any] | None = Field(sa_type=JSONB(none_as_null=True))


class ContactCopy(Row, table=True):
    """The newest published contact of a user, for the other parties of open orders."""

    __tablename__ = "contacts"

    id: UUID = Field(primary_key=True)
    version: int
    name: str
    phone: str | None = None


class ErasedUser(Row, table=True):
    """An erased user, whose tokens and restaurants are refused."""

    __tablename__ = "erased_users"

    id: UUID = Field(primary_key=True)
    at: datetime = Field(sa_type=TIMESTAMP)
