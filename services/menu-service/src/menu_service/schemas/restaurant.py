"""What the API takes and gives for restaurants."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from foodchassis import Amount, Currency, Id, Latitude, Longitude, Schema, Text, known_currency
from menu_service.schemas.fields import distinct, unset
from menu_service.schemas.opening import Clock, Day, TimeZone

PostalCode = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9][A-Za-z0-9 -]{0,14}$")]
BasisPoints = Annotated[int, Field(ge=0, le=10_000, description="hundredths of a percent")]
Minutes = Annotated[int, Field(ge=0, le=240)]
Radius = Annotated[int, Field(ge=100, le=50_000, description="metres")]
KnownCurrency = Annotated[Currency, AfterValidator(known_currency)]


class Place(Schema):
    """A point with an address a person can find."""

    line1: Text
    city: Text
    postal_code: PostalCode
    lat: Latitude
    lng: Longitude


class Shift(Schema):
    """One span of opening; one that closes at or before it opens ends on the next day."""

    opens: Clock
    closes: Clock


class WeeklyShift(Shift):
    """A shift on one day of each week; Monday is 0."""

    weekday: Annotated[int, Field(ge=0, le=6)]


class SpecialDay(Schema):
    """A date whose shifts replace the weekly ones; none means closed."""

    date: Day
    shifts: Annotated[list[Shift], Field(max_length=10)]


class Hours(Schema):
    """A week and its exceptions, in the restaurant's own time."""

    timezone: TimeZone
    weekly: Annotated[list[WeeklyShift], Field(max_length=50)]
    special_days: Annotated[list[SpecialDay], Field(max_length=400)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _one_entry_a_date(self) -> Self:
        distinct((day.date for day in self.special_days), "the dates of special_days")
        return self


class RestaurantCreate(Schema):
    """A restaurant to open."""

    name: Text
    place: Place
    hours: Hours
    currency: KnownCurrency
    paused: bool = False
    auto_accept: bool = False
    prep_minutes: Minutes = 20
    radius_m: Radius = 3_000
    tax_rate_bp: BasisPoints = 0
    delivery_fee: Amount = 0
    service_fee_bp: BasisPoints = 0


class RestaurantUpdate(Schema):
    """What changes about a restaurant; what is left out stays."""

    name: Text = unset()
    place: Place = unset()
    hours: Hours = unset()
    currency: KnownCurrency = unset()
    paused: bool = unset()
    auto_accept: bool = unset()
    prep_minutes: Minutes = unset()
    radius_m: Radius = unset()
    tax_rate_bp: BasisPoints = unset()
    delivery_fee: Amount = unset()
    service_fee_bp: BasisPoints = unset()


class RestaurantPublic(RestaurantCreate):
    """A restaurant as everybody sees it; `minor_units` tells how many decimals its amounts have."""

    id: Id
    version: int
    minor_units: int
    open_now: bool


class RestaurantFound(RestaurantPublic):
    """A restaurant in a list, with its distance in metres when a place was asked about."""

    distance_m: int | None = None
