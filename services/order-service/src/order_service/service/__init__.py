"""The use cases: the only code of this service that queries and publishes."""

from order_service.service.orders import get_order, list_orders, timeline
from order_service.service.placement import place_order, quote
from order_service.service.progress import accept, advance, ready, reject
from order_service.service.replica import keep_item, keep_restaurant, remove_item

__all__ = [
    "accept",
    "advance",
    "get_order",
    "keep_item",
    "keep_restaurant",
    "list_orders",
    "place_order",
    "quote",
    "ready",
    "reject",
    "remove_item",
    "timeline",
]
