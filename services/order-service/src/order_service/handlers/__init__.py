"""Events in: payments, deliveries and passed timers move orders, menus feed the replica."""

from order_service.handlers import gauges, menus, orders, timers
from order_service.handlers.router import events

__all__ = ["events", "gauges", "menus", "orders", "timers"]
