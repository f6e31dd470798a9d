"""Who and what takes part in a history; one order in each, so all ids are known."""

from datetime import UTC, datetime
from uuid import UUID

from foodevents import Place, RestaurantUpdated
from order_service.rules.commands import PlaceOrder
from order_service.schemas import Address, PricedBasket

ORDER, CUSTOMER, DELIVERY, REFUND, SETTLEMENT = (UUID(int=number) for number in range(2, 7))
DRIVERS = (UUID(int=11), UUID(int=12))
BEGINNING = datetime(2026, 1, 1, 12, tzinfo=UTC)
COUNTER = Place(line1="Main Street 1", city="Berlin", postal_code="10115", lat=52.5, lng=13.4)
DOOR = Address(line1="Main Street 99", city="Berlin", postal_code="10117", lat=52.52, lng=13.4)
# Amounts in minor units.
PRICES = {"subtotal": 2_000, "delivery_fee": 300, "service_fee": 100, "tax": 240, "tip": 200, "total": 2_840}
PRICED = PricedBasket(lines=[], currency="EUR", **PRICES)


def order(method: str, *, auto_accept: bool, prep_minutes: int) -> PlaceOrder:
    """Return the order that a history is about."""
    known = {"name": "Trattoria", "place": COUNTER, "auto_accept": auto_accept, "prep_minutes": prep_minutes}
    kitchen = RestaurantUpdated.model_construct(restaurant_id=UUID(int=7), owner_id=UUID(int=8), **known)
    return PlaceOrder(ORDER, CUSTOMER, kitchen, PRICED, DOOR, method)
