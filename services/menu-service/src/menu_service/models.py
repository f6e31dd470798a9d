"""The tables of menu-service: restaurants and the dishes on their menus."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, false, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from foodchassis import Versioned, new_id, now
from foodchassis.kernel import MINOR_UNITS, share
from foodchassis.storage import TIMESTAMP, named_metadata, stored
from foodevents import OpeningHours, StaffMember, StaffRole, Standing, role_of

metadata = named_metadata()


def basis_points(ppm: int) -> int:
    """Return parts per million in basis points, rounded half up."""
    return share(ppm, 1, 100)


def _list() -> Any:
    """Return the field of a JSON array, which the previous release leaves empty."""
    return Field(default_factory=list, sa_type=JSONB, sa_column_kwargs={"server_default": "[]"})


class Row(SQLModel):
    """The base of this service's tables."""

    metadata = metadata


class Restaurant(Versioned, Row, table=True):
    """A restaurant; `menu_version` counts changes of its menu, and searches use `folded_name`.

    Only approved ones are listed and accept orders; the previous release has no others.

    One with `closed_at` has lost its owner: it stays for its orders, paused and unchanged.
    """

    __tablename__ = "restaurants"
    __table_args__ = (
        CheckConstraint("lat BETWEEN -90 AND 90 AND lng BETWEEN -180 AND 180", "place"),
        CheckConstraint("prep_minutes BETWEEN 0 AND 240", "prep_minutes"),
        CheckConstraint("radius_m BETWEEN 100 AND 50000", "radius_m"),
        CheckConstraint("tax_rate_bp BETWEEN 0 AND 10000", "tax_rate_bp"),
        CheckConstraint("tax_ppm BETWEEN 0 AND 1000000", "tax_ppm"),
        CheckConstraint("service_fee_bp BETWEEN 0 AND 10000", "service_fee_bp"),
        CheckConstraint("delivery_fee >= 0", "delivery_fee"),
        CheckConstraint("version > 0 AND menu_version >= 0", "version"),
        CheckConstraint("closed_at IS NULL OR paused", "closed_is_paused"),
        Index("restaurants_staff", "staff", postgresql_using="gin", postgresql_ops={"staff": "jsonb_path_ops"}),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    owner_id: UUID = Field(index=True)
    name: str
    folded_name: str
    line1: str
    city: str
    postal_code: str
    lat: float = Field(index=True)
    lng: float
    hours: dict[str, Any] = Field(sa_type=JSONB)
    paused: bool
    auto_accept: bool
    prep_minutes: int
    radius_m: int
    currency: str = Field(max_length=3)
    tax_rate_bp: int
    tax_ppm: int | None = None
    delivery_fee: int = Field(sa_type=BigInteger)
    service_fee_bp: int
    prices_include_tax: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    tax_rates: dict[str, int] = Field(default_factory=dict, sa_type=JSONB, sa_column_kwargs={"server_default": "{}"})
    sections: list[dict[str, Any]] = _list()
    menu_version: int = Field(default=0)
    closed_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    standing: Standing = Field(
        default=Standing.APPROVED,
        sa_type=stored(Standing, "standing"),
        sa_column_kwargs={"server_default": Standing.APPROVED.value},
    )
    standing_reason: str | None = None
    staff: list[dict[str, Any]] = Field(
        default_factory=list, sa_type=JSONB, sa_column_kwargs={"server_default": text("'[]'::jsonb")}
    )

    @property
    def place(self) -> dict[str, Any]:
        """The place as one document."""
        return {
            "line1": self.line1,
            "city": self.city,
            "postal_code": self.postal_code,
            "lat": self.lat,
            "lng": self.lng,
        }

    def role_of(self, user_id: UUID) -> StaffRole | None:
        """Return the role of a user here, or None."""
        return role_of(user_id, self.owner_id, map(StaffMember.model_validate, self.staff))

    @property
    def tax_rate_ppm(self) -> int:
        """The tax in parts per million; the previous release only stores basis points."""
        known = self.tax_ppm is not None and basis_points(self.tax_ppm) == self.tax_rate_bp
        return self.tax_ppm if known and self.tax_ppm is not None else self.tax_rate_bp * 100

    @property
    def minor_units(self) -> int:
        """The number of decimals of its currency."""
        return MINOR_UNITS[self.currency]

    @property
    def menu_tag(self) -> str:
        """Return the ETag of the whole menu, the same as that of the statement that reads it."""
        return f"{self.version}.{self.menu_version}"

    @property
    def open_now(self) -> bool:
        """Return whether it accepts orders now."""
        approved = self.standing is Standing.APPROVED
        return approved and not self.paused and OpeningHours.model_validate(self.hours).open_at(now())


class MenuItem(Versioned, Row, table=True):
    """A dish; a removed one stays as a tombstone, so that its version never restarts."""

    __tablename__ = "menu_items"
    __table_args__ = (
        CheckConstraint("price >= 0", "price"),
        CheckConstraint("version > 0", "version"),
        Index(None, "restaurant_id", "id", postgresql_where=text("removed_at IS NULL")),
        Index(None, "restaurant_id", "external_id", unique=True, postgresql_where=text("removed_at IS NULL")),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    restaurant_id: UUID = Field(foreign_key="restaurants.id")
    name: str
    description: str
    price: int = Field(sa_type=BigInteger)
    available: bool
    option_groups: list[dict[str, Any]] = Field(sa_type=JSONB)
    tax_category: str = Field(default="food", sa_column_kwargs={"server_default": "food"})
    section_id: UUID | None = None
    position: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    external_id: str | None = None
    allergens: list[str] = _list()
    images: list[dict[str, Any]] = _list()
    removed_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)


class Invitation(Row, table=True):
    """An invitation to a restaurant's staff: its code is stored as a digest, and is valid for one user."""

    __tablename__ = "invitations"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    restaurant_id: UUID = Field(foreign_key="restaurants.id", index=True)
    digest: bytes = Field(unique=True)
    role: StaffRole = Field(sa_type=stored(StaffRole))
    name: str
    expires_at: datetime = Field(sa_type=TIMESTAMP)
    used_by: UUID | None = None


class ErasedOwner(Row, table=True):
    """An erased user, whose remaining access tokens cannot open a restaurant."""

    __tablename__ = "erased_owners"

    id: UUID = Field(primary_key=True)
