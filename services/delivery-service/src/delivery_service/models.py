"""The tables and their states: drivers, deliveries, offers and erased users."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from foodchassis import Versioned, now
from foodchassis.storage import TIMESTAMP, named_metadata, stored
from foodevents import Standing


class DeliveryStatus(StrEnum):
    """The status of a delivery."""

    SEARCHING = "searching"
    OFFERED = "offered"
    ASSIGNED = "assigned"
    PICKED_UP = "picked_up"
    DELIVERED = "delivered"
    NO_DRIVER = "no_driver"
    CANCELLED = "cancelled"
    UNDELIVERABLE = "undeliverable"


class OfferStatus(StrEnum):
    """The status of an offer."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    FULFILLED = "fulfilled"
    WITHDRAWN = "withdrawn"
    ABANDONED = "abandoned"
    FAILED = "failed"


class Vehicle(StrEnum):
    """The vehicle of a driver."""

    BICYCLE = "bicycle"
    SCOOTER = "scooter"
    CAR = "car"


metadata = named_metadata()
WAITING = text("status = 'searching'")
ACTIVE = text("status IN ('assigned', 'picked_up')")
ENGAGED = text("status IN ('open', 'accepted')")
ENGAGING = frozenset({OfferStatus.OPEN, OfferStatus.ACCEPTED})


class Row(SQLModel):
    """The base of this service's tables."""

    metadata = metadata
    __table_args__: ClassVar[Any] = ()


class Driver(Row, table=True):
    """A driver, with the id of the user. The stored position is slightly old: Redis has the current one.

    Only approved drivers get offers; the previous release has no others.
    """

    __tablename__ = "drivers"
    __table_args__ = (
        CheckConstraint("(lat IS NULL) = (lng IS NULL) AND (lat IS NULL) = (located_at IS NULL)", name="position"),
        Index("drivers_online", "lat", postgresql_where=text("online")),
    )

    id: UUID = Field(primary_key=True)
    name: str
    vehicle: Vehicle = Field(sa_type=stored(Vehicle))
    auto_accept: bool = False
    online: bool = False
    lat: float | None = None
    lng: float | None = None
    located_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    created_at: datetime = Field(default_factory=now, sa_type=TIMESTAMP)
    standing: Standing = Field(
        default=Standing.APPROVED,
        sa_type=stored(Standing, "standing"),
        sa_column_kwargs={"server_default": Standing.APPROVED.value},
    )
    standing_reason: str | None = None


class DeliveryColumns(Row):
    """The delivery of a paid order; amounts are in minor units.

    An order whose cancellation arrives before its payment gets an empty, cancelled delivery.
    """

    id: UUID = Field(primary_key=True)
    version: int = 1
    order_id: UUID = Field(unique=True)
    customer_id: UUID
    restaurant_id: UUID
    restaurant_name: str | None = None
    status: DeliveryStatus = Field(sa_type=stored(DeliveryStatus))
    driver_id: UUID | None = Field(default=None, foreign_key="drivers.id")
    pickup: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    dropoff: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    customer_erased: bool = False
    delivery_fee: int = Field(sa_type=BigInteger)
    tip: int = Field(sa_type=BigInteger)
    currency: str = Field(max_length=3)
    ready_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    food_ready_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    created_at: datetime = Field(sa_type=TIMESTAMP)
    searching_since: datetime = Field(sa_type=TIMESTAMP)
    assigned_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    picked_up_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    delivered_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    ended_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    traceparent: str | None = Field(default=None, description="the trace that began it")
    test: dict[str, Any] | None = Field(
        default=None, sa_type=JSONB(none_as_null=True), description="how a test order is played"
    )


class Delivery(Versioned, DeliveryColumns, table=True):
    """A stored delivery."""

    __tablename__ = "deliveries"
    __table_args__ = (
        CheckConstraint("driver_id IS NULL OR status NOT IN ('searching', 'offered', 'no_driver')", name="no_driver"),
        CheckConstraint(
            "driver_id IS NOT NULL OR status NOT IN ('assigned', 'picked_up', 'delivered', 'undeliverable')",
            name="driver",
        ),
        CheckConstraint(
            "(ended_at IS NOT NULL) = (status IN ('delivered', 'no_driver', 'cancelled', 'undeliverable'))",
            name="ended",
        ),
        CheckConstraint(
            "status = 'cancelled' OR (restaurant_name IS NOT NULL AND pickup IS NOT NULL AND dropoff IS NOT NULL"
            " AND ready_at IS NOT NULL)",
            name="facts",
        ),
        CheckConstraint("delivery_fee >= 0 AND tip >= 0", name="amounts"),
        Index("deliveries_one_active_per_driver", "driver_id", unique=True, postgresql_where=ACTIVE),
        Index("deliveries_waiting", "id", postgresql_where=WAITING),
        Index("deliveries_of_customer", "customer_id", "id"),
        Index("deliveries_of_driver", "driver_id", "id"),
    )


class OfferFacts(Row):
    """An offer of a delivery to a driver, at most one per delivery and driver.

    While it engages the driver, there are no others.
    """

    id: UUID = Field(primary_key=True)
    delivery_id: UUID = Field(foreign_key="deliveries.id")
    driver_id: UUID = Field(foreign_key="drivers.id")
    status: OfferStatus = Field(sa_type=stored(OfferStatus))
    distance_m: int
    created_at: datetime = Field(sa_type=TIMESTAMP)
    expires_at: datetime = Field(sa_type=TIMESTAMP)
    closed_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)


class Offer(OfferFacts, table=True):
    """A stored offer."""

    __tablename__ = "offers"
    __table_args__ = (
        CheckConstraint("(status = 'open') = (closed_at IS NULL)", name="closed"),
        Index("offers_of_driver", "driver_id", "id"),
        Index("offers_driver_asked_once", "delivery_id", "driver_id", unique=True),
        Index("offers_one_engaging_per_driver", "driver_id", unique=True, postgresql_where=ENGAGED),
        Index("offers_one_engaging_per_delivery", "delivery_id", unique=True, postgresql_where=ENGAGED),
    )


class DeliveryFacts(DeliveryColumns):
    """The facts for decisions: a delivery with its offers, oldest first, and its driver."""

    offers: tuple[OfferFacts, ...] = ()
    hands_free: bool = Field(default=False, description="whether its driver takes every step unasked")
    heard_at: datetime | None = Field(default=None, description="when its driver's position was last made durable")

    @property
    def engaging(self) -> OfferFacts | None:
        """The offer that engages a driver: open or accepted."""
        return next((one for one in self.offers if one.status in ENGAGING), None)


class Erasure(Row, table=True):
    """An erased user, whose personal data must not be stored any more."""

    __tablename__ = "erasures"

    user_id: UUID = Field(primary_key=True)
    erased_at: datetime = Field(default_factory=now, sa_type=TIMESTAMP)
