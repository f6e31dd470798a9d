"""The tables of accounts, addresses, log-ins, refresh tokens, revocations, links by e-mail, and the admins' audit."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from foodchassis import Versioned, new_id, now
from foodchassis.storage import TIMESTAMP, named_metadata, stored

metadata = named_metadata()


class Row(SQLModel):
    """The base of this service's tables."""

    metadata = metadata


class UserRole(StrEnum):
    """The role of a user."""

    CUSTOMER = "customer"
    RESTAURANT = "restaurant"
    DRIVER = "driver"
    ADMIN = "admin"


class LinkPurpose(StrEnum):
    """The purpose of a link sent by e-mail."""

    SIGN_UP = "sign_up"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a purpose, not a password
    VERIFY_EMAIL = "verify_email"
    CHANGE_EMAIL = "change_email"


def _owner(table: str, *, primary: bool = False) -> Column[UUID]:
    return Column(ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=False, index=not primary)


class User(Versioned, Row, table=True):
    """An account; searches compare `folded_name`, which the previous release leaves empty."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_is_normalised"),
        Index("users_unfolded_idx", "id", postgresql_where=text("folded_name IS NULL")),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    email: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    name: str = Field(sa_column=Column(Text, nullable=False))
    folded_name: str | None = Field(default=None, sa_column=Column(Text))
    role: UserRole = Field(sa_type=stored(UserRole, "role"))
    password_hash: str = Field(sa_column=Column(Text, nullable=False))
    phone: str | None = Field(default=None, sa_column=Column(Text))
    email_verified_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    created_at: datetime = Field(default_factory=now, sa_type=TIMESTAMP)

    @property
    def email_verified(self) -> bool:
        """Whether a link that was sent to the address has been opened."""
        return self.email_verified_at is not None


class Address(Row, table=True):
    """A delivery address of a user."""

    __tablename__ = "addresses"
    __table_args__ = (
        CheckConstraint("lat BETWEEN -90 AND 90", name="lat"),
        CheckConstraint("lng BETWEEN -180 AND 180", name="lng"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID = Field(sa_column=_owner("users"))
    label: str | None = Field(default=None, sa_column=Column(Text))
    line1: str = Field(sa_column=Column(Text, nullable=False))
    city: str = Field(sa_column=Column(Text, nullable=False))
    postal_code: str = Field(sa_column=Column(Text, nullable=False))
    lat: float
    lng: float
    floor: str | None = Field(default=None, sa_column=Column(Text))
    door_code: str | None = Field(default=None, sa_column=Column(Text))
    created_at: datetime = Field(default_factory=now, sa_type=TIMESTAMP)


class Login(Row, table=True):
    """One log-in: the family of all refresh tokens that came from it."""

    __tablename__ = "logins"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID = Field(sa_column=_owner("users"))
    created_at: datetime = Field(default_factory=now, sa_type=TIMESTAMP)
    expires_at: datetime = Field(sa_type=TIMESTAMP, index=True)
    revoked_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)


class RefreshToken(Row, table=True):
    """A refresh token, valid for one use; kept after it, so that a second use is detected."""

    __tablename__ = "refresh_tokens"

    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    login_id: UUID = Field(sa_column=_owner("logins"))
    expires_at: datetime = Field(sa_type=TIMESTAMP, index=True)
    used_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    successor_salt: bytes | None = Field(default=None, sa_column=Column(LargeBinary))


class Revocation(Row, table=True):
    """A log-in or user whose access tokens are refused until the last one has expired."""

    __tablename__ = "revocations"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    expires_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, index=True))


class ApiClient(Row, table=True):
    """A program that acts for a user at one restaurant; its secrets are stored as digests."""

    __tablename__ = "api_clients"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID = Field(sa_column=_owner("users"))
    name: str = Field(sa_column=Column(Text, nullable=False))
    restaurant_id: UUID
    scopes: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    secret: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    former_secret: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    former_until: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    created_at: datetime = Field(default_factory=now, sa_type=TIMESTAMP)


class AuditEntry(Row, table=True):
    """An action of an admin, in any service."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index(None, "at", "id"), Index(None, "action", "at", "id"))

    id: UUID = Field(primary_key=True)
    at: datetime = Field(sa_type=TIMESTAMP)
    admin_id: UUID = Field(index=True)
    action: str = Field(sa_column=Column(Text, nullable=False))
    object_id: UUID = Field(index=True)
    reason: str | None = Field(default=None, sa_column=Column(Text))


class AuditRead(Row, table=True):
    """A read of an admin in any service."""

    __tablename__ = "audit_reads"
    __table_args__ = (
        Index(None, "at", "id"),
        Index(None, "admin_id", "at", "id"),
        Index(None, "object_id", "at", "id"),
        Index(None, "operation", "at", "id"),
    )

    id: UUID = Field(primary_key=True)
    at: datetime = Field(sa_type=TIMESTAMP)
    admin_id: UUID
    operation: str = Field(sa_column=Column(Text, nullable=False))
    object_id: UUID | None


class EmailLink(Row, table=True):
    """A link sent by e-mail, valid for one use; stores a sign-up until its address is confirmed."""

    __tablename__ = "email_links"

    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    purpose: LinkPurpose = Field(sa_type=stored(LinkPurpose, "purpose"))
    email: str = Field(sa_column=Column(Text, nullable=False))
    user_id: UUID | None = Field(sa_column=Column(ForeignKey("users.id", ondelete="CASCADE"), index=True))
    sign_up: dict[str, str] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    expires_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, index=True))
