"""The bodies of requests and responses, and the events of streams."""

from order_service.schemas.baskets import Basket, BasketItem, OrderAccept, OrderCancel, OrderCreate, OrderReject
from order_service.schemas.history import (
    OrderEvent,
    OrderEvents,
    OrderStep,
    Position,
    PositionEvent,
    RestaurantEvents,
    Timeline,
    TimelineEntry,
)
from order_service.schemas.orders import (
    ChosenOption,
    Contact,
    Contacts,
    Line,
    OrderFilter,
    OrderPublic,
    PricedBasket,
    Tax,
)
from order_service.schemas.verification import Verification

__all__ = [
    "Basket",
    "BasketItem",
    "ChosenOption",
    "Contact",
    "Contacts",
    "Line",
    "OrderAccept",
    "OrderCancel",
    "OrderCreate",
    "OrderEvent",
    "OrderEvents",
    "OrderFilter",
    "OrderPublic",
    "OrderReject",
    "OrderStep",
    "Position",
    "PositionEvent",
    "PricedBasket",
    "RestaurantEvents",
    "Tax",
    "Timeline",
    "TimelineEntry",
    "Verification",
]
