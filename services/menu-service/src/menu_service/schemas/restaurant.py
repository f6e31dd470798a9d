"""Bodies of restaurants."""

from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from foodchassis import Amount, Currency, Id, Schema, Text
from foodchassis.kernel import PartsPerMillion, known_currency, unset
from foodchassis.web import Deprecation
from foodevents import PlaceCreate, PlacePublic, StaffRole, Standing
from menu_service.models import basis_points
from menu_service.schemas.fields import distinct, known_fields
from menu_service.schemas.opening import Clock, Day, TimeZone

BasisPoints = Annotated[int, Field(ge=0, le=10_000, description="hundredths of a percent")]
BASIS_POINTS = Deprecation(since=date(2026, 11, 27), sunset=date(2027, 11, 27))
OldRate = Annotated[BasisPoints, BASIS_POINTS]
Minutes = Annotated[int, Field(ge=0, le=240)]
Radius = Annotated[int, Field(ge=100, le=50_000, description="metres", examples=[6_000])]
KnownCurrency = Annotated[Currency, AfterValidator(known_currency)]


class Shift(Schema):
    """One span of opening hours; one that closes at or before its opening time ends on the next day."""

    opens: Clock = Field(examples=["11:30"])
    """The time it opens, e.g. 11:30."""
    closes: Clock = Field(examples=["22:00"])
    """The time it closes, e.g. 22:00."""


class WeeklyShift(Shift):
    """A shift on one day of each week; Monday is 0."""

    weekday: Annotated[int, Field(ge=0, le=6)] = Field(examples=[0])
    """The day it opens on: 0 is Monday."""


class SpecialDay(Schema):
    """A date whose shifts replace the weekly ones; an empty list means closed."""

    date: Day = Field(examples=["2026-12-25"])
    """The date."""
    shifts: list[Shift]
    """The shifts of this date, in place of the weekly ones; an empty list means closed."""


class Hours(Schema):
    """Weekly hours and exceptions, in the restaurant's time zone."""

    timezone: TimeZone
    """A time zone of the IANA database, e.g. Europe/Berlin."""
    weekly: list[WeeklyShift]
    """The shifts of each week."""
    special_days: list[SpecialDay] = Field(default_factory=list)
    """The dates with other shifts."""


class SpecialDayCreate(Schema):
    """A date whose shifts replace the weekly ones; an empty list means closed."""

    date: Day = Field(examples=["2026-12-25"])
    """The date."""
    shifts: Annotated[list[Shift], Field(max_length=3)]
    """The shifts of this date, in place of the weekly ones; an empty list means closed."""


class HoursCreate(Schema):
    """Weekly hours and exceptions in a request, of limited length, because lists of restaurants contain them."""

    timezone: TimeZone
    """A time zone of the IANA database, e.g. Europe/Berlin."""
    weekly: Annotated[list[WeeklyShift], Field(max_length=50)]
    """The shifts of each week."""
    special_days: Annotated[list[SpecialDayCreate], Field(max_length=100)] = Field(default_factory=list)
    """The dates with other shifts."""

    @model_validator(mode="after")
    def _one_entry_a_date(self) -> Self:
        distinct((day.date for day in self.special_days), "the dates of special_days")
        return self


class TaxRates(Schema):
    """Rates that differ from `tax_rate_ppm`, in parts per million; null and omitted categories have that one."""

    cold_food: PartsPerMillion | None = Field(default=None, examples=[60_000])
    """Food taxed like groceries, such as cold take-away in the United Kingdom."""
    soft_drink: PartsPerMillion | None = Field(default=None, examples=[60_000])
    """Drinks without alcohol."""
    alcohol: PartsPerMillion | None = Field(default=None, examples=[210_000])
    """Drinks with alcohol."""
    other: PartsPerMillion | None = Field(default=None, examples=[210_000])
    """Anything else, such as cutlery."""
    fees: PartsPerMillion | None = Field(default=None, examples=[210_000])
    """The delivery fee and the service fee."""


class Terms(Schema):
    """What a restaurant decides itself, apart from its name, place and hours."""

    paused: bool = False
    """True to pause orders."""
    auto_accept: bool = Field(default=False, examples=[True])
    """Whether each order is accepted at once."""
    prep_minutes: Minutes = Field(default=20, examples=[15])
    """The usual preparation time in minutes."""
    radius_m: Radius = 3_000
    tax_rate_ppm: PartsPerMillion | None = Field(default=None, examples=[120_000])
    """The tax on everything but the tip, in parts per million: 88750 is 8.875 %."""
    tax_rates: TaxRates = Field(default_factory=TaxRates)
    """The rates of tax categories with a different rate."""
    prices_include_tax: bool = Field(default=False, examples=[False])
    """Whether prices and fees include the tax, as in the European Union; otherwise it is added to them."""
    delivery_fee: Amount = Field(default=0, examples=[250])
    service_fee_bp: BasisPoints = Field(default=0, examples=[500])


