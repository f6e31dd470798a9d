"""What the API takes and returns."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from delivery_service.models import DeliveryStatus, OfferStatus, Vehicle
from foodchassis import Amount, Currency, Id, Schema, Text, Timestamp
from foodchassis.kernel import Longitude
from foodchassis.web import Events
from foodevents import Place, Standing


class DriverUpdate(Schema):
    """Who a driver is, and whether every offer is taken unseen."""

    name: Text = Field(examples=["Amina"])
    """The name that customers see."""
    vehicle: Literal["bicycle", "scooter", "car"]
    """What the driver rides."""
    auto_accept: bool = False
    """Whether each offer is accepted at once."""


class Availability(Schema):
    """Whether a driver wants offers."""

    online: bool = Field(examples=[True])
    """True to get offers."""


class Location(Schema):
    """Where a driver is; Redis knows no place nearer to the poles."""

    lat: Annotated[float, Field(ge=-85, le=85, description="degrees north", examples=[51.0561])]
    lng: Longitude


class DriverPublic(Schema):
    """A driver as they see themselves; the position is the last that was made durable."""

    id: Id
    """The driver."""
    name: str = Field(examples=["Amina"])
    """The name that customers see."""
    vehicle: Vehicle
    """What the driver rides."""
    auto_accept: bool
    """Whether each offer is accepted at once."""
    online: bool = Field(examples=[True])
    """Whether the driver gets offers."""
    lat: float | None = Field(examples=[51.0561])
    """Degrees north, null before the first position."""
    lng: float | None = Field(examples=[3.7251])
    """Degrees east, null before the first position."""
    located_at: Timestamp | None = Field(examples=["2026-05-08T18:30:00Z"])
    """When the position was stored."""
    standing: Standing = Field(examples=["approved"])
    """Whether an admin has approved the driver; before, there are no offers."""
    standing_reason: str | None = Field(examples=[None])
    """Why the driver was rejected or suspended."""


DriverState = Literal["offline", "free", "offered", "riding"]
Reason = Literal["asked", "free", "too_far", "busy", "silent", "not_approved"]


class DriverSeen(Schema):
    """A driver as dispatch sees them; the position of one who is online is the last that was reported."""

    id: Id
    """The driver."""
    name: str = Field(examples=["Amina"])
    """The name that customers see."""
    vehicle: Vehicle
    """What the driver rides."""
    state: DriverState = Field(examples=["riding"])
    """Whether the driver gets offers, is asked now, or has a delivery."""
    delivery_id: Id | None
    """The delivery that the driver is asked about or rides for."""
    lat: float | None = Field(examples=[51.0561])
    """Degrees north, null before the first position."""
    lng: float | None = Field(examples=[3.7251])
    """Degrees east, null before the first position."""
    located_at: Timestamp | None = Field(examples=["2026-05-08T18:30:00Z"])
    """When a position was last made durable, which is now and then."""
    standing: Standing = Field(examples=["approved"])
    """Whether an admin has approved the driver; before, there are no offers."""
    standing_reason: str | None = Field(examples=[None])
    """Why the driver was rejected or suspended."""


class Considered(Schema):
    """A driver who was asked about a delivery, or is near and was not."""

    driver_id: Id
    """The driver."""
    name: str = Field(examples=["Amina"])
    """The name that customers see."""
    distance_m: int | None = Field(examples=[640])
    """Metres to the restaurant: when asked, or now; null when no position is known."""
    offer: OfferStatus | None
    """What became of asking; null when this driver was not asked."""
    reason: Reason = Field(examples=["too_far"])
    """Why this driver was not asked, or that they were or may be next."""


class SearchPublic(Schema):
    """How the search for a delivery's driver goes."""

    delivery_id: Id
    """The delivery."""
    status: DeliveryStatus
    """Where the delivery is."""
    searching_since: Timestamp
    """When the search began, or will begin."""
    radius_m: int = Field(examples=[3000])
    """How far it reaches now, in metres."""
    drivers: list[Considered]
    """The drivers who were asked, then the others, nearest first."""


