"""Events in: payments, deliveries and passed deadlines move orders, menus feed the replica."""

from order_service.handlers import deadlines, gauges, menus, orders
from order_service.handlers.router import events

__all__ = ["deadlines", "events", "gauges", "menus", "orders"]