def _refuse_two_rates(body: Schema) -> None:
    """Raise ValueError for two different tax rates in one body, one of which would be ignored."""
    sent = body.model_dump(include={"tax_rate_ppm", "tax_rate_bp"}, exclude_unset=True)
    ppm, bp = sent.get("tax_rate_ppm"), sent.get("tax_rate_bp")
    if ppm is not None and bp is not None and basis_points(ppm) != bp:
        raise ValueError("tax_rate_bp and tax_rate_ppm differ: send tax_rate_ppm alone")


class RestaurantCreate(Terms):
    """A restaurant to open."""

    name: Text = Field(examples=["Night Owl Diner"])
    """The name that customers see."""
    place: PlaceCreate
    """Where the food is collected."""
    hours: HoursCreate
    """When it takes orders."""
    currency: KnownCurrency
    tax_rate_bp: OldRate = Field(default=0, examples=[1200])
    """The same as `tax_rate_ppm` in hundredths of a percent, rounded: send that instead."""

    @model_validator(mode="after")
    def _one_tax_rate(self) -> Self:
        _refuse_two_rates(self)
        return self


class RestaurantUpdate(Schema):
    """A change of a restaurant; omitted fields stay unchanged."""

    name: Text = unset("Night Owl Diner")
    """The name that customers see."""
    place: PlaceCreate = unset()
    """Where the food is collected."""
    hours: HoursCreate = unset()
    """When it takes orders."""
    currency: KnownCurrency = unset()
    paused: bool = unset()
    """True to pause orders."""
    auto_accept: bool = unset(True)
    """Whether each order is accepted at once."""
    prep_minutes: Minutes = unset(15)
    """The usual preparation time in minutes."""
    radius_m: Radius = unset()
    tax_rate_ppm: PartsPerMillion = unset(120_000)
    """The tax on everything but the tip, in parts per million: 88750 is 8.875 %."""
    tax_rate_bp: OldRate = unset(1200)
    """The same as `tax_rate_ppm` in hundredths of a percent, rounded: send that instead."""
    tax_rates: TaxRates = unset()
    """The rates of tax categories with a different rate; they replace all previous ones."""
    prices_include_tax: bool = unset(False)
    """Whether prices and fees include the tax, as in the European Union; otherwise it is added to them."""
    delivery_fee: Amount = unset(250)
    service_fee_bp: BasisPoints = unset(500)

    @model_validator(mode="after")
    def _one_tax_rate(self) -> Self:
        _refuse_two_rates(self)
        return self


class RestaurantPublic(Terms):
    """A restaurant; `minor_units` is the number of decimals of its amounts."""

    id: Id
    """The restaurant."""
    name: str = Field(examples=["Night Owl Diner"])
    """The name that customers see."""
    place: PlacePublic
    """The address of the pick-up."""
    currency: Currency
    hours: Annotated[Hours, known_fields(Hours)]
    """When it accepts orders."""
    tax_rates: Annotated[TaxRates, known_fields(TaxRates)] = Field(default_factory=TaxRates)
    """The rates of tax categories with a different rate."""
    tax_rate_bp: int = Field(examples=[1200], json_schema_extra=BASIS_POINTS.documented)
    """The same as `tax_rate_ppm` in hundredths of a percent, rounded: read that instead."""
    version: int = Field(examples=[1])
    """It increases with each change; use it in If-Match."""
    minor_units: int = Field(examples=[2])
    """The number of decimals of amounts."""
    open_now: bool = Field(examples=[True])
    """Whether it accepts orders now."""
    standing: Standing = Field(examples=["approved"])
    """Whether an admin has approved it; before, it is not listed and accepts no orders."""


class RestaurantOwn(RestaurantPublic):
    """A restaurant for its staff."""

    role: StaffRole = Field(examples=["owner"])
    """Your role there."""
    standing_reason: str | None = Field(examples=[None])
    """Why it was rejected or suspended."""


class RestaurantApplication(RestaurantPublic):
    """A restaurant for admins."""

    standing_reason: str | None = Field(examples=[None])
    """Why it was rejected or suspended."""
    owner_id: Id
    """The owner."""


class RestaurantFound(RestaurantPublic):
    """A restaurant in a list, with its distance in metres from the place in `near`."""

    distance_m: int | None = Field(default=None, examples=[640])
    """Metres from the place in `near`."""