class Explanation(Schema):
    """Why a driver gives up."""

    reason: Text = Field(examples=["My bicycle has a flat tyre."])
    """The reason, in a sentence."""


class Failure(Explanation):
    """Why the food could not be handed over, and who is responsible.

    Say `customer` only after waiting at the right door, where no one opened or answered: the customer then pays for
    the food. In every other case, such as an accident or food that was lost, it is the `courier`.
    """

    responsible: Literal["customer", "courier"] = "courier"
    """Who is responsible: `customer` only when the courier waited at the right door in vain."""


class OfferPublic(Schema):
    """A delivery a driver is asked to take; the door is named once it is taken, its distance before. Metres."""

    id: Id
    """The offer."""
    delivery_id: Id
    """The delivery it is for."""
    status: OfferStatus
    """Whether it is open, or how it ended."""
    expires_at: Timestamp
    """When it ends unanswered."""
    restaurant_name: str = Field(examples=["Night Owl Diner"])
    """Where the food is."""
    pickup: Place
    """The restaurant's address."""
    ready_at: Timestamp
    """When the food is expected to be ready."""
    distance_m: int = Field(examples=[640])
    """Metres from the driver to the restaurant."""
    trip_m: int = Field(examples=[1210])
    """Metres from the restaurant to the door."""
    delivery_fee: Amount = Field(examples=[250])
    tip: Amount = Field(examples=[150])
    currency: Currency


@dataclass(frozen=True)
class DeliveryFilter:
    """Which deliveries a caller asks for, of those they may see."""

    order_id: UUID | None = None
    status: list[DeliveryStatus] | None = None
    since: datetime | None = None
    driver_id: UUID | None = None


class DeliveryPublic(Schema):
    """A delivery as its driver and its customer see it; a driver sees the door only while it is theirs to find.

    One that was cancelled before it began has no places.
    """

    id: Id
    """The delivery."""
    order_id: Id
    """The order it brings."""
    status: DeliveryStatus
    """Where the delivery is."""
    driver_id: Id | None
    """Its driver, once there is one."""
    restaurant_id: Id
    """The restaurant."""
    restaurant_name: str | None = Field(examples=["Night Owl Diner"])
    """The restaurant's name."""
    pickup: Place | None
    """The restaurant's address."""
    dropoff: Place | None
    """The door, for those who may see it."""
    delivery_fee: Amount = Field(examples=[250])
    tip: Amount = Field(examples=[150])
    currency: Currency
    ready_at: Timestamp | None
    """When the food is expected to be ready."""
    food_ready_at: Timestamp | None
    """When the kitchen had it ready."""
    created_at: Timestamp
    """When the search for a driver began."""
    assigned_at: Timestamp | None
    """When a driver took it."""
    picked_up_at: Timestamp | None
    """When the driver got the food."""
    delivered_at: Timestamp | None
    """When the customer got the food."""
    ended_at: Timestamp | None
    """When it ended, however it ended."""
    version: int = Field(examples=[1])
    """It grows with each step."""


class OfferEvent(Schema):
    """An offer as a server-sent event, as often as its status changes."""

    id: str = Field(examples=["1778265000000"])
    """The moment in milliseconds: connect again with it as Last-Event-ID."""
    event: Literal["offer"]
    """The kind of event."""
    data: OfferPublic
    """The offer, as JSON."""


class DeliveryEvent(Schema):
    """A delivery as a server-sent event, as often as it changes."""

    id: str = Field(examples=["1778265000000"])
    """The moment in milliseconds: connect again with it as Last-Event-ID."""
    event: Literal["delivery"]
    """The kind of event."""
    data: DeliveryPublic
    """The delivery, as JSON."""


class DriverEvents(Events[OfferEvent | DeliveryEvent]):
    """A driver's offers and deliveries."""
