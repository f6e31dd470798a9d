"""Events in: payments, deliveries and passed timers move orders, menus feed the replica."""

from order_service.handlers import menus, orders, timers
from order_service.handlers.router import events

__all__ = ["events", "menus", "orders", "timers"]
