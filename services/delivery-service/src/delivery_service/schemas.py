"""The bodies of requests and responses."""

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
    """The profile of a driver, and whether every offer is accepted automatically."""

    name: Text = Field(examples=["Amina"])
    """The name that customers see."""
    vehicle: Literal["bicycle", "scooter", "car"]
    """The vehicle."""
    auto_accept: bool = False
    """Whether each offer is accepted at once."""


class Availability(Schema):
    """The availability of a driver."""

    online: bool = Field(examples=[True])
    """True to get offers."""


class Location(Schema):
    """The position of a driver; Redis supports no places nearer to the poles."""

    lat: Annotated[float, Field(ge=-85, le=85, description="degrees north", examples=[51.0561])]
    lng: Longitude


class DriverPublic(Schema):
    """The own profile of a driver; the position is the last stored one."""

    id: Id
    """The driver."""
    name: str = Field(examples=["Amina"])
    """The name that customers see."""
    vehicle: Vehicle
    """The vehicle."""
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
    """A driver for dispatch; the position of an online driver is the last reported one."""

    id: Id
    """The driver."""
    name: str = Field(examples=["Amina"])
    """The name that customers see."""
    vehicle: Vehicle
    """The vehicle."""
    state: DriverState = Field(examples=["riding"])
    """Whether the driver is available, has an open offer, or has a delivery."""
    delivery_id: Id | None
    """The delivery of the driver or of the open offer."""
    lat: float | None = Field(examples=[51.0561])
    """Degrees north, null before the first position."""
    lng: float | None = Field(examples=[3.7251])
    """Degrees east, null before the first position."""
    located_at: Timestamp | None = Field(examples=["2026-05-08T18:30:00Z"])
    """When a position was last stored, which happens occasionally."""
    standing: Standing = Field(examples=["approved"])
    """Whether an admin has approved the driver; before, there are no offers."""
    standing_reason: str | None = Field(examples=[None])
    """Why the driver was rejected or suspended."""


class Considered(Schema):
    """A driver who got an offer of a delivery, or is near and did not."""

    driver_id: Id
    """The driver."""
    name: str = Field(examples=["Amina"])
    """The name that customers see."""
    distance_m: int | None = Field(examples=[640])
    """Metres to the restaurant: at the time of the offer, or now; null without a position."""
    offer: OfferStatus | None
    """What became of asking; null when this driver was not asked."""
    reason: Reason = Field(examples=["too_far"])
    """Why this driver got no offer, or that they got one or may get the next."""


class SearchPublic(Schema):
    """The search for a delivery's driver."""

    delivery_id: Id
    """The delivery."""
    status: DeliveryStatus
    """The status of the delivery."""
    searching_since: Timestamp
    """When the search began, or will begin."""
    radius_m: int = Field(examples=[3000])
    """The current radius in metres."""
    drivers: list[Considered]
    """The drivers with offers, then the others, nearest first."""


class Explanation(Schema):
    """The reason to give up a delivery."""

    reason: Text = Field(examples=["My bicycle has a flat tyre."])
    """The reason, in a sentence."""


class Failure(Explanation):
    """Why the order is undeliverable, and who is responsible.

    Use `customer` only after waiting at the right address without a response: the customer then pays for the food. In
    every other case, such as an accident or lost food, use `courier`.
    """

    responsible: Literal["customer", "courier"] = "courier"
    """The responsible party: `customer` only if the courier waited at the right address without a response."""


class OfferPublic(Schema):
    """An offer of a delivery; the address is shown after the acceptance, its distance before.

    Distances are in metres.
    """

    id: Id
    """The offer."""
    delivery_id: Id
    """Its delivery."""
    status: OfferStatus
    """Whether it is open, or how it ended."""
    expires_at: Timestamp
    """When it expires."""
    restaurant_name: str = Field(examples=["Night Owl Diner"])
    """The restaurant."""
    pickup: Place
    """The restaurant's address."""
    ready_at: Timestamp
    """When the food is expected to be ready."""
    distance_m: int = Field(examples=[640])
    """Metres from the driver to the restaurant."""
    trip_m: int = Field(examples=[1210])
    """Metres from the restaurant to the address."""
    delivery_fee: Amount = Field(examples=[250])
    tip: Amount = Field(examples=[150])
    currency: Currency


@dataclass(frozen=True)
class DeliveryFilter:
    """The filter of the deliveries that a caller may see."""

    order_id: UUID | None = None
    status: list[DeliveryStatus] | None = None
    since: datetime | None = None
    driver_id: UUID | None = None


class DeliveryPublic(Schema):
    """A delivery; a driver sees the address only while it is needed.

    A delivery that was cancelled before it began has no places.
    """

    id: Id
    """The delivery."""
    order_id: Id
    """Its order."""
    status: DeliveryStatus
    """The status of the delivery."""
    driver_id: Id | None
    """Its driver, if it has one."""
    restaurant_id: Id
    """The restaurant."""
    restaurant_name: str | None = Field(examples=["Night Owl Diner"])
    """The restaurant's name."""
    pickup: Place | None
    """The restaurant's address."""
    dropoff: Place | None
    """The delivery address, if the caller may see it."""
    delivery_fee: Amount = Field(examples=[250])
    tip: Amount = Field(examples=[150])
    currency: Currency
    ready_at: Timestamp | None
    """When the food is expected to be ready."""
    food_ready_at: Timestamp | None
    """When the food was ready."""
    created_at: Timestamp
    """When the search for a driver began."""
    assigned_at: Timestamp | None
    """When a driver accepted it."""
    picked_up_at: Timestamp | None
    """When the driver picked up the food."""
    delivered_at: Timestamp | None
    """When the customer received the food."""
    ended_at: Timestamp | None
    """When it ended, in any way."""
    version: int = Field(examples=[1])
    """It increases with each step."""


class OfferEvent(Schema):
    """An offer as a server-sent event, sent at each change of its status."""

    id: str = Field(examples=["1778265000000"])
    """The time in milliseconds: reconnect with it as Last-Event-ID."""
    event: Literal["offer"]
    """The kind of event."""
    data: OfferPublic
    """The offer, as JSON."""


class DeliveryEvent(Schema):
    """A delivery as a server-sent event, sent at each change."""

    id: str = Field(examples=["1778265000000"])
    """The time in milliseconds: reconnect with it as Last-Event-ID."""
    event: Literal["delivery"]
    """The kind of event."""
    data: DeliveryPublic
    """The delivery, as JSON."""


class DriverEvents(Events[OfferEvent | DeliveryEvent]):
    """A driver's offers and deliveries."""
