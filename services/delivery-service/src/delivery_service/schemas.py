"""What the API takes and returns."""

from typing import Annotated, Literal

from pydantic import Field

from delivery_service.models import DeliveryStatus, OfferStatus, Vehicle
from foodchassis import Amount, Currency, Id, Longitude, Schema, Text, Timestamp


class DriverUpdate(Schema):
    """Who a driver is, and whether every offer is taken unseen."""

    name: Text
    vehicle: Literal["bicycle", "scooter", "car"]
    auto_accept: bool = False


class Availability(Schema):
    """Whether a driver wants offers."""

    online: bool


class Location(Schema):
    """Where a driver is; Redis knows no place nearer to the poles."""

    lat: Annotated[float, Field(ge=-85, le=85, description="degrees north")]
    lng: Longitude


class DriverPublic(Schema):
    """A driver as they see themselves; the position is the last that was made durable."""

    id: Id
    name: str
    vehicle: Vehicle
    auto_accept: bool
    online: bool
    lat: float | None
    lng: float | None
    located_at: Timestamp | None


class Explanation(Schema):
    """Why a driver gives up."""

    reason: Text


class Failure(Explanation):
    """Why the food could not be handed over, and who is responsible.

    Say `customer` only after waiting at the right door, where no one opened or answered: the customer then pays for
    the food. In every other case, such as an accident or food that was lost, it is the `courier`.
    """

    responsible: Literal["customer", "courier"] = "courier"


class PlacePublic(Schema):
    """A point with an address."""

    line1: str
    city: str
    postal_code: str
    lat: float
    lng: float


class OfferPublic(Schema):
    """A delivery a driver is asked to take; the door is named once it is taken, its distance before. Metres."""

    id: Id
    delivery_id: Id
    status: OfferStatus
    expires_at: Timestamp
    restaurant_name: str
    pickup: PlacePublic
    ready_at: Timestamp
    distance_m: int
    trip_m: int
    delivery_fee: Amount
    tip: Amount
    currency: Currency


class DeliveryPublic(Schema):
    """A delivery as its driver and its customer see it; a driver sees the door only while it is theirs to find.

    One that was cancelled before it began has no places.
    """

    id: Id
    order_id: Id
    status: DeliveryStatus
    driver_id: Id | None
    restaurant_id: Id
    restaurant_name: str | None
    pickup: PlacePublic | None
    dropoff: PlacePublic | None
    delivery_fee: Amount
    tip: Amount
    currency: Currency
    ready_at: Timestamp | None
    food_ready_at: Timestamp | None
    created_at: Timestamp
    assigned_at: Timestamp | None
    picked_up_at: Timestamp | None
    delivered_at: Timestamp | None
    ended_at: Timestamp | None
    version: int
