"""What menu-service publishes: whole snapshots with a version, so that readers keep a replica."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from foodchassis import Event
from foodevents.hours import OpeningHours, WeeklyShift
from foodevents.place import Place
from foodevents.staff import StaffMember
from foodevents.standing import Standing


class Option(BaseModel):
    """One choice within a group; `price` in minor units is added to the item's."""

    model_config = ConfigDict(frozen=True)
    id: UUID
    name: str
    price: int
    available: bool = True
    max_quantity: int = 1


class OptionGroup(BaseModel):
    """A question about an item, answered with `min` to `max` of its options."""

    model_config = ConfigDict(frozen=True)
    id: UUID
    name: str
    min: int
    max: int
    options: list[Option]


class Section(BaseModel):
    """A part of the menu, and when its dishes are sold, in the restaurant's time; always without shifts."""

    model_config = ConfigDict(frozen=True)
    id: UUID
    name: str
    weekly: list[WeeklyShift] = Field(default=[])


class RestaurantUpdated(Event, type="restaurant.updated.v1", subject="restaurant_id"):
    """A restaurant was opened or changed; money in minor units, radius in metres.

    `tax_rate_ppm` is the exact tax, in parts per million; `tax_rate_bp` is for readers of before, in basis points.
    `tax_rates` has the rate of each category that is taxed otherwise, and of the fees.
    """

    restaurant_id: UUID
    version: int
    owner_id: UUID
    name: str
    place: Place
    hours: OpeningHours
    paused: bool
    auto_accept: bool
    prep_minutes: int
    radius_m: int
    currency: str
    tax_rate_bp: int
    delivery_fee: int
    service_fee_bp: int
    tax_rate_ppm: int | None = None
    standing: Standing = Standing.APPROVED
    staff: tuple[StaffMember, ...] = ()
    prices_include_tax: bool = False
    tax_rates: dict[str, int] = Field(default={})
    sections: list[Section] = Field(default=[])

    def tax_ppm_of(self, category: str) -> int:
        """Return the rate of a tax category, or of "fees", in parts per million."""
        usual = self.tax_rate_bp * 100 if self.tax_rate_ppm is None else self.tax_rate_ppm
        return self.tax_rates.get(category, usual)


class MenuItemUpdated(Event, type="menu.item_updated.v1", subject="item_id"):
    """A dish was added or changed."""

    item_id: UUID
    restaurant_id: UUID
    version: int
    name: str
    price: int
    available: bool
    option_groups: list[OptionGroup]
    tax_category: str = "food"
    section_id: UUID | None = None


class MenuItemRemoved(Event, type="menu.item_removed.v1", subject="item_id"):
    """A dish left the menu."""

    item_id: UUID
    restaurant_id: UUID
    version: int
