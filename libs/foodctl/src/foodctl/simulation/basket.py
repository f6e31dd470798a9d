"""The order that every history is about."""

from datetime import datetime, timedelta

from foodctl.simulation.people import CUSTOMER, ORDER, OWNER, RESTAURANT
from order_service.models import OrderFacts
from order_service.states import KitchenStatus, OrderStatus

PLACE = {"line1": "Main Street 1", "city": "Berlin", "postal_code": "10115", "lat": 52.5, "lng": 13.4}


def order(status: OrderStatus, *, auto_accept: bool, prep_minutes: int, at: datetime) -> OrderFacts:
    """Make the order of a history, as it is when it is placed; amounts in minor units."""
    return OrderFacts(
        id=ORDER,
        version=1,
        status=status,
        kitchen=KitchenStatus.WAITING,
        customer_id=CUSTOMER,
        restaurant_id=RESTAURANT,
        restaurant_name="Trattoria",
        owner_id=OWNER,
        pickup=PLACE,
        delivery_address=PLACE,
        auto_accept=auto_accept,
        prep_minutes=prep_minutes,
        currency="EUR",
        subtotal=2_000,
        delivery_fee=300,
        service_fee=100,
        tax=240,
        tip=200,
        total=2_840,
        created_at=at,
        ready_at=at + timedelta(minutes=prep_minutes),
    )
