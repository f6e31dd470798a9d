"""The order that every history is about."""

from datetime import time

from foodctl.simulation.people import CUSTOMER, ORDER, OWNER, RESTAURANT
from foodevents import OpeningHours, Place, RestaurantUpdated, WeeklyShift
from order_service.rules.commands import PlaceOrder
from order_service.schemas import Address, PricedBasket

PLACE = {"line1": "Main Street 1", "city": "Berlin", "postal_code": "10115", "lat": 52.5, "lng": 13.4}
PRICED = PricedBasket(
    lines=[], subtotal=2_000, delivery_fee=300, service_fee=100, tax=240, tip=200, total=2_840, currency="EUR"
)


def order(*, auto_accept: bool, prep_minutes: int) -> PlaceOrder:
    """Make the command that begins a history; amounts in minor units."""
    restaurant = RestaurantUpdated(
        restaurant_id=RESTAURANT,
        version=1,
        owner_id=OWNER,
        name="Trattoria",
        place=Place.model_validate(PLACE),
        hours=OpeningHours(timezone="UTC", weekly=[WeeklyShift(weekday=0, opens=time(0), closes=time(0))]),
        paused=False,
        auto_accept=auto_accept,
        prep_minutes=prep_minutes,
        radius_m=3_000,
        currency="EUR",
        tax_rate_bp=1_000,
        delivery_fee=300,
        service_fee_bp=500,
    )
    return PlaceOrder(ORDER, CUSTOMER, restaurant, PRICED, Address.model_validate(PLACE), "by the provider's plan")
