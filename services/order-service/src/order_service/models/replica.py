"""The tables of what other services published: restaurants, dishes, and the users who were erased."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from foodchassis.storage import TIMESTAMP
from order_service.models.columns import Row


class RestaurantCopy(Row, table=True):
    """The newest snapshot of a restaurant that menu-service published."""

    __tablename__ = "restaurants"
    __table_args__ = (Index("restaurants_staff", text("(snapshot -> 'staff')"), postgresql_using="gin"),)

    id: UUID = Field(primary_key=True)
    version: int
    owner_id: UUID
    snapshot: dict[str, Any] = Field(sa_type=JSONB)


class MenuItemCopy(Row, table=True):
    """The newest snapshot of a dish; a removed one stays as a tombstone against snapshots that come late."""

    __tablename__ = "menu_items"

    id: UUID = Field(primary_key=True)
    version: int
    restaurant_id: UUID
    removed: bool
    snapshot: dict[str, Any] | None = Field(sa_type=JSONB(none_as_null=True))


class ContactCopy(Row, table=True):
    """How those who share an open order with a user may call them, as user-service published it last."""

    __tablename__ = "contacts"

    id: UUID = Field(primary_key=True)
    version: int
    name: str
    phone: str | None = None


class ErasedUser(Row, table=True):
    """A user whose account was closed: their tokens command nothing, and their restaurants take no orders."""

    __tablename__ = "erased_users"

    id: UUID = Field(primary_key=True)
    at: datetime = Field(sa_type=TIMESTAMP)
