"""Who and what takes part in a history; one order in each, so all ids are known."""

from datetime import UTC, datetime
from uuid import UUID

from foodevents import OpeningHours, Place, RestaurantUpdated
from order_service.rules.commands import PlaceOrder
from order_service.schemas import Address, PricedBasket

ORDER, CUSTOMER, RESTAURANT, OWNER, DELIVERY, REFUND, SETTLEMENT = (UUID(int=number) for number in range(2, 9))
DRIVERS = (UUID(int=11), UUID(int=12))
BEGINNING = datetime(2026, 1, 1, 12, tzinfo=UTC)
COUNTER = Place(line1="Main Street 1", city="Berlin", postal_code="10115", lat=52.5, lng=13.4)
DOOR = Address(line1="Main Street 99", city="Berlin", postal_code="10117", lat=52.52, lng=13.4)
# Amounts in minor units.
PRICED = PricedBasket(
    lines=[], currency="EUR", subtotal=2_000, delivery_fee=300, service_fee=100, tax=240, tip=200, total=2_840
)


def order(*, method: str, auto_accept: bool, prep_minutes: int) -> PlaceOrder:
    """Return the order that a history is about."""
    restaurant = RestaurantUpdated(
        restaurant_id=RESTAURANT,
        version=1,
        owner_id=OWNER,
        name="Trattoria",
        place=COUNTER,
        hours=OpeningHours(timezone="UTC", weekly=[]),
        paused=False,
        auto_accept=auto_accept,
        prep_minutes=prep_minutes,
        radius_m=5_000,
        currency=PRICED.currency,
        tax_rate_bp=1_000,
        delivery_fee=PRICED.delivery_fee,
        service_fee_bp=500,
    )
    return PlaceOrder(ORDER, CUSTOMER, restaurant, PRICED, DOOR, method)
