"""Whether a basket can be ordered: the restaurant is open, delivers to the address, and has the dishes."""

from dataclasses import dataclass
from datetime import datetime
from math import asin, cos, radians, sin, sqrt
from uuid import UUID

from foodevents import Address, MenuItemUpdated, OpeningHours, RestaurantUpdated, Section, Standing
from order_service.errors import (
    AddressOutOfReachError,
    ForeignItemError,
    ItemUnavailableError,
    RestaurantClosedError,
    RestaurantNotApprovedError,
    RestaurantPausedError,
    SectionClosedError,
    UnknownItemError,
)
from order_service.schemas import Basket

EARTH_RADIUS_M = 6_371_008.8


@dataclass(frozen=True)
class Menu:
    """The restaurant and the dishes of a basket, without removed ones.

    `closed` means that the restaurant is permanently closed.
    """

    restaurant: RestaurantUpdated
    items: dict[UUID, MenuItemUpdated]
    closed: bool = False


def admit(basket: Basket, menu: Menu, at: datetime) -> None:
    """Check that `basket` may be ordered at the moment `at`.

    Raises RestaurantClosedError, RestaurantNotApprovedError, RestaurantPausedError, UnknownItemError,
    ForeignItemError, ItemUnavailableError, SectionClosedError or AddressOutOfReachError.
    """
    restaurant = menu.restaurant
    if menu.closed:
        raise RestaurantClosedError(f"{restaurant.name} is permanently closed; order from another restaurant.")
    if restaurant.standing is not Standing.APPROVED:
        raise RestaurantNotApprovedError(f"{restaurant.name} is not approved; order from another restaurant.")
    if restaurant.paused:
        raise RestaurantPausedError(f"{restaurant.name} has paused; try again later.")
    if not restaurant.hours.open_at(at):
        raise RestaurantClosedError(f"{restaurant.name} is closed now.")
    for wanted in basket.items:
        _admit_item(wanted.menu_item_id, menu, at)
    _admit_address(basket.delivery_address, restaurant)


def _admit_item(item_id: UUID, menu: Menu, at: datetime) -> None:
    item = menu.items.get(item_id)
    if item is None:
        raise UnknownItemError("The menu has no such dish.", menu_item_id=str(item_id))
    if item.restaurant_id != menu.restaurant.restaurant_id:
        raise ForeignItemError("Order from one restaurant at a time.", menu_item_id=str(item_id))
    if not item.available:
        raise ItemUnavailableError(f"{item.name} is sold out.", menu_item_id=str(item_id))
    # An unknown section is always sold: its snapshot may arrive after the dish's.
    section = next((one for one in menu.restaurant.sections if one.id == item.section_id), None)
    if section is not None and section.weekly and not _sold(section, menu.restaurant, at):
        raise SectionClosedError(
            f"{item.name} is not sold now; the menu shows when {section.name} is.",
            menu_item_id=str(item_id),
            section_id=str(section.id),
        )


def _sold(section: Section, restaurant: RestaurantUpdated, at: datetime) -> bool:
    return OpeningHours(timezone=restaurant.hours.timezone, weekly=section.weekly).open_at(at)


def _admit_address(address: Address, restaurant: RestaurantUpdated) -> None:
    place = restaurant.place
    metres = metres_between(place.lat, place.lng, address.lat, address.lng)
    if metres > restaurant.radius_m:
        raise AddressOutOfReachError(
            f"{restaurant.name} delivers within {restaurant.radius_m} m; the address is {metres:.0f} m away."
        )


def metres_between(lat: float, lng: float, other_lat: float, other_lng: float) -> float:
    """Return the great-circle distance of two points in degrees, by the haversine formula."""
    south, north = radians(lat), radians(other_lat)
    half_height, half_width = (north - south) / 2, radians(other_lng - lng) / 2
    chord = sin(half_height) ** 2 + cos(south) * cos(north) * sin(half_width) ** 2
    return 2 * EARTH_RADIUS_M * asin(sqrt(min(1.0, chord)))
