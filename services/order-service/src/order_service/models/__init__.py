"""The tables, and the facts of an order for decisions."""

from order_service.models.columns import Row, metadata
from order_service.models.orders import OPEN, HistoryFacts, Order, OrderFacts, OrderHistory, OrderLine, PlacedFacts
from order_service.models.replica import ContactCopy, ErasedUser, MenuItemCopy, RestaurantCopy
from order_service.models.states import KitchenStatus, OrderStatus, Party, Responsible
from order_service.models.verification import LastVerification

__all__ = [
    "OPEN",
    "ContactCopy",
    "ErasedUser",
    "HistoryFacts",
    "KitchenStatus",
    "LastVerification",
    "MenuItemCopy",
    "Order",
    "OrderFacts",
    "OrderHistory",
    "OrderLine",
    "OrderStatus",
    "Party",
    "PlacedFacts",
    "Responsible",
    "RestaurantCopy",
    "Row",
    "metadata",
]
