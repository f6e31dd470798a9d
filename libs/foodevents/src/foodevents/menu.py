"""The events of menu-service: complete snapshots with a version, for replicas."""

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
    """A group of options of an item, of which `min` to `max` are chosen."""

    model_config = ConfigDict(frozen=True)
    id: UUID
    name: str
    min: int
    max: int
    options: list[Option]


class Section(BaseModel):
    """A section of the menu, and when its dishes are sold, in the restaurant's time; always if it has no shifts."""

    model_config = ConfigDict(frozen=True)
    id: UUID
    name: str
    weekly: list[WeeklyShift] = Field(default=[])


class RestaurantUpdated(Event, type="restaurant.updated.v1", subject="restaurant_id"):
    """A restaurant was opened or changed; money in minor units, radius in metres.

    `tax_rate_ppm` is the exact tax, in parts per million; `tax_rate_bp` is for earlier consumers, in basis points.
    `tax_rates` has the rates of categories with a different rate, and of the fees.
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
    """A dish was removed from the menu."""

    item_id: UUID
    restaurant_id: UUID
    version: int
