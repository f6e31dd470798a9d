"""The restaurant of a benchmark as stored by order-service, and the order."""

import json
from datetime import time
from uuid import UUID

from foodevents import MenuItemUpdated, OpeningHours, Option, OptionGroup, Place, RestaurantUpdated, WeeklyShift


def _id(number: int) -> UUID:
    return UUID(f"0190b2c3-0000-7000-8000-{number:012x}")


LARGE, CHEESE = _id(0x21), _id(0x22)
RESTAURANT = RestaurantUpdated(
    restaurant_id=_id(0x01),
    version=1,
    owner_id=_id(0xA1),
    name="Da Lia",
    place=Place(line1="Ring 1", city="Wien", postal_code="1010", lat=48.2, lng=16.37),
    hours=OpeningHours(
        timezone="Europe/Vienna",
        # A shift that closes when it opens lasts until the next day, so the kitchen never closes.
        weekly=[WeeklyShift(weekday=day, opens=time(0), closes=time(0)) for day in range(7)],
    ),
    paused=False,
    auto_accept=False,
    prep_minutes=15,
    radius_m=3000,
    currency="EUR",
    tax_rate_bp=1000,
    delivery_fee=299,
    service_fee_bp=500,
)
PIZZA = MenuItemUpdated(
    item_id=_id(0x11),
    restaurant_id=RESTAURANT.restaurant_id,
    version=1,
    name="Pizza",
    price=950,
    available=True,
    option_groups=[
        OptionGroup(
            id=_id(0x31),
            name="Size",
            min=1,
            max=1,
            options=[Option(id=_id(0x20), name="Small", price=0), Option(id=LARGE, name="Large", price=300)],
        ),
        OptionGroup(
            id=_id(0x32),
            name="Extras",
            min=0,
            max=2,
            options=[Option(id=CHEESE, name="Cheese", price=120), Option(id=_id(0x23), name="Olives", price=80)],
        ),
    ],
)
SOUP = MenuItemUpdated(
    item_id=_id(0x12),
    restaurant_id=RESTAURANT.restaurant_id,
    version=1,
    name="Soup",
    price=480,
    available=True,
    option_groups=[],
)
ORDER = json.dumps(
    {
        "restaurant_id": str(RESTAURANT.restaurant_id),
        "items": [
            {"menu_item_id": str(PIZZA.item_id), "quantity": 2, "option_ids": [str(LARGE), str(CHEESE)]},
            {"menu_item_id": str(SOUP.item_id), "quantity": 1},
        ],
        "delivery_address": {"line1": "Gasse 2", "city": "Wien", "postal_code": "1020", "lat": 48.21, "lng": 16.38},
        "tip": 200,
        "payment_method": "tok_ok",
    }
)
