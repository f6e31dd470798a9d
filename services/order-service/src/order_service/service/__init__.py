"""The use cases: the only code of this service that queries and publishes."""

from order_service.service.commands import accept, cancel, ready, reject, retry
from order_service.service.contacts import keep_contact
from order_service.service.erasure import forget, forget_again
from order_service.service.orders import get_order, list_orders, timeline
from order_service.service.overdue import count_overdue
from order_service.service.placement import place_order, quote
from order_service.service.progress import advance, expire, first
from order_service.service.replica import keep_item, keep_restaurant, remove_item
from order_service.service.sandbox import play_kitchen
from order_service.service.stream import stream_order, stream_orders, stream_restaurant
from order_service.service.verification import last_verification, store_verification

__all__ = [
    "accept",
    "advance",
    "cancel",
    "count_overdue",
    "expire",
    "first",
    "forget",
    "forget_again",
    "get_order",
    "keep_contact",
    "keep_item",
    "keep_restaurant",
    "last_verification",
    "list_orders",
    "place_order",
    "play_kitchen",
    "quote",
    "ready",
    "reject",
    "remove_item",
    "retry",
    "store_verification",
    "stream_order",
    "stream_orders",
    "stream_restaurant",
    "timeline",
]
